#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Plain tar and xz unpack the archive, and its contents match .kheaders.

. "$(dirname "$0")/functions.sh"

lists() {
	tar -tJf "${file}" > "${tmp}/list" && [ -s "${tmp}/list" ]
}

unpacks() {
	mkdir "${tmp}/root" && tar -xJf "${file}" -C "${tmp}/root"
}

# A leading "./" and a trailing "/" are tar's own.
is_sorted() {
	grep -v '/$' "${tmp}/list" | sed 's:^\./::' | LC_ALL=C sort -u > "${tmp}/sorted"
	[ "$(wc -l < "${tmp}/sorted")" = "$(grep -vc '/$' "${tmp}/list")" ]
}

has_files() {
	for f in "$@"; do
		[ -s "${tmp}/root/${f}" ] || {
			echo "# not there: ${f}"
			return 1
		}
	done
}

is_of_this_kernel() {
	grep -qx "RELEASE=$(uname -r)" "${tmp}/root/.kheaders"
}

# The archive has only regular files and directories, which only root can write to.
is_harmless() {
	[ -z "$(find "${tmp}/root" ! -type f ! -type d)" ] &&
		[ -z "$(find "${tmp}/root" -perm /7022)" ] &&
		[ -z "$(find "${tmp}/root" ! -user root)" ]
}

need_archive
tmp=$(mktemp -d)
trap 'rm -rf "${tmp}"' EXIT

check "tar lists it" lists
check "tar unpacks it" unpacks
check "no name twice" is_sorted
check "headers are there" has_files include/linux/kconfig.h include/linux/sched.h \
	include/generated/autoconf.h include/uapi/linux/bpf.h .kheaders
check ".kheaders names this kernel" is_of_this_kernel
check "files and directories only, modes and owners harmless" is_harmless
if ! grep -qx TOOLS=none "${tmp}/root/.kheaders"; then
	check "the kit is there" has_files Makefile GNUmakefile .config \
		include/config/auto.conf include/config/kernel.release scripts/Makefile.build \
		scripts/mod/modpost.c scripts/mod/elfconfig.h scripts/basic/fixdep.c
fi
finish
