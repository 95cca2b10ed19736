#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Print the path of the libraries that libkheaders and the kheaders command use, built with
# musl from Debian's source packages; build them first if necessary.
#
# Usage: musl.sh
#
# The libraries are static, except libarchive, which is loaded on demand, and have only the
# parts that are used. kmod's tarball has no
# configure script, and that of elfutils requires more than musl has, so these two are
# compiled without configure.

. "$(dirname "$0")/../../../../scripts/common.sh"

prefix=${builddir}/musl
CC="musl-gcc -idirafter ${prefix}/include"
CFLAGS="-O0 -fPIC -I${prefix}/include"
LDFLAGS="-L${prefix}/lib"
export CC CFLAGS LDFLAGS

# The kernel's headers are not glibc's.
make_prefix() {
	mkdir -p "${prefix}/include" "${prefix}/lib/pkgconfig"
	ln -s /usr/include/linux /usr/include/asm-generic \
		"/usr/include/$(gcc -print-multiarch)/asm" "${prefix}/include"
}

# $1: a source package
source_of() {
	"${fetchdir}/debian-package.sh" -S bookworm "$1" "${prefix}/src/$1" &&
		cd "${prefix}/src/$1"
}

# $1: the library, then options and sources, with config.h
compile() {
	name=$1
	shift
	# shellcheck disable=SC2086 # lists
	${CC} ${CFLAGS} -D_GNU_SOURCE -include "${PWD}/config.h" -c "$@" &&
		ar rcs "${prefix}/lib/${name}.a" ./*.o
}

# $1: the library, $2: its version, $3: the libraries that it is linked with
pkg_config() {
	printf '%s\n' "Name: $1" "Description: $1 for musl" "Version: $2" \
		"Cflags: -I${prefix}/include" "Libs: -L${prefix}/lib -l${1#lib} $3" \
		> "${prefix}/lib/pkgconfig/$1.pc"
}

build_zlib() {
	source_of zlib || return
	./configure --static --prefix="${prefix}" && make install
}

build_lzma() {
	source_of xz-utils || return
	./configure --disable-shared --disable-nls --disable-doc --disable-scripts \
		--prefix="${prefix}" &&
		make -C src/liblzma install
}

build_kmod() {
	source_of kmod || return
	cat > config.h <<-END
		#define SYSCONFDIR "/etc"
		#define PACKAGE "kmod"
		#define VERSION "30"
		#define KMOD_FEATURES ""
		#define HAVE_DECL_STRNDUPA 0
		#define HAVE_DECL_BE32TOH 1
		#define HAVE_SECURE_GETENV 1
		#define HAVE___BUILTIN_CLZ 1
		#define HAVE___BUILTIN_TYPES_COMPATIBLE_P 1
		#define HAVE_NORETURN 1
		#define HAVE_STATIC_ASSERT 1
	END
	compile libkmod -I. -Ilibkmod libkmod/*.c shared/*.c &&
		cp libkmod/libkmod.h "${prefix}/include" &&
		pkg_config libkmod 30 ""
}

build_elf() {
	source_of elfutils || return
	cat > config.h <<-END
		#define PACKAGE_NAME "elfutils"
		#define PACKAGE_VERSION "0.188"
		#define HAVE_VISIBILITY 1
		#define HAVE_GCC_STRUCT 1
		#define HAVE_DECL_MEMPCPY 1
		#define HAVE_DECL_POWEROF2 1
		#define HAVE_DECL_REALLOCARRAY 1
		#define HAVE_FALLTHROUGH 1
		#define HAVE_ERR_H 1
		#include <eu-config.h>
	END
	compile libelf -std=gnu99 -DHAVE_CONFIG_H -I. -Ilib -Ilibelf libelf/*.c lib/crc32.c \
		lib/next_prime.c &&
		cp libelf/libelf.h libelf/gelf.h "${prefix}/include" &&
		pkg_config libelf 0.188 -lz
}

build_bpf() {
	source_of libbpf || return
	make -C src CC="${CC}" BUILD_STATIC_ONLY=1 PREFIX="${prefix}" LIBDIR="${prefix}/lib" \
		install install_pkgconfig
}

build_archive() {
	source_of libarchive || return
	./configure --disable-static --disable-bsdtar --disable-bsdcat --disable-bsdcpio \
		--disable-acl --disable-xattr --without-bz2lib --without-zstd --without-lz4 \
		--without-xml2 --without-expat --without-openssl --without-nettle --without-libb2 \
		--without-iconv --prefix="${prefix}" &&
		make install
}

build() {
	rm -rf "${prefix}"
	make_prefix
	for library in zlib lzma kmod elf bpf archive; do
		(run_long "${prefix}-${library}.log" "build_${library}")
	done
	rm -rf "${prefix}/src"
}

lock "${prefix}.flock"
# The build is complete when its sources are removed.
if [ ! -d "${prefix}" ] || [ -d "${prefix}/src" ]; then
	build
fi
echo "${prefix}"
