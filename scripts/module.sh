#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Build kheaders.ko out of tree, against installed headers, and print its path.
#
# Usage: module.sh KDIR DIR [VARIABLE=VALUE]...
#
# KDIR is a kernel's build directory, such as /lib/modules/RELEASE/build. The
# module is written to DIR/RELEASE. The variables are for make, such as CC=. Exit status: 0,
# or 1 with a line on stderr.

set -eu
# shellcheck source=environment.sh
. "$(dirname "$0")/environment.sh"
overlay=$(cd "$(dirname "$0")/.." && pwd)

die() {
	echo "module: $*" >&2
	exit 1
}

[ $# -ge 2 ] || die "usage: module.sh KDIR DIR [VARIABLE=VALUE]..."
kdir=$1
for f in include/config/auto.conf include/generated/utsrelease.h; do
	[ -f "${kdir}/${f}" ] ||
		die "${kdir}: not a build directory of a kernel: ${f} is missing;" \
			"install the kernel's headers, or give KDIR="
done
for option in MODULES SYSFS; do
	grep -q "^CONFIG_${option}=y" "${kdir}/include/config/auto.conf" ||
		die "${kdir}: this kernel has no CONFIG_${option}, which kheaders.ko needs;" \
			"use another kernel"
done
! grep -q '^CONFIG_IKHEADERS=y' "${kdir}/include/config/auto.conf" ||
	die "${kdir}: this kernel has kheaders built in (CONFIG_IKHEADERS=y)," \
		"and kheaders.ko cannot be loaded; use the built-in archive"
release=$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' "${kdir}/include/generated/utsrelease.h")
[ "${release}" ] ||
	die "${kdir}/include/generated/utsrelease.h: names no release;" \
		"install the kernel's headers again"
kit=y
# The same dependency as in init/Kconfig.patch
if grep -q -E '^CONFIG_(GCC_PLUGIN_)?RANDSTRUCT=y' "${kdir}/include/config/auto.conf"; then
	kit=
	echo "module: note: ${kdir}: this kernel has CONFIG_RANDSTRUCT;" \
		"the archive has headers only, because the seed must not be published" >&2
fi
dir=$2/${release}
shift 2
# Build from scratch: installed headers and these sources may have changed since the last
# build and yet have older times.
rm -rf "${dir}"
mkdir -p "${dir}"
cp -R "${overlay}"/kernel/. "${dir}"
# Where the repository is read-only, so is the copy.
chmod -R u+w "${dir}"
mv "${dir}/Makefile.kheaders" "${dir}/Makefile"
make -s -j"$(nproc)" -C "${kdir}" M="$(realpath "${dir}")" CONFIG_IKHEADERS=m \
	CONFIG_IKHEADERS_KIT="${kit}" CONFIG_IKHEADERS_RUST=y CONFIG_IKHEADERS_STRIP_COMMENTS=y \
	CONFIG_IKHEADERS_PROC= "$@" modules >&2 ||
	die "${dir}/kheaders.ko: not built; see the error above"
echo "${dir}/kheaders.ko"
