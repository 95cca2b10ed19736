#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# For O=DIR: make DIR a tree of links to this tree, unless it is one already.
#
# Usage: output.sh DIR
#
# The link DIR/source is made first, and DIR is complete when it has .kheaders. Existing
# names are never written to, so that two calls can run at the same time, and no file is
# written through a link.
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

# Is $1 a copy of this tree's .kheaders?
is_ours() {
	[ -f "$1" ] && [ "$(cat "$1")" = "$(cat .kheaders)" ]
}

# Make links in a directory; another call may be making the same links. $1: the
# directory, then the targets
make_links() {
	dir=$1
	shift
	error=$(ln -s "$@" "${dir}" 2>&1) && return
	for f in "$@"; do
		[ -L "${dir}/${f##*/}" ] || die "${error}"
	done
}

# Headers are only read, so a link to their directory is enough.
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
	[ -e "${out}/GNUmakefile" ] ||
		die "made from a tree that has moved to ${tree};" \
			"give a directory that is empty or new"
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
