#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A 32-bit kheaders command works on a 64-bit kernel: built in a root of Debian's i386,
# it unpacks the archive of an x86_64 kernel and reads the exports of modules, as the
# 64-bit command does.

. "$(dirname "$0")/../lib/own-mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"

"${fetchdir}/packages.sh" build tools i386
bare=$("${fetchdir}/cross-root.sh" i386 libarchive-dev libbpf-dev libkmod-dev liblzma-dev \
	pkg-config)
debian=$("${fetchdir}/debian-kernel.sh")
release=$(ls "${debian}/lib/modules")
kernel=$("${testdir}/build/kernel.sh" um "${latest}")
root=${tmp}/root
trap 'umount -R "${root}" "${tmp}/upper"; rm -rf "${tmp}"' EXIT

mkdir "${tmp}/upper" "${tmp}/work" "${root}"
mount -t tmpfs tmpfs "${tmp}/upper"
mkdir "${tmp}/upper/u" "${tmp}/upper/w"
mount -t overlay -o "lowerdir=${bare},upperdir=${tmp}/upper/u,workdir=${tmp}/upper/w" overlay \
	"${root}"
mount --bind /proc "${root}/proc"

inside() {
	chroot "${root}" env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LC_ALL=C "$@"
}

# $1: where
make_sysfs() {
	mkdir -p "$1/kernel"
}

# $1: where; as from an archive that is built in, with one symbol of vmlinux
make_tree() {
	mkdir "$1"
	sed 's/^SYMVERS=.*/SYMVERS=vmlinux/' "${tmp}/wanted/.kheaders" > "$1/.kheaders"
	printf '0x00000000\tnothing\tvmlinux\tEXPORT_SYMBOL\t\n' > "$1/Module.symvers"
}

prepare() {
	cp -R "${topdir}/tools/kheaders" "${root}/mnt/source"
	cp "${testdir}/programs/symvers.c" "${kernel}/obj/kernel/kheaders_data.tar.xz" "${root}/mnt"
	mkdir -p "${root}/mnt/modules/${release}/kernel"
	mount --bind "${debian}/lib/modules/${release}/kernel" \
		"${root}/mnt/modules/${release}/kernel"
	cp "${debian}/lib/modules/${release}"/modules.* "${root}/mnt/modules/${release}"
	make_sysfs "${root}/mnt/sys"
}

builds() {
	inside make -s -C /mnt/source O=/mnt/bin CC=gcc
	inside gcc -D_FILE_OFFSET_BITS=64 -o /mnt/symvers /mnt/symvers.c -I/mnt/source/libkheaders \
		-L/mnt/bin -lkheaders -Wl,-rpath,/mnt/bin
	readelf -h "${root}/mnt/bin/kheaders" | grep -q 'Class: *ELF32'
}

unpacks() {
	tree=${root}$(inside /mnt/bin/kheaders path --archive /mnt/kheaders_data.tar.xz \
		--cache /mnt/cache)
	mkdir "${tmp}/wanted"
	tar -xJf "${kernel}/obj/kernel/kheaders_data.tar.xz" -C "${tmp}/wanted"
	diff -r "${tmp}/wanted" "${tree}" > "${tmp}/difference" || :
	cat "${tmp}/difference"
	! grep -v '^Only in .*: \.kheaders' "${tmp}/difference"
}

# The 64-bit program on the same files
same_symvers() {
	make_tree "${tmp}/tree"
	make_tree "${root}/mnt/tree"
	make -s -C "${topdir}/tools/kheaders" O="${tmp}/bin"
	cc -o "${tmp}/symvers" "${testdir}/programs/symvers.c" \
		-I"${topdir}/tools/kheaders/libkheaders" -L"${tmp}/bin" -lkheaders \
		-Wl,-rpath,"${tmp}/bin"
	"${tmp}/symvers" "${root}/mnt/sys" "${release}" "${root}/mnt/modules" "${tmp}/tree"
	inside /mnt/symvers /mnt/sys "${release}" /mnt/modules /mnt/tree
	[ "$(wc -l < "${tmp}/tree/Module.symvers")" -gt 10000 ]
	cmp "${tmp}/tree/Module.symvers" "${root}/mnt/tree/Module.symvers"
}

check "what it needs" prepare
check "32-bit: builds" builds
check "32-bit: the tree is the archive's" unpacks
check "32-bit: Module.symvers of 64-bit modules is the same" same_symvers
finish
