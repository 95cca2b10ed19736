#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# On a kernel newer than the newest one here, everything that no longer fits is reported,
# with the place to adapt: such a kernel is made by moving things as a new version would.
#
# shellcheck disable=SC2016 # dollars are those of the tree's files

. "$(dirname "$0")/../lib/tap.sh"

kernel=${latest}
# shellcheck source=../lib/packer.sh
. "${testdir}/lib/packer.sh"
use_quick_xz
overlay=${topdir}/scripts/overlay.sh
pristine=$("${fetchdir}/source.sh" "${kernel}")
new=${tmp}/new

# One minor version more
begin() {
	rm -rf "${new}"
	copy_small_tree "${pristine}" "${new}"
	sed -i "s/^PATCHLEVEL = .*/PATCHLEVEL = $((${kernel#*.} + 1))/" "${new}/Makefile"
}

# $1: what has moved, $2: pattern; after one line that says that it is newer
check_refused() {
	cp -a "${new}" "${tmp}/before"
	"${overlay}" apply "${new}" 2>&1 > /dev/null | sed '/note: .* is newer than/d' > "${tmp}/said"
	check "$1: refused, in one line" [ "$(wc -l < "${tmp}/said")" = 1 ]
	check "$1: what and where" grep -E -e "$2" "${tmp}/said"
	check "$1: nothing changed" diff -r "${tmp}/before" "${new}"
	rm -rf "${tmp}/before"
}

says_how_to_try() {
	"${overlay}" apply "${new}" 2>&1 |
		grep "newer than ${latest}.*make check-kernels KERNEL=${new}"
}

# $1: sed's script for the top Makefile of the tree, $2: pattern
build_says() {
	sed "$1" "${tmp}/Makefile" > "${tree}/Makefile.new"
	cmp -s "${tmp}/Makefile" "${tree}/Makefile.new" && return 1
	mv -f "${tree}/Makefile.new" "${tree}/Makefile"
	said=0
	remake env || grep -E -e "$2" "${tmp}/log" || said=1
	cp "${tmp}/Makefile" "${tree}/Makefile.new"
	mv -f "${tree}/Makefile.new" "${tree}/Makefile"
	[ "${said}" = 0 ] && grep -q -E -e "$2" "${tmp}/log"
}

begin
check "a newer version: a note, with how to try it" says_how_to_try
begin
mv "${new}/scripts/Makefile.modfinal" "${new}/scripts/Makefile.modlink"
check_refused "the file that links modules" 'no scripts/Makefile\.modfinal, which links modules; .*edit_modfinal'
begin
sed -i 's/-o \$@ \$(filter %\.o, \$^)/-o $@ @$(@:.ko=.objects)/' "${new}/scripts/Makefile.modfinal"
check_refused "the rule that links modules" 'Makefile\.modfinal: links modules in an unknown way; .*filter %\.o'
begin
rm "${new}/scripts/link-vmlinux.sh"
check_refused "the script that links vmlinux" 'no scripts/link-vmlinux\.sh, which links vmlinux; .*edit_link'
begin
sed -i 's/^\tobjs=/\tobjects=/' "${new}/scripts/link-vmlinux.sh"
check_refused "what vmlinux is linked of" 'link-vmlinux\.sh: vmlinux_link.. has an unknown form; .*edit_link'
begin
sed -i 's/^config LOG_BUF_SHIFT/config LOG_BUFFER_SHIFT/' "${new}/init/Kconfig"
check_refused "the option after ours" 'init/Kconfig\.patch does not fit'

cp "${tree}/Makefile" "${tmp}/Makefile"
check "headers in another directory: the build says so, and where to follow" \
	build_says 's/^export .*LINUXINCLUDE/LINUXINCLUDE += -I$(srctree)\/headers\n&/' \
	'kheaders_list: headers: is in LINUXINCLUDE.*add it to src_headers'
check "the tree is as it was, and builds" remake env
finish
