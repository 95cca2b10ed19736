#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A 32-bit kheaders command works on a 64-bit kernel: compiled for Debian's i386, it unpacks
# the archive of an x86_64 kernel and reads the exports of modules, as the 64-bit command
# does. QEMU runs it, as not every x86_64 kernel runs 32-bit programs.

. "$(dirname "$0")/../lib/own-mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"

"${fetchdir}/packages.sh" build tools i386
root=$("${fetchdir}/cross-root.sh" i386 libarchive-dev libbpf-dev libkmod-dev liblzma-dev)
debian=$("${fetchdir}/debian-kernel.sh")
release=$(ls "${debian}/lib/modules")
kernel=$("${testdir}/build/kernel.sh" um "${latest}")
libraries=${root}/usr/lib/i386-linux-gnu
archive=${kernel}/obj/kernel/kheaders_data.tar.xz
mkdir -p "${tmp}/sys/kernel"
mount -t tmpfs -o mode=755 tmpfs /mnt

# $1: the directory of a library and command, $2: C compiler; its program symvers is there too
build() {
	make -s -C "${topdir}/tools/kheaders" O="$1" CC="$2"
	$2 -D_FILE_OFFSET_BITS=64 -o "$1/symvers" "${testdir}/programs/symvers.c" \
		-I"${topdir}/tools/kheaders/libkheaders" -L"$1" -lkheaders -Wl,-rpath,"$1"
}

# Not by -L, with which the emulator looks for each file in the root first. $1: a program in
# the directory of the 32-bit ones, then its arguments
run_32bit() {
	program=${tmp}/32/$1
	shift
	qemu-i386 "${root}/lib/ld-linux.so.2" --library-path "${libraries}" "${program}" "$@"
}

# $1: where; as from an archive that is built in, with one symbol of vmlinux
make_tree() {
	mkdir "$1"
	sed 's/^SYMVERS=.*/SYMVERS=vmlinux/' "${tmp}/wanted/.kheaders" > "$1/.kheaders"
	printf '0x00000000\tnothing\tvmlinux\tEXPORT_SYMBOL\t\n' > "$1/Module.symvers"
}

builds() {
	PKG_CONFIG_SYSROOT_DIR=${root} PKG_CONFIG_LIBDIR=${libraries}/pkgconfig \
		build "${tmp}/32" "i686-linux-gnu-gcc --sysroot=${root}"
	readelf -h "${tmp}/32/kheaders" | grep -q 'Class: *ELF32'
}

unpacks() {
	tree=$(run_32bit kheaders path --archive "${archive}" --cache /mnt/cache)
	mkdir "${tmp}/wanted"
	tar -xJf "${archive}" -C "${tmp}/wanted"
	diff -r "${tmp}/wanted" "${tree}" > "${tmp}/difference" || [ $? = 1 ]
	cat "${tmp}/difference"
	! grep -v '^Only in .*: \.kheaders' "${tmp}/difference"
}

# The 64-bit program on the same files
same_symvers() {
	make_tree "${tmp}/tree"
	make_tree "${tmp}/tree-32"
	build "${tmp}/64" cc
	set -- "${tmp}/sys" "${release}" "${debian}/lib/modules"
	"${tmp}/64/symvers" "$@" "${tmp}/tree"
	run_32bit symvers "$@" "${tmp}/tree-32"
	[ "$(wc -l < "${tmp}/tree/Module.symvers")" -gt 10000 ]
	cmp "${tmp}/tree/Module.symvers" "${tmp}/tree-32/Module.symvers"
}

check "32-bit: builds" builds
check "32-bit: the tree is the archive's" unpacks
check "32-bit: Module.symvers of 64-bit modules is the same" same_symvers
finish
