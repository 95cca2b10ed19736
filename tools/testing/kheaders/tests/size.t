#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The archive with the kit is little larger than that of headers alone which
# the same tree makes without the overlay, and at most a third of Debian's packages.
#
# Usage: size.t [KERNEL]
#
# x86_64, defconfig.

. "$(dirname "$0")/../tap.sh"

kernel=${1:-7.3}
dir=${builddir}/${kernel}-size
source=$("${here}/source.sh" "${kernel}")
mkdir -p "${dir}"

# $1: the tree, $2: its object directory; print the archive
make_archive() {
	[ -f "$2/.config" ] || {
		make -C "$1" O="$2" ARCH=x86_64 defconfig
		"$1/scripts/config" --file "$2/.config" -m IKHEADERS
		make -C "$1" O="$2" ARCH=x86_64 olddefconfig
	} > "${tmp}/log" 2>&1
	run_long "$2.log" make -C "$1" O="$2" ARCH=x86_64 -j"$(nproc)" kernel/kheaders.o
}

size_of() {
	stat -c %s "$1/kernel/kheaders_data.tar.xz"
}

# $1: the largest ratio allowed, in percent, $2 and $3: bytes
is_at_most() {
	echo "$2 of $3 bytes"
	[ $(($2 * 100)) -le $(($3 * $1)) ]
}

percent() {
	echo "$(($1 * 100 / $2)) %"
}

debian_size() {
	for package in "linux-headers-${kernel}.*+deb13-amd64" "linux-headers-${kernel}.*+deb13-common" \
		"linux-kbuild-${kernel}.*+deb13"; do
		"${here}/debian.sh" -s trixie-backports "${package}"
	done | awk '{ sum += $1 } END { print sum }'
}

tree=$(GOAL=kernel/kheaders.o "${here}/kernel.sh" qemu "${kernel}" kit INIT_STACK_NONE=y)/tree
make_archive "${tree}" "${dir}/obj"
make_archive "${source}" "${dir}/own"
ours=$(size_of "${dir}/obj")
own=$(size_of "${dir}/own")
debian=$(debian_size)
check "${kernel}: ${ours} bytes, $(percent "${ours}" "${own}") of the ${own} of headers alone" \
	is_at_most 110 "${ours}" "${own}"
check "${kernel}: $(percent "${ours}" "${debian}") of the ${debian} of Debian's three packages" \
	is_at_most 33 "${ours}" "${debian}"
finish
