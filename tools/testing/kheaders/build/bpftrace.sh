#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Build bpftrace with our patch and libkheaders: DIR/lib/bpftrace, beside the library.
#
# Usage: bpftrace.sh SOURCE DIR

. "$(dirname "$0")/../../../../scripts/common.sh"
# shellcheck source=../lib/patched-source.sh
. "${testdir}/lib/patched-source.sh"

[ $# = 2 ] || die "usage: bpftrace.sh SOURCE DIR"
dir=$2
make_patched_source bpftrace "$1" "${dir}"
run_logged "${dir}/cmake.log" env PKG_CONFIG_PATH="${dir}/lib/pkgconfig" cmake \
	-S "${dir}/source" -B "${dir}/build" \
	-DCMAKE_CXX_FLAGS=-O1 -DUSE_SYSTEM_LIBBPF=ON -DENABLE_LIBKHEADERS=ON \
	-DENABLE_SKB_OUTPUT=OFF -DENABLE_MAN=OFF -DBUILD_TESTING=OFF
run_long "${dir}/make.log" make -C "${dir}/build" -j"$(nproc)" bpftrace
cp "${dir}/build/src/bpftrace" "${dir}/lib"
