#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A failure of the packer or the list maker gives a message, and leaves nothing that could
# be taken for a complete archive. This test uses small trees; killed.t uses a kernel.

without_root=yes
. "$(dirname "$0")/../lib/own-mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"

"${fetchdir}/packages.sh" build host

# A source tree of two files and an object tree of one
mkdir -p "${tmp}/src/include" "${tmp}/obj/include/generated"
echo "int a; /* gone */" > "${tmp}/src/include/a.h"
echo "int b;" > "${tmp}/src/include/b.h"
echo "#define C" > "${tmp}/obj/include/generated/c.h"
cat > "${tmp}/obj/0.list" <<END
D include
S include/a.h
S include/b.h
D include/generated
O include/generated/c.h
END
echo LAYOUT=1 > "${tmp}/obj/info"
cc -O2 -o "${tmp}/strip" "${topdir}/kernel/kheaders_strip.c" "${topdir}/kernel/kheaders_lexer.c"

cp "${topdir}"/kernel/*.sh "${tmp}"
mkdir -p "${tmp}/kheaders/scripts/kheaders"
echo > "${tmp}/kheaders/scripts/kheaders/own.sh"
chmod 755 "${tmp}"

# $@: variables, and nothing else
pack() {
	(
		cd "${tmp}/obj"
		# shellcheck disable=SC2086 # a command, or none
		set -- ${as-} env srctree=../src objtree=. TAR=tar XZ=xz \
			"$@" sh "${tmp}/gen_kheaders.sh"
		"$@" piece 0.tar.xz 0.list "${tmp}/strip" &&
			"$@" archive out.tar.xz info '' '' '' '' 0.tar.xz
	)
}

nothing_left() {
	(cd "${tmp}/obj" && find . ! -name . -prune | sort) > "${tmp}/left"
	cat "${tmp}/left"
	printf '%s\n' ./0.list ./include ./info | cmp - "${tmp}/left"
}

packs() {
	pack V=1 && [ "$(tar -tJf "${tmp}/obj/out.tar.xz" | tr '\n' ' ')" = \
		"./.kheaders ./include/ ./include/a.h ./include/b.h ./include/generated/ ./include/generated/c.h " ]
}

check "packs" packs
rm -f "${tmp}"/obj/0.sum "${tmp}"/obj/*.tar.xz "${tmp}"/obj/.*.d
check_fails "no tar" "no-such-tar: not found" pack TAR=no-such-tar
check_fails "no xz" "no-such-xz: not found" pack XZ=no-such-xz
check_fails "busybox tar" "is not GNU tar" pack TAR="busybox tar"
check_fails "bsdtar" "is not GNU tar" pack TAR=bsdtar
check "nothing left" nothing_left

# $1: a pattern, then as for pack; the build says it, and leaves nothing
fails_naming() {
	pattern=$1
	shift
	if pack "$@" 2> "${tmp}/stderr"; then
		return 1
	fi
	cat "${tmp}/stderr"
	grep -q -e "${pattern}" "${tmp}/stderr"
	nothing_left
}

# $1: a program; ${tmp}/killed-$1 has one that does half its work and is killed
make_killed() {
	mkdir "${tmp}/killed-$1"
	cat > "${tmp}/killed-$1/$1" <<-END
		#!/bin/sh
		[ "\$1" != --version ] || exec $(command -v "$1") --version
		head -c 6000 | $(command -v "$1") "\$@" | head -c 600
		kill -9 \$\$
	END
	chmod +x "${tmp}/killed-$1/$1"
}

# Replace a terminal, which some of these commands would read.
exec < /dev/null

check_fails "no date" "KBUILD_BUILD_TIMESTAMP=no date: not a date" \
	pack KBUILD_BUILD_TIMESTAMP="no date"
check_fails "blanks for a date" "KBUILD_BUILD_TIMESTAMP=  : not a date" \
	pack KBUILD_BUILD_TIMESTAMP="  "
check_fails "a file for a date" "KBUILD_BUILD_TIMESTAMP=/etc/passwd: not a date" \
	pack KBUILD_BUILD_TIMESTAMP=/etc/passwd
check "nothing left" nothing_left
check "busybox xz, which only unpacks" fails_naming "unrecognized option" XZ="busybox xz"
make_killed tar
check "tar that is killed half-way" fails_naming "tar: killed" TAR="${tmp}/killed-tar/tar"
make_killed xz
check "xz that is killed half-way" fails_naming "xz: killed" XZ="${tmp}/killed-xz/xz"
mv "${tmp}/strip" "${tmp}/strip.whole"
cat > "${tmp}/strip" <<END
#!/bin/sh
head -n 1 | "${tmp}/strip.whole" "\$@"
kill -9 \$\$
END
chmod +x "${tmp}/strip"
check "stripper that is killed half-way" fails_naming "strip: killed"
mv -f "${tmp}/strip.whole" "${tmp}/strip"

mv "${tmp}/src/include/b.h" "${tmp}/b.h"
check_fails "a listed header is gone" "include/b.h: No such file" pack
check "nothing left" nothing_left
mkdir "${tmp}/src/include/b.h"
check_fails "a listed header is a directory" "include/b.h: Is a directory" pack
check "nothing left" nothing_left
rmdir "${tmp}/src/include/b.h"

# Write 100 kB that do not compress well; the file is then made unreadable.
od -A n -t x1 -N 30000 /dev/urandom > "${tmp}/src/include/b.h"

unreadable() {
	chmod 777 "${tmp}/obj"
	chmod 0 "${tmp}/src/include/b.h"
	as="setpriv --reuid=65534 --regid=65534 --clear-groups"
	fails_naming "include/b.h: Permission denied"
}

# $1: the size of the disk in kB
pack_on_disk() {
	mount -t tmpfs -o size="$1k" tmpfs "${tmp}/obj"
	cp -R "${tmp}/obj.whole/." "${tmp}/obj"
	shift
	try "$@"
	umount "${tmp}/obj"
	return "${result}"
}

full_disk() {
	pack_on_disk "$1" fails_naming 'No space left\|is the disk full'
}

if [ "$(id -u)" = 0 ]; then
	check "a header that may not be read" unreadable
	chmod 644 "${tmp}/src/include/b.h"
	cp -R "${tmp}/obj" "${tmp}/obj.whole"
	for size in 60 160 240 320; do
		check "a disk of ${size} kB" full_disk "${size}"
	done
	check "a disk of 1 MB is large enough" pack_on_disk 1000 pack V=1
else
	check "a header that may not be read, full disks # SKIP needs root" true
fi

# Lists of a tree of 400 headers, and one in a directory that is a link
many=${tmp}/many
mkdir -p "${many}/src/include/linux" "${many}/src/arch/x86/include" "${many}/obj/include/config" \
	"${many}/obj/include/generated" "${many}/lists"
(cd "${many}/src/include/linux" && seq -f 'a-header-%g.h' 400 | xargs touch)
mkdir "${many}/linked"
touch "${many}/linked/b.h"
ln -s ../../linked "${many}/src/include/linked"
ln -s a-header-1.h "${many}/src/include/linux/link.h"
touch -h -d 2020-02-02 "${many}/src/include/linux/link.h"
touch "${many}/obj/include/config/auto.conf" "${many}/obj/include/generated/c.h" \
	"${many}/obj/include/generated/utsrelease.h"

# $@: variables, and nothing else
list() {
	(
		cd "${many}/obj"
		# shellcheck disable=SC2086 # a command, or none
		${as-} env srctree=../src objtree=. ARCH=x86_64 SRCARCH=x86 "$@" \
			sh "${tmp}/kheaders_list.sh" ../lists include/linux/a-header-2
	)
}

lists_all() {
	list
	cat "${many}"/lists/*.list > "${tmp}/all"
	[ "$(grep -c '^S include/linux/a-header-[0-9]*\.h$' "${tmp}/all")" = 400 ]
	grep -q -x 'S include/linked/b.h' "${tmp}/all"
	grep -q -x 'O include/generated/c.h' "${tmp}/all"
	cp -R "${many}/lists" "${many}/whole"
}

next_lists_are_right() {
	list
	diff -r "${many}/whole" "${many}/lists"
}

# $@: as for list
lists_fail() {
	list "$@" 2> "${tmp}/stderr" && return 1
	cat "${tmp}/stderr"
	next_lists_are_right
}

# In auto.conf as Kconfig writes it: with escapes in quotes, from 6.1 on as it is
reads_back() {
	text="a'b \$HOME \`id\` c\\d 'e' \"f\" \\"
	escaped=$(printf '%s' "${text}" | sed 's/[\\"]/\\&/g; s/.*/"&"/')
	reads_back_from "${escaped}"
	reads_back_from "${text}"
}

