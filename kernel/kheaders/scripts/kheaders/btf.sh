#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Check whether modules can get BTF. This requires vmlinux, or a file of that name with
# BTF only, pahole, and resolve_btfids.
#
# Usage: btf.sh can PAHOLE
#        btf.sh flags PAHOLE
#
# With "can", print "yes" unless vmlinux or pahole is missing. With "flags", print
# variables for Makefile, and on stderr the reason if modules get no BTF.
#
# vmlinux is copied from the running kernel if the tree belongs to that kernel: the
# kernel's archive has the same ID, or the caller knows it and has set ${KHEADERS_BTF} to
# the path of the kernel's BTF.

set -eu

mode=$1
pahole=$2
# shellcheck source=/dev/null
. ./.kheaders
sys=/sys/kernel
# pahole's version in the kernel's build; unknown up to 5.16
least=$(sed -n 's/^CONFIG_PAHOLE_VERSION=//p' include/config/auto.conf)

running_kernel_has_tree() {
	xz -dc "${sys}/kheaders.tar.xz" 2> /dev/null | head -c 4096 | tr '\000' '\n' |
		grep -q -x "ID=${ID}"
}

# Each of these functions prints a reason why modules get no BTF, or nothing.
no_pahole() {
	version=$("${pahole}" --version 2> /dev/null | sed -n 's/^v\([0-9]*\)\.\([0-9]*\).*/\1\2/p')
	if [ -z "${version}" ]; then
		echo "${pahole} is not installed; install it (Debian: dwarves)"
	elif [ "${version}" -lt "${least:=119}" ]; then
		echo "pahole ${version%??}.${version#?} is older than the kernel's," \
			"${least%??}.${least#?}; install that"
	fi
}

no_vmlinux() {
	[ ! -e vmlinux ] || return 0
	if [ "${KHEADERS_BTF-}" ]; then
		btf=${KHEADERS_BTF}
	elif ! command -v xz > /dev/null; then
		echo "no vmlinux, and xz is not installed; install it (Debian: xz-utils)"
		return
	elif running_kernel_has_tree; then
		btf=${sys}/btf/vmlinux
	else
		echo "no vmlinux, and the running kernel does not show this archive;" \
			"run modprobe kheaders, or copy BTF of this tree's kernel to $(pwd)/vmlinux"
		return
	fi
	if [ ! -r "${btf}" ]; then
		echo "no vmlinux, and ${btf} cannot be read; mount sysfs"
	elif ! (umask 022 && : > "vmlinux.$$") 2> /dev/null; then
		echo "no vmlinux, and $(pwd) is not writable; run make once as the owner, or set O="
	else
		{ cp "${btf}" "vmlinux.$$" && mv -f "vmlinux.$$" vmlinux; } 2> /dev/null || {
			rm -f "vmlinux.$$"
			echo "vmlinux cannot be written; is the disk full?"
		}
	fi
}

# Old kernels do not use resolve_btfids for modules, and some headers packages lack it.
no_resolve_btfids() {
	dir=tools/bpf/resolve_btfids
	if [ -e "${dir}/resolve_btfids" ] ||
		! grep -q RESOLVE_BTFIDS scripts/Makefile.modfinal scripts/gen-btf.sh \
			2> /dev/null; then
		return
	fi
	if [ -e "${dir}/main.c" ]; then
		echo "no resolve_btfids, it cannot be built;" \
			"install libelf-dev and zlib1g-dev"
	else
		echo "no resolve_btfids, nor its source, as in the headers that the archive" \
			"was made from; copy the program to $(pwd)/${dir}"
	fi
}

why=$(no_pahole)
[ "${why}" ] || why=$(no_vmlinux)
if [ "${mode}" = can ]; then
	[ "${why}" ] || echo yes
	exit
fi
[ "${why}" ] || why=$(no_resolve_btfids)
if [ "${why}" ]; then
	echo "kheaders: warning: modules get no BTF: ${why}" >&2
	echo "CONFIG_DEBUG_INFO_BTF_MODULES= PAHOLE_VERSION=${least}"
fi
