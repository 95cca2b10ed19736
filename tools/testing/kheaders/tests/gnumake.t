#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# make works in a tree of an x86_64 kernel as users call it: with each of make's flags,
# with variables set for other purposes, with names that have a meaning for shells, with
# the small programs of busybox, toybox and uutils, and where no program may run.
#
# Usage: gnumake.t [few|all [KERNEL]]
#
# The kernel is that of kit.t, of which only the archive is built.

. "$(dirname "$0")/../lib/tap.sh"

# A tree as it is unpacked, and what is in it
fresh() {
	rm -rf "${kit}"
	mkdir "${kit}"
	tar -xJf "${archive}" -C "${kit}"
	(cd "${kit}" && find . ! -type d | sort) > "${tmp}/names"
	(cd "${kit}" && find . -type f -exec sha256sum {} +) > "${tmp}/sums"
}

# Nothing was made there, and nothing was changed.
is_fresh() {
	(cd "${kit}" && find . ! -type d | sort) | diff "${tmp}/names" -
	is_unchanged
}

is_unchanged() {
	(cd "${kit}" && sha256sum -c --quiet "${tmp}/sums")
}

copy_module() {
	rm -rf "${tmp}/module"
	cp -R "${testdir}/data/modules/hello" "${tmp}/module"
}

has_module() {
	[ -s "${tmp}/module/kheaders_hello.ko" ]
}

# $@: for make, which may fail; ${status} and ${tmp}/log tell
run_make() {
	copy_module
	status=0
	"${make}" -C "${kit}" M="${tmp}/module" KBUILD_MODPOST_WARN=1 "$@" > "${tmp}/log" 2>&1 ||
		status=$?
	cut -c 1-200 "${tmp}/log"
}

builds() {
	run_make "$@"
	[ "${status}" = 0 ] && has_module
}

# The programs are those that were built, also to be run.
has_programs() {
	for program in scripts/basic/fixdep scripts/mod/modpost scripts/genksyms/genksyms \
		tools/objtool/objtool; do
		[ -x "${kit}/${program}" ] && no_elf_file "${kit}/${program}" && return 1
	done
	! find "${kit}" -name '.build.*' -o -name '.runs.*' -o -name '*.[0-9]*[0-9]' | grep .
}

# What is said by us, in one line and no more: $1: a pattern
says_once() {
	grep '^\(.*\*\*\* \)\{0,1\}kheaders: ' "${tmp}/log" |
		grep -v 'no symbol versions' > "${tmp}/said" || :
	[ "$(wc -l < "${tmp}/said")" = 1 ] && grep -q -e "$1" "${tmp}/said"
}

# $1: a pattern, then for make
refuses() {
	pattern=$1
	shift
	run_make "$@"
	[ "${status}" = 2 ] && says_once "${pattern}"
}

compile_command() {
	grep -o 'gcc .*-c -o kheaders_hello.o kheaders_hello.c' "${tmp}/log" | head -n 1
}

# As compilation databases ask, first of all
asks_only() {
	run_make "$@"
	compile_command > "${tmp}/asked"
	is_fresh
	# which would say that all is made
	[ "${status}" != 0 ]
}

same_commands() {
	[ -s "${tmp}/fresh-commands" ] && diff "${tmp}/fresh-commands" "${tmp}/ready-commands"
}

touches() {
	run_make -t
	[ "${status}" = 0 ] && builds && has_programs
}

check_flags() {
	fresh
	check "${who}: -n in a fresh tree: nothing is made" asks_only -n
	cp "${tmp}/asked" "${tmp}/fresh-commands"
	check "${who}: --dry-run --always-make --keep-going" \
		asks_only --dry-run --always-make --keep-going
	check "${who}: -q in a fresh tree: nothing is made" asks_only -q
	check "${who}: MAKEFLAGS=n: nothing is made" with MAKEFLAGS=n asks_only
	check "${who}: modules_prepare -n: nothing is made" prepares_nothing -n
	check "${who}: -i: what is needed and cannot be built is said once" \
		ignores "no-such-cc: not found" -i HOSTCC=no-such-cc
	check "${who}: -k: the same" refuses "no-such-cc: not found" -k HOSTCC=no-such-cc
	check "${who}: and no module is built then" no_module
	fresh
	check "${who}: -t, and then a module is built: programs are programs" touches
	run_make -n > "${tmp}/output"
	compile_command > "${tmp}/ready-commands"
	check "${who}: -n in a tree with programs: the same command to compile" same_commands
	check "${who}: -B builds the module anew, no program" builds_no_program -B
	fresh
	check "${who}: -j3 and MAKEFLAGS=Bk in a fresh tree" with MAKEFLAGS=Bk builds -j3
	check "${who}: no word of the jobserver" no_jobserver_warning
	check "${who}: each program built once" [ "$(grep -c HOSTCC "${tmp}/log")" = 4 ]
}