reads_back_from() {
	printf 'CONFIG_CC_VERSION_TEXT=%s\n' "$1" > "${many}/obj/include/config/auto.conf"
	list
	: > "${many}/obj/include/config/auto.conf"
	CC_VERSION_TEXT=
	# shellcheck source=/dev/null
	. "${many}/lists/kheaders-info"
	printf '%s\n' "${text}" "${CC_VERSION_TEXT}"
	[ "${CC_VERSION_TEXT}" = "${text}" ]
	list
}

# Of ls, make, find and others
lists_with_variables() {
	for style in full-iso iso none; do
		list TIME_STYLE="${style}" QUOTING_STYLE=c POSIXLY_CORRECT=1 CDPATH=/tmp
		diff -r "${many}/whole" "${many}/lists"
	done
}

lists_unreadable() {
	next_lists_are_right
	chmod 0 "${many}/src/include/linux"
	chmod 777 "${many}/lists"
	as="setpriv --reuid=65534 --regid=65534 --clear-groups"
	list 2> "${tmp}/stderr" && return 1
	cat "${tmp}/stderr"
	diff -r "${many}/whole" "${many}/lists"
	grep 'include/linux.*: Permission denied' "${tmp}/stderr"
}

lists_on_full_disk() {
	mount -t tmpfs -o size=12k tmpfs "${many}/lists"
	result=0
	list || result=$?
	mount -o remount,size=1m "${many}/lists"
	next_lists_are_right
	umount "${many}/lists"
	[ "${result}" != 0 ]
}

