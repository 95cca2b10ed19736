#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The archive is made again exactly when it must be.
#
# Usage: packer.t [KERNEL]
#
# The conditions are numbered in kernel/Makefile.kheaders.

. "$(dirname "$0")/../lib/tap.sh"

kernel=${1:-${latest}}
# shellcheck source=../lib/packer.sh
. "${testdir}/lib/packer.sh"

# Two headers that nothing includes, and a file that is no header: only the list
# mentions them.
a=include/linux/kheaders_a.h
b=include/linux/kheaders_b.h
old=include/linux/kheaders_old
# The build does not write this header until the configuration changes.
generated=include/generated/autoconf.h
gnumakefile=kernel/kheaders/GNUmakefile

undo() {
	restore_header
	rm -f "${tree}/${a}" "${tree}/${b}" "${tree}/${old}"
	for file in kernel/kheaders_list.sh kernel/kheaders_strip.c kernel/Makefile.kheaders; do
		[ ! -f "${tmp}/${file##*/}" ] || mv -f "${tmp}/${file##*/}" "${tree}/${file}"
	done
}
trap 'undo; rm -rf "${tmp}"' EXIT

nothing_written() {
	touch "${tmp}/now"
	remake env
	! find "${obj}/kernel" -newer "${tmp}/now" -name '*kheaders*' ! -type d | grep .
}

lists() {
	tar -tJf "${archive}" > "${tmp}/names" && grep -q -x "./$1" "${tmp}/names"
}

lists_not() {
	lists "${header}" && ! grep -q -x "./$1" "${tmp}/names"
}

renamed() {
	lists "${b}" && lists_not "${a}"
}

# A file like this, by a rename
replace_by_copy() {
	cp -p "$1" "$1.new"
	touch "$1.new"
	mv -f "$1.new" "$1"
}

# $1: a file of the tree, undone at the end, $2: its second line from now on
insert() {
	cp -p "${tree}/$1" "${tmp}"
	sed "2i $2" "${tmp}/${1##*/}" > "${tree}/$1.new"
	mv -f "${tree}/$1.new" "${tree}/$1"
}

# The filechk of kernels up to 5.1, which redirects only the last of several commands
links_with_old_filechk() {
	# shellcheck disable=SC2016 # the dollars are for make
	insert kernel/Makefile.kheaders 'filechk = $(Q)$(filechk_$(1)) > $@.tmp; mv -f $@.tmp $@'
	remake env
	[ "$(nm "${obj}/kernel/kheaders_data.o" | grep -c ' R kernel_headers_data')" = 2 ]
}

config() {
	"${tree}/scripts/config" --file "${obj}/.config" "$@"
}

# A stale .config is not packed.
other_config() {
	mv "${obj}/.config" "${obj}/config"
	echo CONFIG_STALE=y > "${obj}/.config"
	remake env KCONFIG_CONFIG=config
	rm "${obj}/.config"
	tar -xOJf "${archive}" ./.config | cmp - "${obj}/config"
}

sbom_ends() {
	[ -f "${tree}/scripts/sbom/sbom.py" ] || return 0
	(
		cd "${obj}"
		SRCARCH=x86 python3 "${tree}/scripts/sbom/sbom.py" --src-tree "${tree}" \
			--obj-tree "${obj}" --roots kernel/kheaders_data.o --generate-spdx \
			--package-license GPL-2.0 --write-output-on-error \
			--output-directory "${tmp}"
	)
}

# The following checks are for a header that the build generates.
config_has() {
	remake env
	archive_has "^#define CONFIG_LOG_BUF_SHIFT $1\$" "${generated}"
}

# In place, as the build writes it
edit_generated() {
	sed "\$a #define kheaders_$1" "${tmp}/generated" > "${obj}/${generated}"
}

# The packer has read the header, which changes while the rest is done: before the
# first xz begins. $1: what edits it, $2: its name
edit_while_packed() {
	rm -rf "${tmp}/packing" "${tmp}/late"
	"$1" early
	remake env PATH="${tmp}/waits:${PATH}" > /dev/null 2>&1 &
	until [ -e "${tmp}/packing" ]; do
		kill -0 $! || return 1
		sleep 0.1
	done
	"$1" late
	: > "${tmp}/late"
	wait $!
	archive_has kheaders_early "$2"
}

asks_for_lists() {
	insert kernel/kheaders_list.sh 'echo lists are asked for'
	makes_nothing
	grep -q -x 'lists are asked for' "${tmp}/log"
}

makes_stripper() {
	insert kernel/kheaders_strip.c '/* another one */'
	makes "${all_pieces}"
	grep -q 'HOSTLD .*kernel/kheaders_strip$' "${tmp}/log"
}

# Fails where another one runs
cat > "${tmp}/xz" <<END
#!/bin/sh
exec flock -n "${tmp}" "${testdir}/programs/quick-xz.sh" "\$@"
END
chmod +x "${tmp}/xz"

# An xz whose first call waits until the header has been edited, while the others run
mkdir "${tmp}/waits"
cat > "${tmp}/waits/xz" <<END
#!/bin/sh
if mkdir "${tmp}/packing" 2> /dev/null; then
	until [ -e "${tmp}/late" ]; do
		sleep 0.1
	done
fi
exec $(command -v xz) "\$@"
END
chmod +x "${tmp}/waits/xz"