no_module() {
	! has_module
}

no_jobserver_warning() {
	! grep -i jobserver "${tmp}/log"
}

prepares_nothing() {
	"${make}" -C "${kit}" modules_prepare "$@"
	is_fresh
}

# $1: a variable for the environment, then a command
with() {
	(
		# shellcheck disable=SC2163 # it has a name and a value
		export "$1"
		shift
		"$@"
	)
}

# With -i, make ends well whatever happened.
ignores() {
	pattern=$1
	shift
	run_make "$@"
	says_once "${pattern}"
	no_module
}

builds_no_program() {
	builds "$@" && ! grep HOSTCC "${tmp}/log"
}

# make 4.4, of Debian 13, whose jobserver is a named pipe, with its own C library
make_44() {
	"${fetchdir}/debian-package.sh" trixie make "${tmp}/make-4.4"
	"${fetchdir}/debian-package.sh" trixie libc6 "${tmp}/libc"
	loader=$(find "${tmp}/libc" -name 'ld-linux-x86-64.so.2' ! -type l)
	mkdir "${tmp}/bin"
	printf '%s\n' '#!/bin/sh' \
		"exec ${loader} --library-path ${loader%/*} --argv0 \"\$0\" ${tmp}/make-4.4/usr/bin/make \"\$@\"" > "${tmp}/bin/make"
	chmod +x "${tmp}/bin/make"
	"${tmp}/bin/make" --version | grep '^GNU Make 4\.4'
}

# What is set for other things, to be words
others="CDPATH=/tmp:. QUOTING_STYLE=c POSIXLY_CORRECT=1 GREP_OPTIONS=-v TAR_OPTIONS=--no-such"
# and for the make that calls a script of ours
others_of_make="MAKEFLAGS=n KBUILD_OUTPUT=/nowhere O=/nowhere M=/nowhere"

# The command, with those set
with_others() {
	(
		# shellcheck disable=SC2086,SC2163 # words, each a variable
		export ${others}
		"$@"
	)
}

check_environment() {
	fresh
	check "CDPATH, QUOTING_STYLE and others set: a module" with_others builds
	check "the same with O=" with_others builds O="${tmp}/out-others"
	check "the same: the same archive is packed" same_archive
	check "KBUILD_OUTPUT in the environment is O=" with KBUILD_OUTPUT="${tmp}/out-kbuild" builds
	check "KBUILD_OUTPUT: the programs are there" [ -x "${tmp}/out-kbuild/scripts/mod/modpost" ]
	check "KBUILD_OUTPUT of another build: refused" \
		with KBUILD_OUTPUT="${testdir}" refuses "not made from this tree"
	others="${others} ${others_of_make}"
	check "with all of these, and make's own: overlay.sh applies" with_others overlay_applies
	check "make module: a module is there" with_others module_is_made
}

# Without POSIXLY_CORRECT: with it, bc rejects the kernel's own timeconst.bc.
same_archive() {
	cp "${archive}" "${tmp}/archive"
	rm -f "${dir}"/obj/kernel/kheaders-[0-9].* "${archive}"
	with_others env -u POSIXLY_CORRECT make -C "${dir}/tree" O="${dir}/obj" ARCH=x86_64 \
		-j"$(nproc)" kernel/kheaders_data.o
	cmp "${archive}" "${tmp}/archive"
}

overlay_applies() {
	"${fetchdir}/source.sh" "${kernel}" > "${tmp}/source"
	copy_small_tree "$(cat "${tmp}/source")" "${tmp}/small"
	cd /
	"${topdir}/scripts/overlay.sh" apply "${tmp}/small"
	[ -f "${tmp}/small/kernel/Makefile.kheaders" ]
}

