#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Build Debian packages from the tarball of dist.sh, and print their paths.
#
# Usage: deb.sh DIR
#
# The contents of DIR are replaced; nothing else is written to. Exit status: 0, or 1
# with a line on stderr.

set -eu
# shellcheck source=environment.sh
. "$(dirname "$0")/environment.sh"

die() {
	echo "deb: $*" >&2
	exit 1
}

[ $# = 1 ] || die "usage: deb.sh DIR"
rm -rf "$1"
tarball=$("$(dirname "$0")/dist.sh" "$1")
cd "$1"
tar -xf "${tarball}"
cd "$(basename "${tarball}" .tar.xz)"
if [ "${V-}" = 1 ]; then
	dpkg-buildpackage -us -uc -b >&2
else
	dpkg-buildpackage -us -uc -b > ../log 2>&1
fi || die "dpkg-buildpackage failed; see ${1}/log, or the output above with V=1"
ls "${PWD%/*}"/*.deb
