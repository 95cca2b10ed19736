#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# make works in a tree whatever is around it: a make that calls it, a module's own
# variables, other programs in the module's directory, a tree that has moved.
#
# Usage: gnumake-around.t [KERNEL]

. "$(dirname "$0")/../lib/tap.sh"

kernel=${1-${latest}}
"${fetchdir}/packages.sh" build kit
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
finish