module_is_made() {
	(
		unset MAKEFLAGS KBUILD_OUTPUT O M POSIXLY_CORRECT
		make -C "${dir}/tree" O="${dir}/obj" ARCH=x86_64 -j"$(nproc)" modules_prepare
	)
	KBUILD_MODPOST_WARN=1 "${topdir}/scripts/module.sh" "${dir}/obj" "${tmp}/out-of-tree"
	[ -s "${tmp}/out-of-tree/$(cat "${dir}/obj/include/config/kernel.release")/kheaders.ko" ]
}

# $1: a character; no name with it is handed to a shell.
refuses_character() {
	name="${tmp}/a$1b"
	escaped=$(printf '%s' "${name}" | sed 's/\$/$$/g')
	refuses "O=.*contains a blank or one of" O="${escaped}"
	[ ! -e "${name}" ]
	copy_module
	status=0
	make -C "${kit}" M="${escaped}" > "${tmp}/log" 2>&1 || status=$?
	[ "${status}" = 2 ] && says_once "M=.*contains a blank or one of"
	mv "${kit}" "${name}"
	status=0
	make -C "${name}" M="${tmp}/module" > "${tmp}/log" 2>&1 || status=$?
	mv "${name}" "${kit}"
	cat "${tmp}/log"
	[ "${status}" = 2 ] && says_once "contains a blank or one of"
}

