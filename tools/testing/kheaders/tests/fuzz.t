#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# All readers of untrusted files are fuzzed for ${FUZZ_SECONDS} each: archives, modules, the
# mark of a tree, and BTF; or only those in ${FUZZ_TARGETS}, a list. The first samples are in
# data/corpus/, and for archives those of the other tests. Inputs that caused a crash are
# left in build/.

. "$(dirname "$0")/../lib/command.sh"
. "$(dirname "$0")/../lib/tap.sh"

seconds=${FUZZ_SECONDS:-10}
found=${builddir}/fuzz
mkdir -p "${found}" /mnt/tree/include /mnt/root/root
touch /mnt/tree/include/a.h /mnt/tree/b.h
libs="$(pkg-config --libs libarchive libelf libkmod liblzma libbpf) -lpthread"

# $1: target, $2: sanitizers
build() {
	# shellcheck disable=SC2046,SC2086 # lists
	clang -g -O1 -fsanitize="fuzzer,$2" -fno-sanitize-recover=all -D_GNU_SOURCE \
		-D_FILE_OFFSET_BITS=64 -DKHEADERS_VERSION='"1"' -o "/mnt/fuzz-$1" \
		"${testdir}/programs/fuzz-$1.c" "${source}/hash.c" \
		$(find "${source}/libkheaders" -name '*.c') ${libs}
}
# $1: target, then options of the fuzzer
run() {
	target=$1
	shift
	mkdir -p "/mnt/corpus-${target}" "${found}/${target}"
	[ ! -d "${testdir}/data/corpus/${target}" ] ||
		cp "${testdir}/data/corpus/${target}"/* "/mnt/corpus-${target}"
	"/mnt/fuzz-${target}" -max_total_time="${seconds}" -max_len=65536 -rss_limit_mb=4096 \
		-print_final_stats=1 -verbosity=0 -artifact_prefix="${found}/${target}/" "$@" \
		"/mnt/corpus-${target}"
}
fuzz_archive() {
	build archive address,undefined
	mkdir -p /mnt/corpus-archive
	for f in /mnt/archives/good-[!p]*.xz /mnt/archives/odd-s*.xz /mnt/archives/bad-[!bm]*.xz; do
		{
			printf 1
			cat "${f}"
		} > "/mnt/corpus-archive/${f##*/}"
		{
			printf 0
			xz -dcq "${f}" 2> /dev/null || :
		} > "/mnt/corpus-archive/${f##*/}.tar"
	done
	# 65536 directories each take the time of a thousand others.
	find /mnt/corpus-archive \( -size +64k -o -name "*implied*" \) -delete
	FUZZ_DIR=/mnt/root/root run archive
}
fuzz_ko() {
	build ko address,undefined
	mkdir -p /mnt/corpus-ko
	"${testdir}/programs/broken-ko.py" /mnt/corpus-ko/broken
	gzip -c /mnt/corpus-ko/broken > /mnt/corpus-ko/broken.gz
	run ko
}
fuzz_mark() {
	build mark address,undefined
	FUZZ_DIR=/mnt/tree run mark
}
# A crash in the process that is to crash must not look like one of the fuzzer. No limit of
# wall time: that process has a limit of processor time.
fuzz_btf() {
	build btf undefined
	run btf -timeout=0 -handle_segv=0 -handle_abrt=0 -handle_bus=0 -handle_fpe=0 \
		-handle_xfsz=0 -malloc_limit_mb=1000000 -artifact_prefix=/mnt/ \
		> /mnt/btf.log 2>&1 || {
		tail -n 20 /mnt/btf.log
		false
	}
	grep "^stat::number_of_executed_units" /mnt/btf.log | tail -n 1
}
for target in ${FUZZ_TARGETS:-archive ko mark btf}; do
	check "${target}: fuzzed for ${seconds} seconds" "fuzz_${target}"
	sed -n 's/^stat::number_of_executed_units: */# runs of the fuzzer: /p' "${tmp}/output"
done
finish
