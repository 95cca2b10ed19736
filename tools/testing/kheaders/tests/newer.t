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
	"${overlay}" apply "${new}" 2>&1 > /dev/null |
		sed '/note: .* is newer than/d' > "${tmp}/said"
	check "$1: refused, in one line" [ "$(wc -l < "${tmp}/said")" = 1 ]
	check "$1: what and where" grep -E -e "$2" "${tmp}/said"
	check "$1: nothing changed" diff -r "${tmp}/before" "${new}"
	rm -rf "${tmp}/before"
}

says_how_to_try() {
	"${overlay}" apply "${new}" 2>&1 |
		grep "newer than ${latest}.*make check-kernels KERNEL=${new}"
}

# $1: a file of the tree, $2: sed's script for it, then a command
with_edited() {
	file=$1
	cp -p "${tree}/${file}" "${tmp}/as-it-was"
	sed "$2" "${tmp}/as-it-was" > "${tmp}/edited"
	shift 2
	cmp -s "${tmp}/as-it-was" "${tmp}/edited" && return 1
	replace_file "${tmp}/edited" "${tree}/${file}"
	try "$@"
	replace_file "${tmp}/as-it-was" "${tree}/${file}"
	return "${result}"
}

# The build fails, and its output matches $1, a pattern of grep -E.
build_says() {
	! remake env > /dev/null && grep -E -e "$1" "${tmp}/log"
}

# The archive has a script in the directory where the Makefile names it.
packs_modpost_from_kbuild() {
	remake env && tar -tJf "${archive}" > "${tmp}/names" &&
		grep -x ./kbuild/Makefile.modpost "${tmp}/names" &&
		! grep -x ./scripts/Makefile.modpost "${tmp}/names"
}

moved_makefile() {
	mkdir "${tree}/kbuild"
	cp -p "${tree}/scripts/Makefile.modpost" "${tree}/kbuild"
	status=0
	with_edited Makefile 's:/scripts/Makefile\.modpost:/kbuild/Makefile.modpost:' \
		packs_modpost_from_kbuild || status=$?
	rm -r "${tree}/kbuild"
	return "${status}"
}

begin
check "a newer version: a note, with how to try it" says_how_to_try
begin
mv "${new}/scripts/Makefile.modfinal" "${new}/scripts/Makefile.modlink"
check_refused "the file that links modules" \
	'no scripts/Makefile\.modfinal, which links modules; .*edit_modfinal'
begin
sed -i 's/-o \$@ \$(filter %\.o, \$^)/-o $@ @$(@:.ko=.objects)/' "${new}/scripts/Makefile.modfinal"
check_refused "the rule that links modules" \
	'Makefile\.modfinal: links modules in an unknown way; .*filter %\.o'
begin
rm "${new}/scripts/link-vmlinux.sh"
check_refused "the script that links vmlinux" \
	'no scripts/link-vmlinux\.sh, which links vmlinux; .*edit_link'
begin
sed -i 's/^\tobjs=/\tobjects=/' "${new}/scripts/link-vmlinux.sh"
check_refused "what vmlinux is linked of" \
	'link-vmlinux\.sh: vmlinux_link.. has an unknown form; .*edit_link'
begin
sed -i 's/^config LOG_BUF_SHIFT/config LOG_BUFFER_SHIFT/' "${new}/init/Kconfig"
check_refused "the option after ours" 'init/Kconfig\.patch does not fit'

# As Ubuntu's and other vendors' kernels have
packs_vendor_headers() {
	mkdir -p "${tree}/vendor/include/linux"
	echo '#define VENDOR 1' > "${tree}/vendor/include/linux/vendor.h"
	status=0
	remake env && tar -tJf "${archive}" ./vendor/include/linux/vendor.h || status=$?
	rm -r "${tree}/vendor"
	return "${status}"
}
# $1: what is added to LINUXINCLUDE, then a command
with_include_dir() {
	dir=$1
	shift
	with_edited Makefile "s:^export .*LINUXINCLUDE:LINUXINCLUDE += -I${dir}\n&:" "$@"
}
check "headers in another directory are packed" \
	with_include_dir '$(srctree)/vendor/include' packs_vendor_headers
check "one that does not exist is none" \
	with_include_dir '$(srctree)/vendor/include' remake env
check "one that is not in the tree: the build says so" \
	with_include_dir /opt/include build_says 'kheaders_list: /opt/include: is in LINUXINCLUDE'
check "a script in another directory: it is packed from there" moved_makefile
check "a program in a place that is not found: the build says so, and where to follow" \
	with_edited scripts/Makefile.modpost 's:scripts/mod/modpost:$(programs)/modpost:' \
	build_says 'kheaders_list: modpost: no Makefile names it; .*adapt reach.. in kheaders_kit\.sh'
check "struct kernel_symbol: nothing reads it" \
	[ -z "$(grep -r -l kernel_symbol "${topdir}/kernel" "${topdir}/tools/kheaders")" ]
check "the tree is as it was, and builds" remake env
finish
