#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The archive is made again exactly when it must be, and is always the same.
#
# Usage: packer.t [KERNEL]
#
# The conditions are numbered in kernel/Makefile.

. "$(dirname "$0")/../tap.sh"

kernel=${1:-7.3}
dir=$(GOAL=kernel/kheaders.o "${here}/kernel.sh" qemu "${kernel}" kit INIT_STACK_NONE=y)
tree=${dir}/tree
obj=${dir}/obj
archive=${obj}/kernel/kheaders_data.tar.xz
header=include/linux/list.h
cp "${tree}/${header}" "${tmp}/header"
trap 'restore_header; rm -rf "${tmp}"' EXIT

# A rename, as the tree has hard links to the pristine one.
replace() {
	cp "$1" "${tree}/${header}.new"
	mv -f "${tree}/${header}.new" "${tree}/${header}"
}

restore_header() {
	rm -f "${tree}/${header}" "${tree}/include/linux/kheaders_new.h"
	replace "${tmp}/header"
}

# What is said is kept in ${tmp}/made. $@: before make, and then its variables
remake() {
	"$@" make -C "${tree}" O="${obj}" ARCH=x86_64 -j"${jobs:-2}" kernel/kheaders.o > "${tmp}/log" 2>&1 || {
		tail "${tmp}/log"
		return 1
	}
	sed -n 's:^  GEN *kernel/::p' "${tmp}/log" | grep '\.tar\.xz' > "${tmp}/made" || :
	cat "${tmp}/made"
}

# $1: how many pieces are made, and the archive, unless that is 0
makes() {
	pieces=$1
	remake env
	[ "$(grep -c '^kheaders-[0-9]' "${tmp}/made")" = "${pieces}" ]
	[ "${pieces}" = 0 ] || grep -q -x kheaders_data.tar.xz "${tmp}/made"
}

nothing_written() {
	touch "${tmp}/now"
	remake env
	! find "${obj}/kernel" -newer "${tmp}/now" -name '*kheaders*' ! -type d | grep .
}

archive_has() {
	tar -xJOf "${archive}" "./${header}" | grep -q "$1"
}

lists() {
	tar -tJf "${archive}" > "${tmp}/names" && grep -q -x "$1" "${tmp}/names"
}

edit_header() {
	sed "\$a extern int kheaders_$1;" "${tmp}/header" > "${tmp}/edited"
	replace "${tmp}/edited"
}

# Removing all pieces makes them anew. $@: what comes before make
same_when_made() {
	rm -f "${obj}"/kernel/kheaders-[0-9].tar.xz
	remake "$@"
	[ "$(wc -l < "${tmp}/made")" = 9 ]
	cmp "${archive}" "${tmp}/archive"
}

restore_header
remake env > /dev/null
cp "${archive}" "${tmp}/archive"

check "nothing changed: nothing made" makes 0
check "nothing changed: nothing written" nothing_written
edit_header one
check "header edited: one piece" makes 1
check "header edited: it is in" archive_has kheaders_one
edit_header two
makes 1 > /dev/null
edit_header six
check "header edited again at once: one piece" makes 1
check "header edited again at once: it is in" archive_has kheaders_six
mv "${tree}/${header}" "${tree}/include/linux/kheaders_new.h"
ln -s kheaders_new.h "${tree}/${header}"
check "header renamed, with a symlink: one piece" makes 1
check "header added: it is in" lists ./include/linux/kheaders_new.h
check "header made a symlink: what it points to is in" archive_has kheaders_six
restore_header
check "header removed: one piece" makes 1
check "as it was: the same bytes" cmp "${archive}" "${tmp}/archive"
touch "${tree}/kernel/gen_kheaders.sh"
check "packer changed: all pieces" makes 8
touch "${obj}/kernel/kheaders_strip"
check "comment stripper changed: all pieces" makes 8
jobs=1
check "-j1: the same bytes" same_when_made env
jobs=8
check "-j8: the same bytes" same_when_made env
check "one processor: the same bytes" same_when_made taskset -c 0
check "locale and time zone: the same bytes" same_when_made env LC_ALL=C.UTF-8 TZ=Asia/Tokyo
umask 077
check "umask 077: the same bytes" same_when_made env
umask 022
check "a variable of tar's and xz's: the same bytes" same_when_made env TAR_OPTIONS=-v XZ_OPT=-9
check "KBUILD_BUILD_TIMESTAMP: others" remake env KBUILD_BUILD_TIMESTAMP="Sun Jan  2 03:04:05 UTC 2022"
check "KBUILD_BUILD_TIMESTAMP: the times" \
	sh -c "tar --utc -tvJf '${archive}' | grep -v '2022-01-02 03:04 ' | grep . && exit 1 || exit 0"
check "and back: the same bytes" same_when_made env
finish
