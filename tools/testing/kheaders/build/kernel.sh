#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Build a kernel with the overlay for a guest, and print the path of its directory.
#
# Usage: kernel.sh um|qemu|arm64|riscv64 KERNEL [NAME [OPTION=VALUE]...]
#
# "qemu" is x86_64; arm64 and riscv64 are cross-built. KERNEL is an argument of
# source.sh. NAME distinguishes sets of options of one kernel. ${GOAL}, if set, is a list
# of goals to build instead of the whole kernel, for tests that check what is packed, not
# how small it gets. The directory has tree/ (the source with
# the overlay), obj/ (the O= directory), image (to boot) and modules/ (made by
# modules_install). Only files that have changed are built again.

. "$(dirname "$0")/../../../../scripts/common.sh"

"${fetchdir}/packages.sh" build >&2
use_ccache
# Host programs of trees in different directories are the same. Not for a kernel, where
# file names that are relative would get into its objects.
[ -z "${GOAL-}" ] || export CCACHE_BASEDIR="${builddir}"
[ $# -ge 2 ] || die "usage: kernel.sh um|qemu|arm64|riscv64 KERNEL [NAME [OPTION=VALUE]...]"
type=$1
kernel=$2
name=${3-}
shift 2
[ $# = 0 ] || shift

case ${type} in
um)
	arch=um
	image=linux
	;;
qemu)
	arch=x86_64
	image=arch/x86/boot/bzImage
	;;
arm64)
	arch=arm64
	image=arch/arm64/boot/Image
	export CROSS_COMPILE=aarch64-linux-gnu-
	;;
riscv64)
	arch=riscv
	image=arch/riscv/boot/Image
	export CROSS_COMPILE=riscv64-linux-gnu-
	;;
*) die "${type}: none of um, qemu, arm64 and riscv64" ;;
esac

llvm=${LLVM-}
dir=${builddir}/$(basename "${kernel}")-${type}${name:+-${name}}
tree=${dir}/tree
obj=${dir}/obj
jobs=$(nproc)

make_kernel() {
	run_long "${dir}/$(basename "$1").log" make -C "${tree}" O="${obj}" ARCH="${arch}" \
		-j"${jobs}" "$@"
}

# Count the files to compile, as far as make can tell. Only for a first build, because
# this takes some seconds.
count_files() {
	[ ! -e "${dir}/image" ] || return 0
	make -n -C "${tree}" O="${obj}" ARCH="${arch}" -j"${jobs}" ./ 2> /dev/null |
		grep -c "echo '  CC "
}

# The options asked for, those of every guest first, in one file. Some depend on the compiler.
options() {
	[ -z "${llvm}" ] || echo "# LLVM=${llvm}"
	cat "${testdir}/data/config/guest.config" "${testdir}/data/config/${type}.config"
	printf 'CONFIG_%s\n' "$@"
}

configure() {
	options "$@" > "${dir}/options.new"
	if ! cmp -s "${dir}/options.new" "${dir}/options" || [ ! -f "${obj}/.config" ]; then
		KCONFIG_ALLCONFIG=${dir}/options.new make_kernel allnoconfig
		mv "${dir}/options.new" "${dir}/options"
	fi
}

# With what is built, and whether another make has replaced the result since
state() {
	echo "${GOAL-}"
	for program in "${CROSS_COMPILE-}gcc" "clang${llvm#1}" rustc pahole; do
		"${program}" --version 2> /dev/null | head -n 1
	done
	stat -L -c '%i %y' "${result}"
}

# Was the last build one of the same goals, and is it newer than all of its sources?
is_built() {
	[ -e "${result}" ] && [ -e "${dir}/begun" ] && state | cmp -s - "${dir}/built" &&
		[ -z "$(find "${tree}" "${obj}/.config" -newer "${dir}/begun" -print -quit)" ]
}

make_all() {
	to_compile=$(count_files) || :
	make_kernel all
	rm -rf "${dir}/modules"
	make_kernel modules_install INSTALL_MOD_PATH="${dir}/modules" INSTALL_MOD_STRIP=1
	rm -f "${dir}/modules/lib/modules/"*/build "${dir}/modules/lib/modules/"*/source
	ln -sf "obj/${image}" "${dir}/image"
}

mkdir -p "${obj}"
lock "${dir}/lock"
echo "${arch}" > "${dir}/arch"
"${testdir}/build/tree.sh" "${kernel}" "${tree}"
configure IKHEADERS=m IKHEADERS_KIT=y IKHEADERS_PROC=y \
	IKHEADERS_STRIP_COMMENTS=y "$@"
[ "${GOAL-}" != olddefconfig ] || {
	echo "${dir}"
	exit
}
result=${dir}/image
[ -z "${GOAL-}" ] || result=${obj}/kernel/kheaders_data.tar.xz
if is_built; then
	echo "${dir}"
	exit
fi
rm -f "${dir}/built"
touch "${dir}/begun"
if [ "${GOAL-}" ]; then
	# shellcheck disable=SC2086 # a list
	make_kernel ${GOAL} XZ="${testdir}/programs/quick-xz.sh"
else
	make_all
fi
[ ! -e "${result}" ] || state > "${dir}/built"
echo "${dir}"
