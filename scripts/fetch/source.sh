#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Print the path of a pristine kernel source tree; fetch it first if necessary.
#
# Usage: source.sh VERSION|DIR|TARBALL
#
# VERSION is a version in versions.sh, packaged by Debian, whose tree is kept. A
# directory is used unchanged, and never written to. A tarball is unpacked again if it
# has changed.

. "$(dirname "$0")/../common.sh"

# Print the suites of Debian that have version $1.
suites() {
	for version in ${sources}; do
		case ${version} in
		"$1":*)
			echo "${version#*:}"
			return
			;;
		esac
	done
	return 1
}

# Unpack tarball $1 as directory $2, which is created only if that succeeds.
unpack() {
	rm -rf "$2.tmp"
	mkdir -p "$2.tmp"
	said=$(tar -xf "$1" -C "$2.tmp" 2>&1) ||
		die "$1: cannot be unpacked ($(echo "${said}" | grep . | head -n 1));" \
			"fetch it again, or make room"
	set -- "$1" "$2" "$2.tmp"/*
	if [ $# != 3 ] || [ ! -f "$3/Kbuild" ]; then
		die "$1: not a kernel source: it must contain one directory, with a Kbuild;" \
			"use another tarball"
	fi
	rm -rf "$2"
	mv "$3" "$2"
	rm -rf "$2.tmp"
}

fetch() {
	tree=${builddir}/src/linux-$1
	if [ ! -f "${tree}/Kbuild" ]; then
		"${fetchdir}/debian-package.sh" "$(suites "$1")" "linux-source-$1" "${tree}.deb"
		unpack "${tree}.deb/usr/src/linux-source-$1.tar.xz" "${tree}"
		rm -rf "${tree}.deb"
	fi
	echo "${tree}"
}

[ $# = 1 ] || die "usage: source.sh VERSION|DIR|TARBALL"
lock "${builddir}/src/flock"
if [ -d "$1" ]; then
	[ -f "$1/Kbuild" ] ||
		die "$1: not a kernel source tree: Kbuild is missing; use another directory"
	realpath "$1"
elif [ -f "$1" ]; then
	tree=${builddir}/src/$(basename "$1")-$(realpath "$1" | cksum | cut -d ' ' -f 1).tree
	# Another file of that name may be older.
	now=$(stat -c '%i %s %Y' "$1")
	if [ ! -d "${tree}" ] || [ "$(cat "${tree}.stat" 2> /dev/null)" != "${now}" ]; then
		unpack "$1" "${tree}"
		echo "${now}" > "${tree}.stat"
	fi
	echo "${tree}"
elif suites "$1" > /dev/null; then
	fetch "$1"
else
	die "$1: neither a directory, a tarball nor one of $(echo "${versions}" | sed 's/ /, /g')"
fi
