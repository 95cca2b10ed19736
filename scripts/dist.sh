#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Make the tarball of this version, and print its path.
#
# Usage: dist.sh DIR
#
# The tarball contains the working copies of all files that git tracks, or all files
# if this is an unpacked tarball. The same files give the same bytes: all have the
# time in debian/changelog. Exit status: 0, or 1 with a line on stderr.

set -eu
# shellcheck source=environment.sh
. "$(dirname "$0")/environment.sh"
export LC_ALL=C

die() {
	echo "dist: $*" >&2
	exit 1
}

files() {
	if [ -e .git ]; then
		git ls-files
	else
		find . -path ./build -prune -o -type f -print | sed 's:^\./::'
	fi
}

[ $# = 1 ] || die "usage: dist.sh DIR"
mkdir -p "$1"
dir=$(realpath "$1")
cd "$(dirname "$0")/.."
version=$(sed -n 's/^VERSION := //p' tools/kheaders/Makefile)
date=$(sed -n 's/^ -- .*>  //p' debian/changelog | head -n 1)
name=kheaders-${version}
new=$(mktemp -d "${dir}/.dist-XXXXXX")
trap 'trap "" HUP INT TERM; rm -rf "${new}"' EXIT
trap 'exit 1' HUP INT TERM

# $1: the file to make, then the command that prints it
make_file() {
	file=$1
	shift
	"$@" > "${new}/${file}" 2> "${new}/log" ||
		die "${dir}: no tarball made: $(head -n 1 "${new}/log")"
}

make_file files files
sort "${new}/files" > "${new}/list"
make_file tar tar --format=ustar --owner=0 --group=0 --numeric-owner \
	--mode=u=rwX,go=rX --mtime="${date}" --transform="s:^:${name}/:" -T "${new}/list" -c
make_file xz xz -T1 -c "${new}/tar"
chmod 644 "${new}/xz"
mv "${new}/xz" "${dir}/${name}.tar.xz"
echo "${dir}/${name}.tar.xz"
