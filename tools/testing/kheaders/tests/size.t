#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The archive with the kit is little larger than the kernel's own archive of headers, and
# at most a third of Debian's packages; with Module.symvers, for the kernel of Debian 12,
# little more than that.
#
# Usage: size.t [KERNEL]
#
# The configuration is x86_64's defconfig.

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

# $1: suites, then packages
debian_size() {
	suites=$1
	shift
	for package in "$@"; do
		"${fetchdir}/debian-package.sh" -s "${suites}" "${package}"
	done | awk '{ sum += $1 } END { print sum }'
}

has_symvers() {
	tar -xJOf "$1" ./.kheaders | grep -x SYMVERS=yes
}

ours=$(size_of kit)
headers=$(size_of headers)
own=$(size_of own)
debian=$(debian_size trixie-backports "linux-headers-${kernel}.*+deb13-amd64" \
	"linux-headers-${kernel}.*+deb13-common" "linux-kbuild-${kernel}.*+deb13")
check "${kernel}: headers alone: ${headers} bytes, $(percent "${headers}" "${own}") of the own one's ${own}" \
	is_at_most 100 "${headers}" "${own}"
check "${kernel}: ${ours} bytes, $(percent "${ours}" "${own}") of these ${own}" \
	is_at_most 108 "${ours}" "${own}"
check "${kernel}: $(percent "${ours}" "${debian}") of the ${debian} of Debian's three packages" \
	is_at_most 38 "${ours}" "${debian}"

# The same for a Debian kernel, whose archive includes Module.symvers
"${testdir}/build/debian-archive.sh" "${builddir}/size"
release=$(ls "${builddir}/size/module")
archive=${builddir}/size/module/${release}/kheaders_data.tar.xz
ours=$(stat -c %s "${archive}")
debian=$(debian_size bookworm,bookworm-security "linux-headers-${release}" \
	"linux-headers-${release%-amd64}-common" linux-kbuild-6.1)
check "${release}: Module.symvers is in" has_symvers "${archive}"
check "${release}: ${ours} bytes, $(percent "${ours}" "${debian}") of the ${debian} of Debian's three packages" \
	is_at_most 38 "${ours}" "${debian}"
finish
