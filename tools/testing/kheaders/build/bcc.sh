#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Build the part of bcc that our patch changes, with libkheaders.
#
# Usage: bcc.sh SOURCE DIR
#
# Building all of libbcc takes half an hour, and only one object would differ from
# Debian's libbcc. Only this object is built, as DIR/lib/patched.so, for LD_PRELOAD. The
# source is configured with libkheaders in DIR/build, and without in DIR/plain.

. "$(dirname "$0")/../../../../scripts/common.sh"
# shellcheck source=../lib/patched-source.sh
. "${testdir}/lib/patched-source.sh"

[ $# = 2 ] || die "usage: bcc.sh SOURCE DIR"
dir=$2
object=src/cc/frontends/clang/CMakeFiles/clang_frontend-objects.dir/kbuild_helper.cc.o

# $1: the directory, then options
make_object() {
	build=$1
	shift
	run_logged "${build}.log" env PKG_CONFIG_PATH="${dir}/lib/pkgconfig" cmake \
		-S "${dir}/source" -B "${build}" \
		-DCMAKE_CXX_FLAGS=-O1 -DREVISION=0.0.0 -DCMAKE_USE_LIBBPF_PACKAGE=ON \
		-DENABLE_LLVM_SHARED=ON -DNO_BLAZESYM=ON -DENABLE_EXAMPLES=OFF -DENABLE_MAN=OFF \
		-DENABLE_TESTS=OFF "$@"
	run_logged "${build}-make.log" make -C "${build}/src/cc/frontends/clang" kbuild_helper.cc.o
}

make_patched_source bcc "$1" "${dir}"
make_object "${dir}/plain" -DENABLE_LIBKHEADERS=OFF
make_object "${dir}/build"
c++ -shared -o "${dir}/lib/patched.so" "${dir}/build/${object}" -L"${dir}/lib" -lkheaders
