#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Make sure of Debian's own kernel 6.1 for amd64 with its headers, unpacked and
# not installed, and print where it is.
#
# Usage: debian-kernel.sh
#
# In the directory printed are boot/, lib/modules/RELEASE, usr/src and usr/lib
# as the packages have them.

. "$(dirname "$0")/../common.sh"

dir=${builddir}/debian-${usual}
suites=bookworm,bookworm-security

# $1: a package; unpacked beside the others
fetch() {
	"${fetchdir}/debian-package.sh" "${suites}" "$1" "${dir}.deb"
	cp -a "${dir}.deb/." "${dir}.tmp"
	rm -rf "${dir}.deb"
}

if [ ! -d "${dir}" ]; then
	rm -rf "${dir}.tmp"
	mkdir -p "${dir}.tmp"
	fetch "linux-headers-${usual}.0-*-amd64"
	release=$(ls "${dir}.tmp/lib/modules")
	fetch "linux-headers-${release%-amd64}-common"
	fetch "linux-kbuild-${usual}"
	fetch "linux-image-${release}"
	depmod -b "${dir}.tmp" "${release}"
	mv "${dir}.tmp" "${dir}"
fi
echo "${dir}"
