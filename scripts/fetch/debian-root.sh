#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Make sure of a Debian root, with a compiler and nothing of ours or that ours
# needs, and print where it is.
#
# Usage: debian-root.sh [SUITE]
#
# SUITE is the machine's own unless it is given, and comes from the same mirror.
#
# Nothing is ever run in it: a test makes a copy. Needs root.

. "$(dirname "$0")/../common.sh"

suite=${1:-$(. /etc/os-release && echo "${VERSION_CODENAME}")}
root=${builddir}/root${1:+-$1}
packages=gcc,libc6-dev,make,patch,pkg-config,xz-utils

if [ ! -d "${root}" ]; then
	[ "$(id -u)" = 0 ] || die "debootstrap needs root; run this as root"
	bootstrap "${root}" "${suite}" "${packages}"
	rm -f "${root}.tmp"/var/cache/apt/archives/*.deb
	mv "${root}.tmp" "${root}"
fi
echo "${root}"
