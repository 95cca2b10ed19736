#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# libkheaders and the kheaders command work when built with musl, as on Alpine. Needs root,
# and a network for sources.

. "$(dirname "$0")/../lib/own-mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"

"${fetchdir}/packages.sh" build tools tools-check musl
mount -t tmpfs -o mode=755 tmpfs /mnt
libraries=$("${testdir}/build/musl.sh")

# Build everything that make tools builds.
builds() {
	PKG_CONFIG_LIBDIR="${libraries}/lib/pkgconfig" make -s -C "${topdir}/tools/kheaders" \
		O="${tmp}/bin" PKG_CONFIG="pkg-config --static" \
		CC="musl-gcc -idirafter ${libraries}/include" CFLAGS="-O2 -Werror"
	readelf -d "${tmp}/bin/libkheaders.so" "${tmp}/bin/kheaders" > "${tmp}/needed"
	grep 'NEEDED.*libkheaders' "${tmp}/needed"
	! grep 'NEEDED.*libc\.so\.6' "${tmp}/needed"
}

# Unpacking gives the same result as tar.
extracts_good() {
	for archive in "${tmp}"/archives/good-*.tar.xz; do
		rm -rf "${tmp}/tree" "${tmp}/tar"
		"${kheaders}" extract --archive "${archive}" "${tmp}/tree"
		mkdir "${tmp}/tar"
		tar -xJf "${archive}" -C "${tmp}/tar"
		diff -r --no-dereference "${tmp}/tar" "${tmp}/tree"
	done
}

refuses_bad() {
	while read -r name _; do
		echo "${name}"
		status=0
		"${kheaders}" extract --archive "${tmp}/archives/bad-${name}.tar.xz" "${tmp}/bad" ||
			status=$?
		[ "${status}" = 1 ]
		[ ! -e "${tmp}/bad" ]
	done < "${tmp}/archives/list"
}

# The second call finds the tree in the cache.
caches() {
	for time in 1 2; do
		"${kheaders}" path --archive "${tmp}/archives/good-streams.tar.xz" \
			--cache /mnt/cache > "${tmp}/path.${time}"
	done
	cmp "${tmp}/path.1" "${tmp}/path.2"
	[ -f "$(cat "${tmp}/path.1")/.kheaders" ]
}

kheaders=${tmp}/bin/kheaders
export LD_LIBRARY_PATH="${libraries}/lib"
mkdir "${tmp}/archives"
"${testdir}/programs/archives.py" "${tmp}/archives"
check "musl: make tools" builds
check "musl: it runs" "${kheaders}" --version
check "musl: archives that are good" extracts_good
check "musl: archives that are bad" refuses_bad
check "musl: the cache" caches
# faccessat2() came with Linux 5.8, and musl's faccessat() may need it.
check "musl: clean on an old kernel" strace -o /dev/null -e inject=faccessat2:error=ENOSYS \
	"${kheaders}" clean --cache /mnt/cache
finish