# Write a tree whose Makefiles name files that modules need, and files that they do not
# need.
# shellcheck disable=SC2016 # the dollars are for make and sh
write_kit() {
	mkdir -p "${many}/src/scripts/gen" "${many}/obj/scripts/gen"
	cd "${many}/src"
	cat > Makefile <<-'END'
		ifeq ($(KBUILD_EXTMOD),)
		kernel: ; $(srctree)/scripts/not-kernel.sh
		else ifdef CONFIG_OFF
		off: ; scripts/not-off.sh
		else
		modules: ; $(srctree)/scripts/modules.sh scripts/Makefile.build \
			scripts/Makefile.modpost
		endif
		checks: ; $(srctree)/scripts/$@
		ifdef CONFIG_ON
		include scripts/Makefile.on
		endif
		GEN := $(objtree)/scripts/gen/gen scripts/off scripts/made
	END
	echo '$(dirname $0)/helper.pl # scripts/not-comment.sh' > scripts/modules.sh
	echo '$(objtree)/scripts/on' > scripts/Makefile.on
	echo '$(objtree)/scripts/fixdep' > scripts/Makefile.build
	echo '$(objtree)/scripts/modpost' > scripts/Makefile.modpost
	touch scripts/checks scripts/helper.pl scripts/not-kernel.sh scripts/not-off.sh \
		scripts/not-comment.sh scripts/made scripts/off.c scripts/gen/one.c \
		scripts/gen/own.h
	echo >> scripts/checks
	echo >> scripts/helper.pl
	touch scripts/.made.cmd
	printf '%s\n' 'hostprogs-always-$(CONFIG_ON) += on' \
		'hostprogs-always-$(CONFIG_OFF) += off' \
		'hostprogs-always-y += fixdep modpost' '$(shell touch ran)' > scripts/Makefile
	printf '%s\n' 'hostprogs-always-y := gen' 'gen-objs := gen.o one.o lex.o' \
		> scripts/gen/Makefile
	touch scripts/on.c scripts/fixdep.c scripts/modpost.c scripts/gen/gen.c
	echo '#include "own.h"' > scripts/gen/one.c
	echo '#include "lex.h"' > "${many}/obj/scripts/gen/lex.c"
	touch "${many}/obj/scripts/gen/lex.h"
	echo CONFIG_ON=y > "${many}/obj/include/config/auto.conf"
}

lists_kit() {
	(write_kit)
	list CONFIG_IKHEADERS_KIT=y
	cat "${many}"/lists/*.list | grep '^[KSO] .*\(scripts\|Makefile\)' > "${tmp}/kit"
	: > "${many}/obj/include/config/auto.conf"
	[ ! -e "${many}/obj/ran" ] && [ ! -e "${many}/src/ran" ]
	tr '\n' ' ' < "${tmp}/kit"
	printf '%s\n' 'S Makefile' 'S scripts/Makefile.build' 'S scripts/Makefile.modpost' \
		'S scripts/Makefile.on' 'S scripts/checks' 'S scripts/fixdep.c' \
		'S scripts/gen/gen.c' 'O scripts/gen/lex.c' 'O scripts/gen/lex.h' \
		'S scripts/gen/one.c' 'S scripts/gen/own.h' 'S scripts/helper.pl' \
		'K scripts/kheaders/own.sh' 'S scripts/modpost.c' 'S scripts/modules.sh' \
		'S scripts/on.c' | diff - "${tmp}/kit"
}

# $1: a name that make would not read as one name
refuses_name() {
	touch "${many}/src/include/$1"
	status=0
	list 2> "${tmp}/stderr" || status=$?
	rm "${many}/src/include/$1"
	cat "${tmp}/stderr"
	[ "${status} $(wc -l < "${tmp}/stderr")" = "1 1" ]
	grep -F "include/$1: its name has" "${tmp}/stderr"
	next_lists_are_right
}

check "lists" lists_all
# shellcheck disable=SC2016 # a name
for name in 'copy of a.h' 'a b.h' 'a#b.h' 'a$b.h' 'a -> b.h' 'a*.h'; do
	check "lists: a header named ${name}" refuses_name "${name}"
done
check "lists: a shell reads back what the compiler says of itself" reads_back
check "lists: variables that a user may have set" lists_with_variables
check "lists of the kit: what Makefiles name for modules" lists_kit
for program in awk find sed sort; do
	make_killed "${program}"
	check "lists: ${program} that is killed half-way" \
		lists_fail PATH="${tmp}/killed-${program}:${PATH}"
	check "lists of the kit: ${program} that is killed half-way" \
		lists_fail CONFIG_IKHEADERS_KIT=y PATH="${tmp}/killed-${program}:${PATH}"
done
if [ "$(id -u)" = 0 ]; then
	check "lists: a directory that may not be read" lists_unreadable
	chmod 755 "${many}/src/include/linux"
	check "lists: a full disk, then the next ones" lists_on_full_disk
else
	check "lists: a directory that may not be read, a full disk # SKIP needs root" true
fi
finish
