#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Make sure of a Debian root that can build a kernel with CONFIG_RUST, and print
# where it is.
#
# Usage: rust-root.sh
#
# The root is of sid, as earlier suites have compilers that kernels do not take. Its
# clang is of rustc's LLVM, which CONFIG_RUST_INLINE_HELPERS needs.

. "$(dirname "$0")/../common.sh"

packages=rustc,rust-src,bindgen,libclang-dev,gcc,libc6-dev,make,flex,bison,bc,patch,perl
packages=${packages},kmod,libelf-dev,libssl-dev,libdw-dev,zlib1g-dev,xz-utils,busybox-static
packages=${packages},clang-22,lld-22,llvm-22,pkgconf
packages=${packages},libarchive-dev,libkmod-dev,liblzma-dev,libbpf-dev
root=${builddir}/root-rust

if [ ! -d "${root}" ]; then
	[ "$(id -u)" = 0 ] || die "debootstrap needs root; run this as root"
	bootstrap "${root}" sid "${packages}"
	rm -f "${root}.tmp"/var/cache/apt/archives/*.deb
	# guests see no /usr/src, and nothing but the library is needed
	rm "${root}.tmp/usr/lib/rustlib/src/rust"
	mkdir "${root}.tmp/usr/lib/rustlib/src/rust"
	mv "${root}.tmp"/usr/src/rustc-*/library "${root}.tmp/usr/lib/rustlib/src/rust"
	rm -rf "${root}.tmp"/usr/src/rustc-*
	mv "${root}.tmp" "${root}"
fi
echo "${root}"
