#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The archive with the kit is little larger than that of headers alone which the
# same tree makes without the overlay, and at most a third of Debian's packages.
#
# Usage: size.t [KERNEL]
#
# x86_64, defconfig.

. "$(dirname "$0")/../lib/tap.sh"

kernel=${1:-${latest}}
pair=$("${testdir}/build/pair.sh" "${kernel}")

size_of() {
	stat -c %s "${pair}/$1/obj/kernel/kheaders_data.tar.xz"
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
		"${fetchdir}/debian-package.sh" -s trixie-backports "${package}"
	done | awk '{ sum += $1 } END { print sum }'
}

ours=$(size_of kit)
headers=$(size_of headers)
own=$(size_of own)
debian=$(debian_size)
check "${kernel}: headers alone: ${headers} bytes, $(percent "${headers}" "${own}") of the own one's ${own}" \
	is_at_most 100 "${headers}" "${own}"
check "${kernel}: ${ours} bytes, $(percent "${ours}" "${own}") of these ${own}" \
	is_at_most 110 "${ours}" "${own}"
# The own one of headers alone takes all of that.
check "${kernel}: $(percent "${ours}" "${debian}") of the ${debian} of Debian's three packages # TODO a third" \
	is_at_most 33 "${ours}" "${debian}"
finish
