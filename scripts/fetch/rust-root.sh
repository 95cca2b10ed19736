#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Print the path of a Debian root that can build modules in Rust; make the root first if it
# does not exist.
#
# Usage: rust-root.sh [ARCH]
#
# Without ARCH, the root can also build a kernel with CONFIG_RUST. For another ARCH, see
# cross-root.sh. The root is of sid, because earlier suites have compilers that kernels do
# not take. Its clang is of rustc's LLVM, which CONFIG_RUST_INLINE_HELPERS needs.

. "$(dirname "$0")/../common.sh"

arch=${1-}
compilers="rustc rust-src clang-22 lld-22 llvm-22"
packages=bindgen,libclang-dev,gcc,libc6-dev,make,flex,bison,bc,patch,perl,rsync,bzip2
packages=${packages},kmod,libelf-dev,libssl-dev,libdw-dev,zlib1g-dev,xz-utils,busybox-static
packages=${packages},pkgconf,libarchive-dev,libkmod-dev,liblzma-dev,libbpf-dev

# Guests see no /usr/src, and only the library is needed.
move_library() {
	library=$1/usr/lib/rustlib/src/rust
	[ -L "${library}" ] || return 0
	rm "${library}"
	mkdir "${library}"
	mv "$1"/usr/src/rustc-*/library "${library}"
	rm -rf "$1"/usr/src/rustc-*
}

if [ "${arch}" ]; then
	# shellcheck disable=SC2086 # a list
	root=$("${fetchdir}/cross-root.sh" "${arch}:sid" ${compilers})
	move_library "${root}"
	echo "${root}"
	exit
fi
root=${builddir}/root-rust
packages=$(echo "${compilers}" | tr ' ' ,),rust-clippy,${packages}
lock "${root}.lock"
if [ "$(cat "${root}/packages" 2> /dev/null)" != "${packages}" ]; then
	[ "$(id -u)" = 0 ] || die "debootstrap needs root; run this as root"
	rm -rf "${root}"
	bootstrap "${root}" sid "${packages}"
	rm -f "${root}.tmp"/var/cache/apt/archives/*.deb
	move_library "${root}.tmp"
	echo "${packages}" > "${root}.tmp/packages"
	mv "${root}.tmp" "${root}"
fi
echo "${root}"
