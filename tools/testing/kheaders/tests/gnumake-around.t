#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# make works in a tree whatever is around it: a make that calls it, a module's own
# variables, other programs in the module's directory, a tree that has moved.
#
# Usage: gnumake-around.t [KERNEL]

without_root=yes
. "$(dirname "$0")/../lib/own-mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"

kernel=${1-${latest}}
"${fetchdir}/packages.sh" build kit userland
# shellcheck source=../lib/gnumake.sh
. "${testdir}/lib/gnumake.sh"

# $@: for make, without M=
refuses_without_module() {
	copy_module
	refused "give M=" make -C "${kit}" "$@"
	is_fresh
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

# A program in Rust is not the module's, nor is the tree below it, nor a part that is switched
# off.
builds_beside_rust() {
	copy_module
	echo 'use kernel::prelude::*;' > "${tmp}/module/part.rs"
	# shellcheck disable=SC2016 # the dollar is for make
	echo 'obj-$(CONFIG_NO_SUCH_OPTION) += part.o' >> "${tmp}/module/Kbuild"
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
	echo 'kheaders_hello-y += part.o' >> "${tmp}/module/Kbuild"
	refused "part.rs: is in Rust" make -C "${kit}" M="${tmp}/module"
}

refuses_clean() {
	copy_module
	cp -R "${kit}" "${tmp}/module/kit"
	refused "contains this tree" make -C "${tmp}/module/kit" M="${tmp}/module" clean
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

# A module that was built in the tree of another kernel, at the same place
is_built_anew() {
	builds
	fresh
	make -C "${kit}" M="${tmp}/module" KBUILD_MODPOST_WARN=1 > "${tmp}/log"
	grep 'CC \[M\] .*kheaders_hello.o' "${tmp}/log"
	make -C "${kit}" M="${tmp}/module" KBUILD_MODPOST_WARN=1 > "${tmp}/log"
	! grep 'CC \[M\]' "${tmp}/log"
}

# $@: a command, with the tree on a mount that is read-only
read_only() {
	mount --bind "${kit}" "${kit}"
	mount -o remount,ro,bind "${kit}"
	result=0
	"$@" || result=1
	umount "${kit}"
	return "${result}"
}

builds_beside_dts() {
	builds
	: > "${tmp}/module/unused.dts"
	read_only make -C "${kit}" M="${tmp}/module" KBUILD_MODPOST_WARN=1 > "${tmp}/log" 2>&1
	cat "${tmp}/log"
	says_once "warning: .*not writable, and dt-bindings cannot be made"
}

installs() {
	builds
	fresh
	read_only make -C "${kit}" M="${tmp}/module" INSTALL_MOD_PATH="${tmp}/installed" \
		DEPMOD=true modules_install
	find "${tmp}/installed" -name kheaders_hello.ko | grep .
	is_fresh
}

# busybox takes root for one who can write there.
refused_by_busybox() {
	path_without "${tmp}/busybox"
	ln -sf "$(command -v busybox)" "${tmp}/busybox/sh"
	read_only with PATH="${tmp}/busybox" refuses "not writable, and .* must be built" SHELL=sh
}

# As of another machine: busybox takes it for a script.
foreign_program() {
	builds
	printf '\377\377' | dd of="${kit}/scripts/basic/fixdep" bs=1 seek=18 conv=notrunc
	for shell in sh bash "busybox sh"; do
		echo "${shell}"
		status=0
		(cd "${kit}" && ${shell} scripts/kheaders/runs.sh) > "${tmp}/log" 2>&1 || status=$?
		cat "${tmp}/log"
		[ "${status}" = 1 ] && says_once "programs do not run there"
	done
}

check_root() {
	if [ "$(id -u)" != 0 ]; then
		check "a tree on a mount that is read-only # SKIP needs root" true
		return
	fi
	fresh
	check "a file that no program is needed for, in a tree that is read-only: a warning" \
		builds_beside_dts
	check "modules_install from a fresh tree that is read-only" installs
	fresh
	check "busybox's sh, in a fresh tree that is read-only: one line" refused_by_busybox
}

fresh
check "SUBDIRS= where Kbuild does not know it: M= is asked for" \
	refuses_without_module SUBDIRS="${tmp}/module" modules
check "kernelversion with another goal: the same" \
	refuses_without_module kernelversion modules_prepare modules
check "KBUILD_EXTMOD= with an M= that is empty: the same" \
	with KBUILD_EXTMOD="${tmp}/module" refuses_without_module M= modules
check "-e: refused" refuses "call make without -e" -e
check "-e in the environment: the same" with MAKEFLAGS=e refuses "call make without -e"
check "-e, with O=: the same" refuses "call make without -e" -e O="${tmp}/out-e"
check "M= that does not exist: refused" refused "no such directory" \
	make -C "${kit}" M="${tmp}/nowhere"
check "nothing is made then" is_fresh
check "below the make of a kernel: a module" with sub_make_done=1 builds
check "the same, of an old kernel" with KBUILD_SRC=/nowhere builds
check "nothing is changed" is_unchanged
check "variables of the same name as ours" builds_with_variables
check "a program in Rust, and the tree, in the directory of a module" builds_beside_rust
check "a part of the module in Rust: said" sees_rust
check "clean: refused for a directory that has the tree in it" refuses_clean
check "O= of a tree that has moved: refused" refuses_moved
check "objtool is built without libopcodes" needs_no_libopcodes
check "another archive at the same place: the module is built anew" is_built_anew
check "programs of another machine: said, whatever the shell" foreign_program
check_root
finish
