#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Build kheaders.ko out of tree against Debian's own headers, as debian-kernel.sh fetches
# them, and unpack the archive of the module.
#
# Usage: debian-archive.sh DIR
#
# Writes the module and its archive to DIR/module/RELEASE, the tree to DIR/tree.

. "$(dirname "$0")/../../../../scripts/common.sh"

dir=$1
debian=$("${fetchdir}/debian-kernel.sh")
release=$(ls "${debian}/lib/modules")
# Several tests need this module.
made=${builddir}/debian-archive
ko=${made}/${release}/kheaders.ko

is_new() {
	[ -e "${ko}" ] && [ -z "$(find "${topdir}/kernel" "${topdir}/scripts" -newer "${ko}" \
		-print -quit)" ]
}

mkdir -p "${made}" "${dir}"
lock "${made}.lock"
is_new || "${testdir}/build/with-headers.sh" "${release}" "${debian}" \
	"${topdir}/scripts/module.sh" "/lib/modules/${release}/build" "${made}"
rm -rf "${dir}/module" "${dir}/tree"
cp -R "${made}" "${dir}/module"
mkdir "${dir}/tree"
tar -xJf "${dir}/module/${release}/kheaders_data.tar.xz" -C "${dir}/tree"
