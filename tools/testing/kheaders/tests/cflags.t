#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# An eBPF program that includes kernel headers compiles with the flags of "kheaders
# cflags", for kernels of all versions, with clang 14, 19 and sid's.
#
# Usage: cflags.t [ARCHIVE]...
#
# With ARCHIVEs, the installed clangs are used.

. "$(dirname "$0")/../lib/tap.sh"

kheaders=${builddir}/cflags/kheaders/kheaders
archives=${builddir}/cflags/archives

# $1: a version; the kit of a kernel as in a guest, but traced like a distribution's
make_archive() {
	obj=$(GOAL=kernel/kheaders_data.o "${testdir}/build/kernel.sh" qemu "$1" cflags \
		FTRACE=y FUNCTION_TRACER=y)/obj
	cp "${obj}/kernel/kheaders_data.tar.xz" "${archives}/$1.tar.xz"
}

# No warning either, and the kernel's verifier sees an object of its machine.
# $1: an archive, $2: "" or a clang's version
compiles() {
	export CLANG="clang${2:+-$2}"
	flags=$("${kheaders}" cflags --archive "$1" --cache "${builddir}/cflags/cache")
	# shellcheck disable=SC2086 # flags
	"${CLANG}" ${flags} -Werror -c "${testdir}/guest/clients/probe.c" -o "${tmp}/probe.ll"
	"llc${2:+-$2}" -march=bpf -filetype=obj -o "${tmp}/probe.o" "${tmp}/probe.ll"
	readelf -h "${tmp}/probe.o" | grep 'Linux BPF'
}

# $1: "" or a clang's version, then archives
compile_all() {
	clang=$1
	shift
	found=$("clang${clang:+-${clang}}" --version | sed -n 's/.*clang version \([0-9]*\).*/\1/p')
	for archive in "$@"; do
		check "$(basename "${archive}" .tar.xz): clang ${found}" \
			compiles "${archive}" "${clang}"
	done
}

"${fetchdir}/packages.sh" tools cflags
make -s -C "${topdir}/tools/kheaders" O="$(dirname "${kheaders}")" > /dev/null
if [ $# != 0 ]; then
	compile_all "" "$@"
	finish
	exit
fi
"${fetchdir}/packages.sh" cflags-19
mkdir -p "${archives}"
for version in 5.10 6.1 6.12 7.2 7.3; do
	check "${version}: the archive" make_archive "${version}"
done
compile_all "" "${archives}"/*
compile_all 19 "${archives}"/*
SHOW=${archives} "${testdir}/build/in-suite.sh" sid "${testdir}/tests/cflags.t" "${archives}"/* \
	> "${tmp}/sid" || :
check "sid: all of that" plan_ran "${tmp}/sid"
relay sid "${tmp}/sid"
finish
