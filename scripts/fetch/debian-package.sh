#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Fetch a package of any Debian suite with apt, from the machine's own mirror.
#
# Usage: debian-package.sh SUITES PACKAGE DIR
#        debian-package.sh -s SUITES PACKAGE
#        debian-package.sh -S SUITES PACKAGE DIR
#
# SUITES is a list of suites, separated by commas. The newest version of the package is
# unpacked into DIR; nothing is installed. PACKAGE may have "*" in place of a number:
# the package with the highest number is used. -s only prints the size of the package
# in bytes. -S fetches a source package, and unpacks the upstream release without
# Debian's patches. The machine's own package lists are not changed.

. "$(dirname "$0")/../common.sh"

apt=${builddir}/apt
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Each set of suites has its own lists, so that two runs do not collide.
write_sources() {
	mkdir -p "${lists}/partial" "${apt}/archives/partial"
	for suite in $(echo "$1" | tr , ' '); do
		case ${suite} in
		*-security) label=Debian-Security ;;
		*) label=Debian ;;
		esac
		uri=$(mirror "${label}")
		[ -z "${uri}" ] ||
			echo "${kind} [signed-by=${keyring}] ${uri} ${suite} main contrib non-free"
	done > "${lists}.list"
	[ -s "${lists}.list" ] || die "apt knows no mirror of Debian; add one to its sources"
}

# Run apt with lists of its own, and without regard to installed packages.
private_apt() {
	program=$1
	shift
	"${program}" -o Dir::State::lists="${lists}" -o Dir::State::status=/dev/null \
		-o Dir::Cache="${apt}" -o Dir::Etc::SourceList="${lists}.list" \
		-o Dir::Etc::SourceParts=/dev/null -o APT::Sandbox::User=root "$@"
}

# $1: a package, possibly with "*"
newest_of() {
	case $1 in
	*\**)
		private_apt apt-cache pkgnames "${1%%\**}" |
			grep -x "${1%%\**}[0-9]*${1#*\*}" | sort -V | tail -n 1
		;;
	*) echo "$1" ;;
	esac
}

# Download the package, and unpack it into directory $1.
unpack_deb() {
	private_apt apt-get download "${package}" > "${lists}.log" 2>&1 || return
	dpkg-deb -x ./*.deb "$1" || die "${package}: the package is damaged; run this again"
}

unpack_src() {
	private_apt apt-get source --download-only "${package}" > "${lists}.log" 2>&1 || return
	mkdir "$1"
	for tarball in ./*.orig.tar.?z ./*.orig.tar.bz2; do
		[ ! -f "${tarball}" ] || tar -C "$1" --strip-components=1 -xf "${tarball}" ||
			die "${package}: the source is damaged; run this again"
	done
}

[ $# -ge 3 ] || die "usage: debian-package.sh [-S] SUITES PACKAGE DIR | -s SUITES PACKAGE"
command -v apt-get > /dev/null || die "apt-get: not found; this needs a Debian system"
size=
kind=deb
case $1 in
-s) size=yes ;;
-S) kind=deb-src ;;
esac
case $1 in
-*) shift ;;
esac
suites=$1
package=$2
lists=${apt}/$(echo "${suites}" | tr , _)${kind#deb}

# apt's cache is shared.
lock "${apt}/flock"
write_sources "${suites}"
# Lists of the last hour will do, unless what they name is gone.
if [ -z "$(find "${lists}.updated" -mmin -60 2> /dev/null)" ]; then
	private_apt apt-get update -o APT::Update::Error-Mode=any > "${lists}.log" 2>&1 ||
		die "no package lists of Debian ${suites}; check the network, and see ${lists}.log"
	touch "${lists}.updated"
fi
package=$(newest_of "${package}")
if [ "${size}" ]; then
	private_apt apt-cache --no-all-versions show "${package}" | sed -n 's/^Size: //p'
	exit
fi
dir=$(realpath -m "$3")
rm -rf "${dir}.tmp"
mkdir -p "${dir}.tmp/deb"
cd "${dir}.tmp/deb"
"unpack_${kind#deb-}" "${dir}.tmp/root" || {
	rm -f "${lists}.updated"
	die "${package}: not available from Debian ${suites};" \
		"check the network, and see ${lists}.log"
}
rm -rf "${dir}"
mv "${dir}.tmp/root" "${dir}"
rm -rf "${dir}.tmp"
