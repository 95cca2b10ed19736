#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Print the path of Debian's own kernel for amd64 with its headers, unpacked but not
# installed; fetch it first if necessary.
#
# Usage: debian-kernel.sh
#
# The kernel is the newest of ${KHEADERS_SUITE}, or bookworm's 6.1 if that is unset. The
# directory has boot/, lib/modules/RELEASE, usr/src and usr/lib as in the packages.

. "$(dirname "$0")/../common.sh"

suite=${KHEADERS_SUITE:-bookworm}
# Packages are named after the ABI; other flavours than amd64 have one more "-".
case ${suite} in
bookworm)
	dir=${builddir}/debian-${usual}
	suites=bookworm,bookworm-security
	abi="${usual}.0-*"
	kbuild=${usual}
	;;
*)
	dir=${builddir}/debian-${suite}
	suites=${suite}
	abi='*[.][^-]*'
	kbuild=
	;;
esac

# Unpack package $1 into the same directory as the others.
fetch() {
	"${fetchdir}/debian-package.sh" "${suites}" "$1" "${dir}.deb"
	cp -al "${dir}.deb/." "${dir}.tmp"
	rm -rf "${dir}.deb"
	# Newer packages have /usr/lib/modules.
	[ -e "${dir}.tmp/lib" ] || ln -s usr/lib "${dir}.tmp/lib"
}

lock "${dir}.lock"
if [ ! -d "${dir}" ]; then
	rm -rf "${dir}.tmp"
	mkdir -p "${dir}.tmp"
	# This one first: it is signed, and may be days later than the headers.
	fetch "linux-image-${abi}-amd64"
	release=$(cd "${dir}.tmp/usr/share/doc" && echo linux-image-*)
	release=${release#linux-image-}
	fetch "linux-headers-${release}"
	fetch "linux-headers-${release%-amd64}-common"
	fetch "linux-kbuild-${kbuild:-${release%-amd64}}"
	# From 7.0 on, the first depends on others that have the files, in other places.
	if [ ! -e "${dir}.tmp/boot" ]; then
		fetch "linux-base-${release}"
		fetch "linux-binary-${release}"
		fetch "linux-modules-${release}"
		mkdir -p "${dir}.tmp/boot"
		ln -s "../lib/modules/${release}/vmlinuz" "${dir}.tmp/boot/vmlinuz-${release}"
	fi
	depmod -b "${dir}.tmp" "${release}"
	mv "${dir}.tmp" "${dir}"
fi
echo "${dir}"
