#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Build bpftrace with our patch and libkheaders: DIR/lib/bpftrace, beside the library.
#
# Usage: bpftrace.sh SOURCE DIR

. "$(dirname "$0")/../../../../scripts/common.sh"

[ $# = 2 ] || die "usage: bpftrace.sh SOURCE DIR"
dir=$2
rm -rf "${dir}"
mkdir -p "${dir}"
cp -R "$1" "${dir}/source"
for patch in "${topdir}"/contrib/bpftrace/*.patch; do
	patch -d "${dir}/source" -p1 -F 0 < "${patch}"
done
make -s -C "${topdir}/tools/kheaders" O="${dir}/tools" PREFIX="${dir}" install
run_logged "${dir}/cmake.log" env PKG_CONFIG_PATH="${dir}/lib/pkgconfig" cmake \
	-S "${dir}/source" -B "${dir}/build" \
	-DCMAKE_CXX_FLAGS=-O1 -DUSE_SYSTEM_LIBBPF=ON -DENABLE_LIBKHEADERS=ON \
	-DENABLE_SKB_OUTPUT=OFF -DENABLE_MAN=OFF -DBUILD_TESTING=OFF
run_long "${dir}/make.log" make -C "${dir}/build" -j"$(nproc)" bpftrace
cp "${dir}/build/src/bpftrace" "${dir}/lib"
