#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The archive is made again exactly when it must be.
#
# Usage: packer.t [KERNEL]
#
# The conditions are numbered in kernel/Makefile.

. "$(dirname "$0")/../tap.sh"

kernel=${1:-7.3}
# shellcheck source=../packer.sh
. "${here}/packer.sh"

nothing_written() {
	touch "${tmp}/now"
	remake env
	! find "${obj}/kernel" -newer "${tmp}/now" -name '*kheaders*' ! -type d | grep .
}

lists() {
	tar -tJf "${archive}" > "${tmp}/names" && grep -q -x "$1" "${tmp}/names"
}

config() {
	"${tree}/scripts/config" --file "${obj}/.config" "$@"
}

# What follows is about a header that the build generates.
config_has() {
	remake env
	tar -xJOf "${archive}" ./include/generated/autoconf.h | grep -q -x "#define CONFIG_LOG_BUF_SHIFT $1"
}

# The packer has read the header, which changes while the rest is done.
edit_while_packed() {
	edit_header early
	remake env > /dev/null 2>&1 &
	until [ -e "${obj}/kernel/kheaders-3.tar.xz.tmp/tar" ]; do
		sleep 0.01
	done
	edit_header late
	wait $!
	archive_has kheaders_early
}

# What make runs takes no more processor time than has passed.
one_busy_process() {
	rm -f "${obj}"/kernel/kheaders-[0-9].tar.xz
	perl -MTime::HiRes=time -e '$begin = time; system(@ARGV) == 0 or exit 1; $wall = time - $begin;
		(undef, undef, $user, $system) = times; $cpu = $user + $system;
		print "$cpu s in $wall s\n"; exit($cpu > $wall * 1.05)' \
		make -C "${tree}" O="${obj}" ARCH=x86_64 -j1 kernel/kheaders.o
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
check "header edited while it is packed: not yet in" edit_while_packed
check "header edited while it is packed: one piece, the next time" makes 1
check "header edited while it is packed: it is in" archive_has kheaders_late
mv "${tree}/${header}" "${tree}/include/linux/kheaders_new.h"
ln -s kheaders_new.h "${tree}/${header}"
check "header renamed, with a symlink: one piece" makes 1
check "header added: it is in" lists ./include/linux/kheaders_new.h
check "header made a symlink: what it points to is in" archive_has kheaders_late
edit_header old
mv "${tree}/${header}" "${tree}/include/linux/kheaders_new.h"
ln -s kheaders_new.h "${tree}/${header}"
check "what the symlink points to edited: one piece" makes 1
check "what the symlink points to edited: it is in" archive_has kheaders_old
restore_header
check "header removed: one piece" makes 1
check "as it was: the same bytes" cmp "${archive}" "${tmp}/archive"

shift=$(sed -n 's/^CONFIG_LOG_BUF_SHIFT=//p' "${obj}/.config")
config --set-val LOG_BUF_SHIFT $((shift + 1))
check "generated header changed by an option: it is in" config_has $((shift + 1))
config --set-val LOG_BUF_SHIFT "${shift}" -d IKHEADERS_STRIP_COMMENTS
check "IKHEADERS_STRIP_COMMENTS switched off: all pieces" makes "${all_pieces}"
check "IKHEADERS_STRIP_COMMENTS switched off: comments are in" archive_has 'Circular doubly linked list'
config -e IKHEADERS_STRIP_COMMENTS -d IKHEADERS_KIT
remake env > /dev/null
check "IKHEADERS_KIT switched off: no kit" sh -c "! tar -tJf '${archive}' | grep -q -x ./scripts/mod/modpost.c"
config -e IKHEADERS_KIT
remake env > /dev/null
check "all options as they were: the same bytes" cmp "${archive}" "${tmp}/archive"
touch "${tree}/kernel/gen_kheaders.sh"
check "packer changed: all pieces" makes "${all_pieces}"
touch "${obj}/kernel/kheaders_strip"
check "comment stripper changed: all pieces" makes "${all_pieces}"
check "-j1: one busy process at a time" one_busy_process
check "and the same bytes" cmp "${archive}" "${tmp}/archive"
finish
