#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Check that programs and headers are installed. On Debian, install missing packages and
# say so; elsewhere, list them and fail.
#
# Usage: packages.sh GROUP...
#
# GROUP is a name below; "build" is for building kernels. Exit status: 0, or 1 with a
# line that lists what is missing.

. "$(dirname "$0")/../common.sh"

# One line for each program or header: group, name to look for, Debian package.
table='
build gcc gcc
build make make
build ld binutils
build flex flex
build bison bison
build bc bc
build patch patch
build rsync rsync
build xz xz-utils
build tar tar
build bzip2 bzip2
build perl perl
build awk mawk
build find findutils
build depmod kmod
build busybox busybox-static
build timeout coreutils
build /usr/include/libelf.h libelf-dev
build /usr/include/string.h libc6-dev
build /usr/include/openssl/evp.h libssl-dev
check ccache ccache
lint prove perl
lint rst2html python3-docutils
lint shellcheck shellcheck
lint sparse sparse
lint jq jq
tools gcc gcc
tools ld binutils
tools /usr/include/string.h libc6-dev
tools pkg-config pkg-config
tools /usr/include/archive.h libarchive-dev
tools /usr/include/libkmod.h libkmod-dev
tools /usr/include/lzma.h liblzma-dev
tools /usr/include/bpf/btf.h libbpf-dev
deb /usr/share/build-essential/list build-essential
deb dh debhelper
deb dpkg-buildpackage dpkg-dev
deb-check lintian lintian
deb-check debootstrap debootstrap
tools-check python3 python3
tools-check clang clang
tools-check setfacl acl
tools-check llc llvm
tools-check bpftool bpftool
tools-check ld.lld lld
tools-check /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a libclang-rt-dev
tools-check man man-db
tools-check strace strace
qemu qemu-system-x86_64 qemu-system-x86
kit clang clang
kit ld.lld lld
kit llvm-nm llvm
kit gcc-11 gcc-11
kit pahole dwarves
kit /usr/include/dwarf.h libdw-dev
kit g++ g++
kit aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
kit /usr/lib/gcc/*/12/plugin/include/gcc-plugin.h gcc-12-plugin-dev
btf pahole dwarves
btf bpftool bpftool
series git git
series cpio cpio
bench hyperfine hyperfine
bench jq jq
bench gnuplot gnuplot-nox
musl musl-gcc musl-tools
hosts debootstrap debootstrap
rust ps procps
userland toybox toybox
userland coreutils rust-coreutils
userland gawk gawk
userland mawk mawk
userland original-awk original-awk
userland ksh93 ksh93u+m
userland mksh mksh
pictures dot graphviz
pictures jq jq
pictures gnuplot gnuplot-nox
host bsdtar libarchive-tools
host clang clang
host /usr/share/i18n/locales/en_US locales
host /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a libclang-rt-dev
dkms dkms dkms
dkms /usr/include/xtables.h libxtables-dev
dkms pkg-config pkg-config
dkms pahole dwarves
clients bpftool bpftool
clients pahole dwarves
clients clang clang
clients llc llvm
clients execsnoop-bpfcc bpfcc-tools
clients bpftrace bpftrace
clients stap systemtap
clients python3 python3
clients ip iproute2
clients sysctl procps
clients mkfs.ext4 e2fsprogs
cflags clang clang
cflags llc llvm
cflags-19 clang-19 clang-19
cflags-19 llc-19 llvm-19
bcc cmake cmake
bcc g++ g++
bcc /usr/lib/llvm-*/include/clang/Frontend/FrontendAction.h libclang-dev
bcc /usr/lib/llvm-*/include/llvm/IR/Module.h llvm-dev
bcc /usr/include/FlexLexer.h libfl-dev
bpftrace pkg-config pkg-config
bpftrace xxd xxd
bpftrace /usr/include/cereal/cereal.hpp libcereal-dev
bpftrace /usr/include/bcc/libbpf.h libbpfcc-dev
bpftrace /usr/include/elfutils/libdw.h libdw-dev
bpftrace /usr/include/zlib.h zlib1g-dev
kbuild spatch coccinelle
kbuild ocamlopt ocaml
kbuild clang-tidy clang-tidy
kbuild ctags universal-ctags
matrix aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
matrix arm-linux-gnueabihf-gcc gcc-arm-linux-gnueabihf
matrix riscv64-linux-gnu-gcc gcc-riscv64-linux-gnu
matrix powerpc64le-linux-gnu-gcc gcc-powerpc64le-linux-gnu
matrix s390x-linux-gnu-gcc gcc-s390x-linux-gnu
matrix mips64el-linux-gnuabi64-gcc gcc-mips64el-linux-gnuabi64
matrix clang-19 clang-19
matrix ld.lld-19 lld-19
matrix llvm-nm-19 llvm-19
variants clang-19 clang-19
variants ld.lld-19 lld-19
variants llvm-nm-19 llvm-19
variants pahole dwarves
variants bpftool bpftool
variants zstd zstd
variants openssl openssl
android /usr/lib/llvm-19/bin/clang clang-19
android /usr/lib/llvm-19/bin/ld.lld lld-19
android /usr/lib/llvm-19/bin/llvm-nm llvm-19
android openssl openssl
i386 i686-linux-gnu-gcc gcc-i686-linux-gnu
i386 qemu-i386 qemu-user
arm64 qemu-system-aarch64 qemu-system-arm
arm64 aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
arm64 /usr/aarch64-linux-gnu/include/string.h libc6-dev-arm64-cross
arm64 debootstrap debootstrap
riscv64 qemu-system-riscv64 qemu-system-misc
riscv64 riscv64-linux-gnu-gcc gcc-riscv64-linux-gnu
riscv64 /usr/riscv64-linux-gnu/include/string.h libc6-dev-riscv64-cross
riscv64 debootstrap debootstrap
'