# All processes of make together use at most one processor, and only one xz runs at a
# time.
one_busy_process() {
	perl -MTime::HiRes=clock_gettime,CLOCK_MONOTONIC -e '
		sub now { clock_gettime(CLOCK_MONOTONIC) }
		$begin = now; system(@ARGV) == 0 or exit 1;
		$wall = now - $begin;
		(undef, undef, $user, $system) = times; $cpu = $user + $system;
		print "$cpu s in $wall s\n"; exit($cpu > $wall * 1.05)' \
		make -C "${tree}" O="${obj}" ARCH=x86_64 -j1 kernel/kheaders_data.o \
		XZ="${tmp}/xz" > "${tmp}/log"
	cat "${tmp}/log"
	[ "$(grep -c '^  GEN .*/kheaders-[0-9]\.tar' "${tmp}/log")" = "${all_pieces}" ]
}

undo
use_quick_xz
remake env > /dev/null
cp "${archive}" "${tmp}/archive"
cp "${obj}/${generated}" "${tmp}/generated"

check "nothing changed: nothing made" makes_nothing
check "nothing changed: nothing written" nothing_written
use_kernel_only
check "nothing changed, kernel/ only: nothing written" nothing_written
edit_header one
check "header edited: one piece" makes 1
check "header edited: it is in" archive_has kheaders_one
edit_header two
makes 1 > /dev/null
edit_header six
check "header edited again at once: one piece" makes 1
check "header edited again at once: it is in" archive_has kheaders_six
check "header edited while it is packed: not yet in" edit_while_packed edit_header "${header}"
check "header edited while it is packed: one piece, the next time" makes 1
check "header edited while it is packed: it is in" archive_has kheaders_late
check "generated header written while it is packed: not yet in" \
	edit_while_packed edit_generated "${generated}"
check "generated header written while it is packed: one piece, the next time" makes 1
check "generated header written while it is packed: it is in" \
	archive_has kheaders_late "${generated}"
cp "${tmp}/generated" "${obj}/${generated}"
restore_header
remake env > /dev/null
echo 'extern int kheaders_a;' > "${tree}/${a}"
check "header added: one piece" makes 1
check "header added: it is in" lists "${a}"
mv "${tree}/${a}" "${tree}/${b}"
check "header renamed: one piece" makes 1
check "header renamed: the new name is in, and the old one is not" renamed
echo 'extern int kheaders_old;' > "${tree}/${old}"
touch -d 2000-01-01 "${tree}/${old}"
ln -s -f "${old##*/}" "${tree}/${b}"
check "header made a symlink to an older file: one piece" makes 1
check "header made a symlink to an older file: what that has is in" archive_has kheaders_old "${b}"
sed -i s/old/new/ "${tree}/${old}"
check "what the symlink points to edited: one piece" makes 1
check "what the symlink points to edited: it is in" archive_has kheaders_new "${b}"
rm "${tree}/${b}" "${tree}/${old}"
check "header removed: one piece" makes 1
check "header removed: it is not in" lists_not "${b}"
check "as it was: the same bytes" cmp "${archive}" "${tmp}/archive"

shift=$(sed -n 's/^CONFIG_LOG_BUF_SHIFT=//p' "${obj}/.config")
config --set-val LOG_BUF_SHIFT $((shift + 1))
check "generated header changed by an option: it is in" config_has $((shift + 1))
config --set-val LOG_BUF_SHIFT "${shift}" -d IKHEADERS_STRIP_COMMENTS
check "IKHEADERS_STRIP_COMMENTS switched off: all pieces" makes "${all_pieces}"
check "IKHEADERS_STRIP_COMMENTS switched off: comments are in" \
	archive_has 'Circular doubly linked list'
config -e IKHEADERS_STRIP_COMMENTS -d IKHEADERS_KIT
remake env > /dev/null
check "IKHEADERS_KIT switched off: no kit" lists_not scripts/mod/modpost.c
config -e IKHEADERS_KIT --set-str LOCALVERSION -x
remake env > /dev/null
check "LOCALVERSION set: it is in .kheaders" archive_has '^RELEASE=.*-x$' .kheaders
config --set-str LOCALVERSION ""
check "LOCALVERSION as it was: two pieces, with .config and utsrelease.h" makes 2
check "all options as they were: the same bytes" cmp "${archive}" "${tmp}/archive"
echo LAYOUT=0 > "${obj}/kernel/kheaders-info"
check ".kheaders changed: the archive alone" makes 0
replace_by_copy "${tree}/${gnumakefile}"
check "GNUmakefile changed: the archive alone" makes 0
mkdir "${tree}/include/ksym"
touch "${tree}/include/ksym/kheaders_a.h"
check "files of TRIM_UNUSED_KSYMS in the source tree: nothing made" makes_nothing
rm -r "${tree}/include/ksym"
check "KCONFIG_CONFIG: the configuration is packed" other_config
mv "${obj}/config" "${obj}/.config"
remake env
check "make sbom does not look for a command that made the archive" sbom_ends
check "list maker changed: lists are asked for, nothing is made" asks_for_lists
replace_by_copy "${tree}/kernel/gen_kheaders.sh"
check "packer changed: all pieces" makes "${all_pieces}"
check "comment stripper changed: it and all pieces are made" makes_stripper
check "another xz, -j1: all pieces, one busy process at a time" one_busy_process
check "and the same bytes" cmp "${archive}" "${tmp}/archive"
check "filechk of old kernels: the object has the archive" links_with_old_filechk
finish
