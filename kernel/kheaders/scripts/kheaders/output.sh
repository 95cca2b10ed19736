#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# For O=DIR: make DIR a tree of links to this one, where it is none yet.
#
# Usage: output.sh DIR
#
# DIR has a link "source" from the beginning, and is whole when it has .kheaders.
# Nothing is ever written to a name that is there, so that two may do it at the
# same time, and no file is reached through a link.
#
# Exit status: 0, or 1 with a line on stderr.

set -eu

out=$1
tree=$(pwd)

die() {
	echo "kheaders: O=${out}: $*" >&2
	exit 1
}

is_there() {
	[ -e "$1" ] || [ -L "$1" ]
}

is_empty() {
	for f in "$1"/* "$1"/.[!.]* "$1"/..?*; do
		! is_there "${f}" || return
	done
}

# $1: a .kheaders; is it this tree's?
is_ours() {
	[ -f "$1" ] && [ "$(cat "$1")" = "$(cat .kheaders)" ]
}

# $1: a directory of links, then what they are to lead to; another one may be
# making the same.
make_links() {
	dir=$1
	shift
	error=$(ln -s "$@" "${dir}" 2>&1) && return
	for f in "$@"; do
		[ -L "${dir}/${f##*/}" ] || die "${error}"
	done
}

# Headers are only read: a link to their directory will do.
# $1: a directory, "." or below it
link_directory() (
	from=$1
	mkdir -p "${out}/${from}" || die "cannot be written; see above"
	set --
	for f in "${from}"/* "${from}"/.[!.]*; do
		if [ "${f}" = ./.kheaders ] || ! is_there "${f}"; then
			continue
		elif [ -d "${f}" ] && [ "${f##*/}" != include ]; then
			link_directory "${f}"
		elif ! is_there "${out}/${f}"; then
			set -- "$@" "${tree}/${f#./}"
		fi
	done
	[ $# = 0 ] || make_links "${out}/${from}" "$@"
)

for program in cat cp ln mkdir mv; do
	command -v "${program}" > /dev/null ||
		die "needs ${program}, which is not found; install it"
done
case ${out}/ in
"${tree}"/*) die "is inside the tree; give a directory elsewhere" ;;
esac
if is_ours "${out}/.kheaders"; then
	exit
fi
if is_there "${out}/.kheaders" ||
	! { is_empty "${out}" || is_ours "${out}/source/.kheaders"; }; then
	die "not made from this tree; give a directory that is empty or new"
fi
mkdir -p "${out}" || die "cannot be written; see above"
is_there "${out}/source" || ln -s "${tree}" "${out}/source" || is_ours "${out}/source/.kheaders"
link_directory .
cp .kheaders "${out}/.kheaders.$$"
mv -f "${out}/.kheaders.$$" "${out}/.kheaders"
