#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Print the path of a Debian root for another architecture, with a compiler; make the
# root first if it does not exist.
#
# Usage: cross-root.sh ARCH[:SUITE] [PACKAGE]...
#
# ARCH is Debian's name; SUITE is bookworm, or the first one that has ARCH. The packages are
# unpacked, but their scripts are not run, which would need an emulator. So the root is for
# compiling only.

. "$(dirname "$0")/../common.sh"

arch=${1%:*}
root=${builddir}/root-$(echo "$1" | tr : -)
case $1 in
*:*) suite=${1#*:} ;;
riscv64) suite=trixie ;;
*) suite=bookworm ;;
esac
packages=gcc,make,kmod,libelf-dev,libssl-dev,busybox-static,xz-utils
shift
for package; do
	packages=${packages},${package}
done

lock "${root}.lock"
if [ ! -d "${root}" ]; then
	bootstrap "${root}" "${suite}" "${packages}" --foreign --arch="${arch}"
	for deb in "${root}.tmp"/var/cache/apt/archives/*.deb; do
		dpkg-deb -x "${deb}" "${root}.tmp"
	done
	mkdir -p "${root}.tmp/mnt" "${root}.tmp/usr/src" "${root}.tmp/var/tmp"
	ln -sf mawk "${root}.tmp/usr/bin/awk"
	rm -rf "${root}.tmp/var/cache/apt/archives"
	mv "${root}.tmp" "${root}"
fi
echo "${root}"
