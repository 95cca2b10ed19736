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

# Is this directory made, and not a link to it? Headers are only read, so a link to their
# directory is enough. $1: a directory
is_made() {
	case $1 in
	./include | ./include/linux) ;;
	./include/* | */include) return 1 ;;
	esac
}

# What belongs to a make in the tree, or is copied
is_left_out() {
	case $1 in
	*/.lock | */.crates.* | */.build.* | ./.kheaders | ./include/linux/kconfig.h) ;;
	*) return 1 ;;
	esac
}

# $1: a directory, "." or below it
link_directory() (
	from=$1
	mkdir -p "${out}/${from}" || die "cannot be written; see above"
	set --
	for f in "${from}"/* "${from}"/.[!.]*; do
		if is_left_out "${f}" || ! is_there "${f}"; then
			continue
		elif [ -d "${f}" ] && is_made "${f}"; then
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
# -n, as another call may make the link meanwhile: it must not be followed into the tree.
is_there "${out}/source" || error=$(ln -sn "${tree}" "${out}/source" 2>&1) ||
	is_ours "${out}/source/.kheaders" || die "${error}"
link_directory .
# All objects depend on this header, and those of another kernel's directory must be older.
header=${out}/include/linux/kconfig.h
if ! is_there "${header}"; then
	cp include/linux/kconfig.h "${header}.$$"
	mv -f "${header}.$$" "${header}"
fi
cp .kheaders "${out}/.kheaders.$$"
mv -f "${out}/.kheaders.$$" "${out}/.kheaders"
