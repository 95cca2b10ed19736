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

without_root=yes
. "$(dirname "$0")/../lib/own-mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"

amount=${1-few}
kernel=${2-${latest}}
"${fetchdir}/packages.sh" build kit
[ "${amount}" != all ] || "${fetchdir}/packages.sh" userland matrix
# shellcheck source=../lib/gnumake.sh
. "${testdir}/lib/gnumake.sh"

# The programs are those that were built, also to be run.
has_programs() {
	for program in scripts/basic/fixdep scripts/mod/modpost scripts/genksyms/genksyms \
		tools/objtool/objtool; do
		[ -x "${kit}/${program}" ] && no_elf_file "${kit}/${program}" && return 1
	done
	! find "${kit}" -name '.build.*' -o -name '.runs.*' -o -name '*.[0-9]*[0-9]' | grep .
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
others="CDPATH=/tmp:. QUOTING_STYLE=c POSIXLY_CORRECT=1 GREP_OPTIONS=-v TAR_OPTIONS=--no-such subdir=foo"
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

# A warning of ours that cannot be written is no error.
full_stderr() {
	"${make}" -C "${kit}" modules_prepare 2> /dev/full
	[ -x "${kit}/scripts/mod/modpost" ]
}

check_environment() {
	fresh
	check "a stderr that is full" full_stderr
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
	refused "M=.*contains a blank or one of" make -C "${kit}" M="${escaped}"
	mv "${kit}" "${name}"
	result=0
	refused "contains a blank or one of" make -C "${name}" M="${tmp}/module" || result=1
	mv "${name}" "${kit}"
	return "${result}"
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

# Files of an archive are from 1980, and objects of another kernel must not look new.
made_anew() {
	"${make}" -C "${kit}" modules_prepare
	builds O="${tmp}/anew"
	rm -rf "${tmp}/anew"
	run "${make}" -C "${kit}" M="${tmp}/module" KBUILD_MODPOST_WARN=1 O="${tmp}/anew"
	grep 'CC .*kheaders_hello.o' "${tmp}/log"
}

# Another call makes the link to the tree between a look and ln, which would follow it.
link_comes_first() {
	mkdir "${tmp}/late"
	cat > "${tmp}/late/ln" <<-'END'
		#!/bin/sh
		for last; do :; done
		case ${last} in
		*/source) PATH=${PATH#*:} ln -s "$(pwd)" "${last}" ;;
		esac
		PATH=${PATH#*:}
		exec ln "$@"
	END
	chmod +x "${tmp}/late/ln"
	with PATH="${tmp}/late:${PATH}" builds O="${tmp}/out-late"
	! find "${kit}" -maxdepth 1 -type l | grep .
}

# A make in the tree may be at work, as another user.
leaves_out_locks() {
	(umask 077 && : > "${kit}/rust/.lock")
	builds O="${tmp}/out-lock"
	rm "${kit}/rust/.lock"
	[ ! -L "${tmp}/out-lock/rust/.lock" ]
}

check_output() {
	path_without "${tmp}/no-ln" ln
	fresh
	check "without ln: O= says what it needs" \
		with PATH="${tmp}/no-ln" refuses "needs ln" O="${tmp}/out-no-ln"
	check "without ln: nothing is made" [ ! -e "${tmp}/out-no-ln" ]
	check "O=: two at once in a new directory" two_at_once
	check "O=: one that was interrupted is made whole" goes_on
	check "O=: another call makes the link to the tree meanwhile" link_comes_first
	check "O=: the lock of a make in the tree is left out" leaves_out_locks
	check "O=: a directory that is made again, where another kernel's was" made_anew
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
	try "$@"
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

who='make'
check_flags
check_names
check_compilers
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
