#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Any shell, awk and core utilities of a build host give the same archive, byte for byte,
# and apply and remove the overlay.
#
# Usage: userland.t [KERNEL]
#
# Only the packer's part of a kernel build runs with these programs. Nothing is
# compressed, because the output of xz does not depend on them.

. "$(dirname "$0")/../lib/tap.sh"

kernel=${1:-${latest}}
"${fetchdir}/packages.sh" build userland
# shellcheck source=../lib/packer.sh
. "${testdir}/lib/packer.sh"

# The output of date -R, which distributions use; not all date commands can read it.
export KBUILD_BUILD_TIMESTAMP="Thu, 01 Jan 1998 00:00:00 +0000"

# shellcheck disable=SC2016 # a variable of that script
printf '%s\n' '#!/bin/sh' 'for file; do :; done' 'cat "${file}"' > "${tmp}/xz"
chmod +x "${tmp}/xz"

# All programs that kernel/*.sh and scripts/overlay.sh call; mksh has no printf of its
# own. ld and make are always those that the kernel is built with.
tools="awk cat chmod cmp cp cut df dirname find flock grep head ld ls make mkdir mv patch printf realpath
	rm rmdir sed sha256sum sh sort stat tail touch tr wc xargs"

# Make a directory of these programs only, to use as PATH. $1: its name, $2: a
# multi-call program, then the names that it has
userland() {
	bin=${tmp}/$1
	program=$2
	shift 2
	mkdir "${bin}"
	for tool in ${tools}; do
		cp -P "${tmp}/host/${tool}" "${bin}"
	done
	for tool; do
		[ ! -L "${bin}/${tool}" ] || ln -sf "${program}" "${bin}/${tool}"
	done
	cp -P "${tmp}/host/patch" "${bin}"
}

# $1: the name of the userland, then the shell; ${shell} is that shell with it
set_shell() {
	shell=${tmp}/$1.sh
	bin=${tmp}/$1
	shift
	printf '%s\n' '#!/bin/sh' "PATH=${bin} exec $* \"\$@\"" > "${shell}"
	chmod +x "${shell}"
}

# Keep files that other tests build in this tree, with make's hidden files about them.
keep() {
	mkdir "${tmp}/kept"
	cp -a "${obj}"/kernel/*kheaders* "${obj}"/kernel/.*kheaders* "${tmp}/kept"
}

put_back() {
	[ ! -d "${tmp}/kept" ] || cp -a "${tmp}/kept/." "${obj}/kernel"
}

remove_archive() {
	rm -f "${obj}"/kernel/kheaders-[0-9].* "${obj}/kernel/kheaders-info" "${archive}"
}

# The very commands that Kbuild runs go to ${tmp}/commands.
pack_and_record() {
	remove_archive
	variables="V=1 TAR=$(command -v tar) XZ=${tmp}/xz"
	remake env
	grep -E 'sh [^ ]*/(kheaders_list.sh kernel|gen_kheaders.sh) ' "${tmp}/log" \
		> "${tmp}/commands"
	[ "$(wc -l < "${tmp}/commands")" = $((all_pieces + 2)) ]
	tar --utc -tvf "${archive}" > "${tmp}/listed"
	grep ' 1998-01-01 00:00 \./.kheaders$' "${tmp}/listed"
	cp "${archive}" "${tmp}/archive"
}

packs() {
	remove_archive
	sed "s: sh \([^ ]*/kernel/\): ${shell} \1:" "${tmp}/commands" > "${tmp}/these"
	grep -c " ${shell} " "${tmp}/these" | grep -x $((all_pieces + 2))
	(cd "${obj}" && sh -e -x "${tmp}/these")
	cmp "${archive}" "${tmp}/archive"
}

# $1: where
small_tree() {
	rm -rf "$1"
	copy_small_tree "${pristine}" "$1"
	chmod 640 "$1/kernel/Makefile"
}

applies() {
	small_tree "${tmp}/overlaid"
	"${shell}" "${topdir}/scripts/overlay.sh" apply "${tmp}/overlaid"
	"${shell}" "${topdir}/scripts/overlay.sh" apply "${tmp}/overlaid" | grep 'nothing to do'
	diff -r "${tmp}/ours" "${tmp}/overlaid"
	[ "$(stat -c %a "${tmp}/overlaid/kernel/Makefile")" = 640 ]
}

unapplies() {
	"${shell}" "${topdir}/scripts/overlay.sh" unapply "${tmp}/overlaid"
	diff -r "${tmp}/pristine" "${tmp}/overlaid"
}

# $1: the description, $2: the name of the userland, then the shell
packs_with() {
	what_it_is=$1
	shift
	set_shell "$@"
	check "${what_it_is}: the same archive" packs
}

overlays_with() {
	what_it_is=$1
	shift
	set_shell "$@"
	check "${what_it_is}: apply" applies
	check "${what_it_is}: unapply" unapplies
}

works_with() {
	packs_with "$@"
	overlays_with "$@"
}

path_without "${tmp}/host"
# shellcheck disable=SC2046 # a list
userland busybox "$(command -v busybox)" $(busybox --list)
# shellcheck disable=SC2046 # a list
userland toybox "$(command -v toybox)" $(toybox)
cp -P "${tmp}/host/mawk" "${tmp}/toybox/awk"
# shellcheck disable=SC2046 # a list
userland uutils "$(command -v coreutils)" $(ls /usr/lib/cargo/bin/coreutils)
cp -P "${tmp}/host/gawk" "${tmp}/uutils/awk"
userland original-awk "$(command -v original-awk)" awk
trap 'put_back; rm -rf "${tmp}"' EXIT
keep
pristine=$("${fetchdir}/source.sh" "${kernel}")
small_tree "${tmp}/pristine"
small_tree "${tmp}/ours"
"${topdir}/scripts/overlay.sh" apply "${tmp}/ours" > /dev/null
check "GNU's, this host's awk and sh: an archive, with its times" pack_and_record
packs_with "busybox, its awk and sh" busybox "$(command -v busybox)" sh
# This shell always prefers busybox's own patch.
check_fails "busybox's patch" "patch: is not GNU patch" \
	"${shell}" "${topdir}/scripts/overlay.sh" apply "${tmp}/pristine"
check "busybox's patch: nothing changed" [ ! -e "${tmp}/pristine/.kheaders" ]
overlays_with "busybox, its awk, this host's sh and patch" busybox "$(command -v sh)"
works_with "toybox, mawk, mksh" toybox "$(command -v mksh)"
works_with "uutils, gawk, bash" uutils "$(command -v bash)"
works_with "GNU's, original-awk, ksh93" original-awk "$(command -v ksh93)"
finish