# shellcheck disable=SC1003,SC2016 # characters
check_names() {
	fresh
	for character in ' ' '&' "'" '"' '(' ')' '$' ';' '|' '\' '`' '<' '>' ':' '%'; do
		check "names with ${character}: refused in one line" \
			refuses_character "${character}"
	done
	for character in ',' '#'; do
		check "O= with ${character}, which objtool's Makefile cannot have: the same" \
			refuses "O=.*contains a blank or one of" O="${tmp}/a${character}b"
	done
	check "nothing is made then" is_fresh
	check "a goal that a shell would take apart" goal_for_a_shell
	mv "${kit}" "${tmp}/k=*~@"
	kit="${tmp}/k=*~@"
	check "names with =*~@, as Kbuild can" builds
	mv "${kit}" "${tmp}/kit"
	kit=${tmp}/kit
}

goal_for_a_shell() {
	run_make "x;touch ${tmp}/touched;"
	[ "${status}" = 2 ]
}

# The programs of a compiler and make stay. $1: whose programs, $2: the program that
# is all of them, $3: their names, $4: a shell, if that is none
check_userland() {
	bin=${tmp}/$1
	path_without "${bin}"
	for tool in $3; do
		case ${tool} in
		ar | make | readelf | strings) ;;
		*) [ ! -L "${bin}/${tool}" ] || ln -sf "$2" "${bin}/${tool}" ;;
		esac
	done
	[ $# = 3 ] || ln -sf "$(command -v "$4")" "${bin}/sh"
	fresh
	check "$1: O=: a module" with PATH="${bin}" builds O="${tmp}/out-$1"
	check "$1: O=: whole" [ -f "${tmp}/out-$1/.kheaders" ]
	check "$1: O=: nothing in the tree is made, changed or emptied" is_fresh
	[ "${amount}" = all ] || return 0
	check "$1: a module in a fresh tree" with PATH="${bin}" builds
	check "$1: nothing is changed" is_unchanged
}

two_at_once() {
	copy_module
	cp -R "${tmp}/module" "${tmp}/module-2"
	make -C "${kit}" M="${tmp}/module-2" O="${tmp}/twice" KBUILD_MODPOST_WARN=1 \
		> "${tmp}/log-2" 2>&1 &
	builds O="${tmp}/twice"
	wait $!
	[ -s "${tmp}/module-2/kheaders_hello.ko" ]
}

# One that was interrupted has links and no .kheaders.
goes_on() {
	rm "${tmp}/twice/.kheaders" "${tmp}/twice/Makefile"
	rm -r "${tmp}/twice/tools"
	builds O="${tmp}/twice"
}

check_output() {
	path_without "${tmp}/no-ln" ln
	fresh
	check "without ln: O= says what it needs" \
		with PATH="${tmp}/no-ln" refuses "needs ln" O="${tmp}/out-no-ln"
	check "without ln: nothing is made" [ ! -e "${tmp}/out-no-ln" ]
	check "O=: two at once in a new directory" two_at_once
	check "O=: one that was interrupted is made whole" goes_on
	mkdir "${tmp}/other"
	ln -s "${tmp}" "${tmp}/other/source"
	check "O=: a build directory of something else: refused" \
		refuses "not made from this tree" O="${tmp}/other"
}

check_compilers() {
	fresh
	check "ARCH= of another architecture: both named" \
		refuses "ARCH=arm64.*ARCH=x86_64" ARCH=arm64
	check "the same in the environment" with ARCH=arm64 refuses "ARCH=arm64.*ARCH=x86_64"
	check "a compiler of another architecture: both named" \
		refuses "aarch64-linux-gnu-gcc: compiles for aarch64.*ARCH=x86_64" \
		CROSS_COMPILE=aarch64-linux-gnu-
	check "nothing is made then" is_fresh
	check "ARCH= of the same one, by another name" builds ARCH=x86
	check "a compiler of another version: one warning, with both" warns_of_version
	check "the kernel's compiler by another name: no warning" no_warning CC=gcc-12
	check "triplets of vendors, and unknown ones, are taken" takes_triplets
	check "the kernel's compiler behind another program" no_warning CC="env gcc"
}

warns_of_version() {
	builds CC=gcc-11
	says_once "warning: gcc-11 is gcc-11 .*11\..*, the kernel was built by gcc .*12\."
	[ "$(grep -c -i 'warning: .*compiler\|warning: gcc\|was built by' "${tmp}/log")" = 1 ]
}

no_warning() {
	builds "$@"
	! grep -i 'compiler differs\|was built by' "${tmp}/log"
}

# $1: what to call, in a mount namespace with ${tmp}/noexec
on_noexec() {
	mkdir -p "${tmp}/noexec"
	mount -t tmpfs -o noexec tmpfs "${tmp}/noexec"
	kit=${tmp}/noexec/kit
	result=0
	"$@" || result=1
	umount "${tmp}/noexec"
	return "${result}"
}

refused_on_noexec() {
	fresh
	refuses "programs do not run there"
	[ "$(grep -c objtool "${tmp}/log")" = 0 ]
	is_fresh
	builds O="${tmp}/out-noexec"
}

refused_when_remounted() {
	mount -o remount,exec "${tmp}/noexec"
	fresh
	builds
	mount -o remount,noexec "${tmp}/noexec"
	refuses "programs do not run there"
}

# Triplets of distributions and vendors, and one that is not known
triplets="powerpc:ppc64le-redhat-linux microblaze:microblazeel-xilinx-linux-gnu arc:arceb-linux
	alpha:alphaev67-unknown-linux-gnu x86:x86_64h-apple-linux nds32:nds32le-linux newarch:none"
takes_triplets() {
	there=${tmp}/triplet
	mkdir -p "${there}"
	for triplet in ${triplets}; do
		arch=${triplet%%:*}
		printf '%s\n' "SRCARCH=${arch}" "ARCH=${arch}" > "${there}/.kheaders"
		printf '#!/bin/sh\necho "%s"\n' "${triplet#*:}" > "${there}/cc"
		chmod +x "${there}/cc"
		(cd "${there}" && sh "${topdir}/kernel/kheaders/scripts/kheaders/compiler.sh" ./cc)
	done
}

# $@: for make, without M=
refuses_without_module() {
	copy_module
	status=0
	make -C "${kit}" "$@" > "${tmp}/log" 2>&1 || status=$?
	cat "${tmp}/log"
	[ "${status}" = 2 ] && says_once "give M=" && is_fresh
}

# Variables of a module's own Makefile, which make passes on
builds_with_variables() {
	builds arch=arm64 compiler=none external=none flags=n goals=none id=7 last=none needs=none \
		pass=none release=1
	fresh
	(
		export cflags=-include=none libs=-lnone without=none
		builds
	)
}

# A program in Rust is not the module's, nor is the tree below it.
builds_beside_rust() {
	copy_module
	mkdir -p "${tmp}/module/tools/src"
	echo 'use crate::kernel::Config;' > "${tmp}/module/tools/src/main.rs"
	make -C "${kit}" M="${tmp}/module" KBUILD_MODPOST_WARN=1
	cp -R "${kit}" "${tmp}/module/kit"
	mkdir -p "${tmp}/module/kit/rust/kernel"
	cp "${tmp}/module/tools/src/main.rs" "${tmp}/module/kit/rust/kernel/page.rs"
	make -C "${tmp}/module/kit" M="${tmp}/module" O="${tmp}/module/out" KBUILD_MODPOST_WARN=1
	make -C "${tmp}/module/kit" M="${tmp}/module" KBUILD_MODPOST_WARN=1
	has_module
}

sees_rust() {
	copy_module
	echo 'use kernel::prelude::*;' > "${tmp}/module/part.rs"
	echo 'kheaders_hello-y += part.o' >> "${tmp}/module/Makefile"
	status=0
	make -C "${kit}" M="${tmp}/module" > "${tmp}/log" 2>&1 || status=$?
	cat "${tmp}/log"
	[ "${status}" = 2 ] && says_once "part.rs: is in Rust"
}

refuses_clean() {
	copy_module
	cp -R "${kit}" "${tmp}/module/kit"
	status=0
	make -C "${tmp}/module/kit" M="${tmp}/module" clean > "${tmp}/log" 2>&1 || status=$?
	cat "${tmp}/log"
	[ "${status}" = 2 ] && says_once "contains this tree"
	(cd "${tmp}/module/kit" && sha256sum -c --quiet "${tmp}/sums")
}

refuses_moved() {
	builds O="${tmp}/out-moved"
	mv "${kit}" "${tmp}/moved"
	kit=${tmp}/moved
	moved=0
	refuses "has moved to" O="${tmp}/out-moved" || moved=1
	kit=${tmp}/kit
	mv "${tmp}/moved" "${kit}"
	return "${moved}"
}

# Its name changes with each version of binutils. The compiler says that it is there.
needs_no_libopcodes() {
	# shellcheck disable=SC2016 # for that shell
	printf '%s\n' '#!/bin/sh' 'case "$*" in *"-o /dev/null -lopcodes") exit ;; esac' \
		'exec gcc "$@"' > "${tmp}/cc"
	chmod +x "${tmp}/cc"
	fresh
	builds HOSTCC="${tmp}/cc"
	! readelf -d "${kit}/tools/objtool/objtool" | grep opcodes
}

check_tree() {
	fresh
	check "SUBDIRS= where Kbuild does not know it: M= is asked for" \
		refuses_without_module SUBDIRS="${tmp}/module" modules
	check "kernelversion with another goal: the same" \
		refuses_without_module kernelversion modules_prepare modules
	check "below the make of a kernel: a module" with sub_make_done=1 builds
	check "the same, of an old kernel" with KBUILD_SRC=/nowhere builds
	check "nothing is changed" is_unchanged
	check "variables of the same name as ours" builds_with_variables
	check "a program in Rust, and the tree, in the directory of a module" builds_beside_rust
	check "a part of the module in Rust: said" sees_rust
	check "clean: refused for a directory that has the tree in it" refuses_clean
	check "O= of a tree that has moved: refused" refuses_moved
	check "objtool is built without libopcodes" needs_no_libopcodes
}

check_noexec() {
	if [ "$(id -u)" != 0 ]; then
		check "a tree on a mount with noexec # SKIP needs root" true
		return
	fi
	check "a fresh tree on a mount with noexec: one line; O= elsewhere" \
		on_noexec refused_on_noexec
	check "a tree with programs on a mount with noexec: one line" \
		on_noexec refused_when_remounted
}

set_up() {
	case ${amount} in
	all) "${fetchdir}/packages.sh" kit userland matrix ;;
	*) "${fetchdir}/packages.sh" kit ;;
	esac
	dir=$(GOAL=kernel/kheaders_data.o \
		"${testdir}/build/kernel.sh" qemu "${kernel}" kit INIT_STACK_NONE=y)
	archive=${dir}/obj/kernel/kheaders_data.tar.xz
}

amount=${1-few}
kernel=${2-7.3}
make='make'
who='make'
kit=${tmp}/kit
set_up
check_flags
check_names
check_compilers
check_tree
check_noexec
if [ "${amount}" = all ]; then
	check_environment
	check_userland busybox "$(command -v busybox)" "$(busybox --list)"
	check_userland toybox "$(command -v toybox)" "$(toybox)" mksh
	check_userland uutils "$(command -v coreutils)" "$(ls /usr/lib/cargo/bin/coreutils)"
	check_output
	check "make 4.4 of Debian 13" make_44
	make=${tmp}/bin/make
	who="make 4.4"
	check_flags
else
	check_userland busybox "$(command -v busybox)" "$(busybox --list)"
fi
finish
