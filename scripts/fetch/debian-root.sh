#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Print the path of a Debian root with a compiler, but without kheaders and the packages
# that kheaders needs; make the root first if it does not exist.
#
# Usage: debian-root.sh [SUITE]
#
# SUITE is by default the machine's own, and comes from the same mirror.
#
# Nothing runs in this root: tests make copies. Needs root.

. "$(dirname "$0")/../common.sh"

suite=${1:-$(. /etc/os-release && echo "${VERSION_CODENAME}")}
root=${builddir}/root${1:+-$1}
packages=gcc,libc6-dev,make,patch,pkg-config,xz-utils

lock "${root}.lock"
if [ ! -d "${root}" ]; then
	[ "$(id -u)" = 0 ] || die "debootstrap needs root; run this as root"
	bootstrap "${root}" "${suite}" "${packages}"
	rm -f "${root}.tmp"/var/cache/apt/archives/*.deb
	mv "${root}.tmp" "${root}"
fi
echo "${root}"
