#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# libkheaders and the kheaders command are compiled with musl, as on Alpine.
#
# The headers of the libraries that they use are Debian's, those of the C library
# musl's. There is nothing to link with: Debian has these libraries for glibc.

. "$(dirname "$0")/../tap.sh"

"${here}/packages.sh" tools musl

# Headers of the libraries and of the kernel, and none of glibc
make_headers() {
	mkdir "${tmp}/include"
	for name in archive.h archive_entry.h bpf gelf.h libelf.h libkmod.h lzma lzma.h zlib.h linux \
		asm-generic; do
		ln -s "/usr/include/${name}" "${tmp}/include"
	done
	ln -s "/usr/include/$(gcc -print-multiarch)/asm" "${tmp}/include"
}

# $1: a source
compiles() {
	make -s -C "${topdir}/tools/kheaders" O="${tmp}/bin" CC="musl-gcc -idirafter ${tmp}/include" \
		CFLAGS="-O2 -Werror" "${tmp}/bin/${1%.c}.o"
}

make_headers
for file in "${topdir}"/tools/kheaders/*.c "${topdir}"/tools/kheaders/libkheaders/*.c; do
	file=${file#"${topdir}/tools/kheaders/"}
	check "musl: ${file}" compiles "${file}"
done
finish
