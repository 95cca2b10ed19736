#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Print the path of three builds of the archive: by a kernel tree without the overlay, and
# by a tree with the overlay, of headers only and with the kit. Build them first if
# necessary.
#
# Usage: pair.sh KERNEL
#
# KERNEL is an argument of source.sh; the configuration is defconfig. The directory has
# own/, headers/ and kit/: in each, tree is a link to the source, and obj is the O=
# directory.

. "$(dirname "$0")/../../../../scripts/common.sh"

[ $# = 1 ] || die "usage: pair.sh KERNEL"
source=$("${fetchdir}/source.sh" "$1")
grep -q "^config IKHEADERS" "${source}/init/Kconfig" ||
	die "$1: has no kheaders of its own to compare with; give a kernel from 5.2 on"
dir=${builddir}/$(basename "$1")-pair
applied=$(GOAL=kernel/kheaders_data.o \
	"${testdir}/build/kernel.sh" qemu "$1" kit INIT_STACK_NONE=y)/tree

# $1: the build, then its make arguments
make_in() {
	in=${dir}/$1
	shift
	run_long "${in}.log" make -C "${in}/tree" O="${in}/obj" ARCH=x86_64 -j"$(nproc)" "$@"
}

# $1: the build, $2: its source, then options for scripts/config
build() {
	build=$1
	mkdir -p "${dir}/${build}/obj"
	ln -sfn "$2" "${dir}/${build}/tree"
	shift 2
	if [ ! -f "${dir}/${build}/obj/.config" ]; then
		make_in "${build}" defconfig
		"${source}/scripts/config" --file "${dir}/${build}/obj/.config" "$@"
		make_in "${build}" olddefconfig
	fi
	make_in "${build}" "kernel/${goal}"
}

# A copy, so that a benchmark may edit it; by links, which keeps the times.
mkdir -p "${dir}"
rm -rf "${dir}/own-tree"
cp -al "${source}" "${dir}/own-tree"
goal=kheaders.o
build own "${dir}/own-tree" -m IKHEADERS
goal=kheaders_data.o
build headers "${applied}" -m IKHEADERS -d IKHEADERS_KIT
build kit "${applied}" -m IKHEADERS
echo "${dir}"