is_there() {
	case $1 in
	/*)
		# shellcheck disable=SC2086 # a pattern, maybe
		set -- $1
		[ -e "$1" ]
		;;
	*) PATH=${PATH}:/sbin:/usr/sbin command -v "$1" > /dev/null ;;
	esac
}

# Print what a group lacks. $1: the group, $2: the column to print
missing() {
	echo "${table}" | while read -r group what package; do
		if [ "${group}" = "$1" ] && ! is_there "${what}"; then
			if [ "$2" = package ]; then
				echo "${package}"
			else
				echo "${what}"
			fi
		fi
	done
}

all_missing() {
	for group in ${groups}; do
		missing "${group}" "$1"
	done | sort -u | tr '\n' ' '
}

install_packages() {
	sudo=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo > /dev/null || die "missing: $(all_missing what); as root: apt-get install $(all_missing package)"
		sudo=sudo
	fi
	log=${builddir}/packages.log
	# shellcheck disable=SC2046,SC2086 # lists
	if ! ${sudo} apt-get update > "${log}" 2>&1 ||
		! ${sudo} env DEBIAN_FRONTEND=noninteractive apt-get install -y \
			-o DPkg::Lock::Timeout=-1 --no-install-recommends $(all_missing package) \
			>> "${log}" 2>&1; then
		die "apt-get cannot install $(all_missing package); see ${log}, or install it by hand"
	fi
}

[ $# != 0 ] || die "usage: packages.sh GROUP..."
groups=$*
for group in ${groups}; do
	echo "${table}" | grep -q "^${group} " ||
		die "${group}: no such group; they are those of ${0##*/}"
done
if [ -z "$(all_missing what)" ]; then
	exit
fi
if ! command -v apt-get > /dev/null; then
	die "missing: $(all_missing what); install it (in Debian's packages: $(all_missing package))"
fi
# Only one run at a time on this machine; another run may have installed the packages.
mkdir -p "${builddir}"
exec 8< /var/lib/dpkg
flock 8 8<&8
if [ -z "$(all_missing what)" ]; then
	exit
fi
echo "${me}: installing $(all_missing package)with apt-get; the log is ${builddir}/packages.log"
install_packages
[ -z "$(all_missing what)" ] || die "still missing: $(all_missing what)"
