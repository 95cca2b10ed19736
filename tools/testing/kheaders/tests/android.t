#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# An arm64 kernel built like Android's works with the overlay: built by clang with GKI's
# options, with exports trimmed to a list and the archive built in. Modules are built here
# from the archive, and loaded in a guest.
#
# Usage: android.t

. "$(dirname "$0")/../lib/tap.sh"

fragment=${topdir}/kernel/configs/kheaders-android.config
symbols=${testdir}/data/config/android-symbols
kit=${tmp}/kit
export LLVM=-19

# The list's name is relative to the O= directory. EXPERT, which the fragment
# sets, lets allnoconfig take from a guest what others always have. Debian's
# kernels need SHA-256 of a signed module, whatever the signature's hash.
make_kernel() {
	# shellcheck disable=SC2046 # a list
	"${testdir}/build/kernel.sh" arm64 "${longterm}" android \
		$(sed -n 's/^CONFIG_//p' "${fragment}") \
		UNUSED_KSYMS_WHITELIST="\"../../..${symbols#"${topdir}"}\"" \
		MODULE_SIG_SHA256=y IKCONFIG_PROC=y SHMEM=y FUTEX=y POSIX_TIMERS=y
}

run_guest() {
	"${testdir}/boot/boot.sh" -r "${root}" arm64 "${dir}/image" "${testdir}/guest/android.sh" \
		"${guest}"
}

# CFI has that name since 6.18, before it is CFI_CLANG; and this kernel is without RUST.
fragment_holds() {
	grep '^CONFIG_' "${fragment}" |
		grep -v -x -e CONFIG_CFI=y -e CONFIG_IKHEADERS_RUST=y > "${tmp}/wanted"
	! grep -v -x -F -f "${guest}/config" "${tmp}/wanted"
}

unpack() {
	mkdir "${kit}"
	tar -xJf "${guest}/kheaders.tar.xz" -C "${kit}"
	no_elf_file "${kit}"
	! grep -r -l -F "${topdir}" "${kit}"
}

symbols_are_those_of_the_list() {
	sort "${symbols}" > "${tmp}/symbols"
	cut -f 2 "${kit}/Module.symvers" | sort | diff "${tmp}/symbols" -
}

same_symvers() {
	cmp "${dir}/obj/Module.symvers" "${kit}/Module.symvers"
}

# The symbol exists, and would be exported without trimming.
is_trimmed() {
	grep -q "EXPORT_SYMBOL($2)" "${dir}/tree/$1"
	! grep -w "$2" "${symbols}"
}

# $1: where the modules go, then make's arguments
build_modules() {
	to=$1
	shift
	rm -rf "${tmp}/modules"
	mkdir -p "${tmp}/modules" "${to}"
	cp -R "${testdir}/data/modules/hello" "${testdir}/data/modules/exports" \
		"${testdir}/data/modules/uses" "${tmp}/modules"
	echo 'obj-m := hello/ exports/ uses/' > "${tmp}/modules/Kbuild"
	make "$@" M="${tmp}/modules" modules
	cp "${tmp}"/modules/*/*.ko "${to}"
}

build_from_archive() {
	build_modules "${guest}/built" -C "${kit}"
}

build_from_tree() {
	build_modules "${tmp}/of-tree" -C "${dir}/obj" ARCH=arm64
	for module in hello exports uses; do
		cmp "${tmp}/of-tree/kheaders_${module}.ko" "${guest}/built/kheaders_${module}.ko"
	done
}

# $1: a name for a copy of hello, $2: for sed
copy_hello() {
	cp -R "${testdir}/data/modules/hello" "${tmp}/$1"
	mv "${tmp}/$1/kheaders_hello.c" "${tmp}/$1/kheaders_$1.c"
	echo "obj-m := kheaders_$1.o" > "${tmp}/$1/Kbuild"
	sed -i "$2" "${tmp}/$1/kheaders_$1.c"
}

modpost_refuses_trimmed() {
	copy_hello trimmed 's/pr_info(.*bye.*/dump_stack();/'
	! make -C "${kit}" M="${tmp}/trimmed" modules > "${tmp}/log" 2>&1 || return
	cat "${tmp}/log"
	grep -q 'modpost: "dump_stack" .* undefined' "${tmp}/log"
}

# This module calls a function through a pointer of another type, which works unless CFI
# checks it.
build_bad_call() {
	copy_hello badcall 's/pr_info(.*built.*/int (*volatile call)(char *) = (void *)_printk;\n\n\tcall("not stopped");/'
	make -C "${kit}" M="${tmp}/badcall" modules
	cp "${tmp}/badcall/kheaders_badcall.ko" "${guest}/built"
}

# The return address is pushed to where x18 points.
has_shadow_call_stack() {
	llvm-objdump-19 -d "$1" > "${tmp}/code"
	grep -q 'str[[:space:]]*x30, \[x18\], #' "${tmp}/code"
}

sign_hello() {
	hash=$(sed -n 's/^CONFIG_MODULE_SIG_HASH="\(.*\)"/\1/p' "${guest}/config")
	"${kit}/scripts/sign-file" "${hash}" "${dir}/obj/certs/signing_key.pem" \
		"${dir}/obj/certs/signing_key.x509" "${guest}/built/kheaders_hello.ko"
}

# O: out of tree, E: not signed
taints_are() {
	printf '%s\n' "$@" | diff - "${guest}/taints"
}

# $1: a pattern
log_has() {
	cat "${guest}/log"
	grep -q -e "$1" "${guest}/log"
}

log_is_clean() {
	[ -s "${guest}/log" ]
	! grep -E 'BUG|WARNING:|Oops|CFI failure' "${guest}/log"
}

cfi_stops_bad_call() {
	tail -n 20 "${guest}/log-badcall"
	grep -q 'CFI failure at .*\[kheaders_badcall\] (target: _printk' "${guest}/log-badcall"
}

"${fetchdir}/packages.sh" build arm64 android
root=$("${fetchdir}/cross-root.sh" arm64)
dir=$(make_kernel)
guest=${dir}/guest-android
rm -rf "${guest}"
mkdir "${guest}"

check "the guest runs, and shows what it has" run_guest
check "all the fragment says holds in the kernel that runs" fragment_holds
check "its archive is the one that was built" \
	cmp "${guest}/kheaders.tar.xz" "${dir}/obj/kernel/kheaders_data.tar.xz"
check "no ELF file in the archive, and no path of the host" unpack
check "the archive's Module.symvers is the build's" same_symvers
check "and has all symbols of the list, and no other" symbols_are_those_of_the_list
check "modules are built from the archive" build_from_archive
check "with thin LTO" grep -q -e '-flto=thin' "${tmp}/modules/uses/.kheaders_uses.o.cmd"
check "with a shadow call stack" has_shadow_call_stack "${guest}/built/kheaders_uses.ko"
check "the same are built against the tree" build_from_tree
check "dump_stack is exported in the source, and trimmed" is_trimmed lib/dump_stack.c dump_stack
check "a module that calls it: modpost says no" modpost_refuses_trimmed
check "a module with a bad call is built" build_bad_call
check "sign-file of the archive signs hello" sign_hello
check "the guest loads and unloads hello, exports and uses" run_guest
check "hello is signed, as far as the kernel is concerned, the others are not" \
	taints_are "hello O" "exports OE" "uses OE"
check "hello speaks" log_has 'kheaders_hello: built for this kernel'
check "uses speaks" log_has 'kheaders_uses: 42'
check "log is clean" log_is_clean
check "CFI stops the bad call" cfi_stops_bad_call
finish
