#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Check that a compiler can build modules for this tree. Print the first line of the
# output of its --version, in the form that Kbuild uses.
#
# Usage: compiler.sh COMPILER [OPTION]...
#
# Exit status: 0, maybe with a warning; 1 with a line on stderr.

set -eu

# shellcheck source=/dev/null
. ./.kheaders

die() {
	echo "kheaders: $*" >&2
	exit 1
}

# Print Kbuild's name for the architecture of a GNU triplet, or nothing if it is not known.
# Vendors have their own triplets.
srcarch_of() {
	case $1 in
	i?86-* | x86_64*) echo x86 ;;
	aarch64*) echo arm64 ;;
	hppa*) echo parisc ;;
	or1k*) echo openrisc ;;
	powerpc* | ppc*) echo powerpc ;;
	s390*) echo s390 ;;
	sh[1-9]*) echo sh ;;
	*)
		for known in alpha arc arm csky hexagon ia64 loongarch m68k microblaze mips \
			nds32 nios2 riscv sparc xtensa; do
			case $1 in
			"${known}"*) echo "${known}" ;;
			esac
		done
		;;
	esac
}

# Is there a cross compiler? Some Makefiles look for those of usual names.
finds_cross() {
	grep -q cc-cross-prefix "arch/${SRCARCH}/Makefile" || return
	IFS=:
	for dir in ${PATH}; do
		for gcc in "${dir}"/*-linux*-gcc; do
			[ "$(srcarch_of "${gcc##*/}")" != "${SRCARCH}" ] || return 0
		done
	done
	return 1
}

# CROSS_COMPILE= and LLVM= also name the linker and others, which have to fit.
case ${CC_VERSION_TEXT-} in
*clang*) choice=LLVM= ;;
*) choice=CROSS_COMPILE= ;;
esac
command -v "$1" > /dev/null ||
	die "$1: not found, to build for ${ARCH}; install it, or set ${choice} or CC="
text=$(LC_ALL=C "$@" --version 2> /dev/null | head -n 1 | tr -d '#')
machine=$("$@" -dumpmachine 2> /dev/null) || machine=
# clang compiles for all architectures, and um runs on several.
case ${SRCARCH},${text},${machine} in
um,* | *clang* | *,) ;;
*)
	case $(srcarch_of "${machine}") in
	"" | "${SRCARCH}") ;;
	*)
		if [ "$1" = gcc ] && (finds_cross); then
			echo "${CC_VERSION_TEXT-}"
			exit
		fi
		die "$1: compiles for ${machine}, and this tree is for ARCH=${ARCH};" \
			"set ${choice}"
		;;
	esac
	;;
esac
# Skip the first word, which may be the name by which the compiler was called.
if [ "${CC_VERSION_TEXT-}" ] && [ "${text#* }" != "${CC_VERSION_TEXT#* }" ]; then
	echo "kheaders: warning: $1 is ${text}, the kernel was built by ${CC_VERSION_TEXT};" \
		"set CC= to that version" >&2
fi
echo "${text}"
