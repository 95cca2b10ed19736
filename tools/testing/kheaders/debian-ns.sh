#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Run a command where a kernel's headers are installed, and no others.
#
# Usage: debian-ns.sh RELEASE DIR COMMAND [ARG]...
#
# DIR is what debian-kernel.sh prints, or a build directory, such as an
# unpacked archive. The command finds it as /lib/modules/RELEASE/build; what
# else is in /usr/src and /lib/modules is hidden. A mount namespace does it:
# nothing outside changes. Needs root.

set -eu

if [ "$1" != --inside ]; then
	exec unshare -m "$0" --inside "$@"
fi
release=$2
dir=$(realpath "$3")
shift 3

mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work
lower=/usr/lib
[ ! -d "${dir}/usr/src" ] || lower=${dir}/usr/lib:${lower}
mount -t overlay -o "lowerdir=${lower},upperdir=/mnt/upper,workdir=/mnt/work" overlay /usr/lib
if [ -d "${dir}/usr/src" ]; then
	mount --bind "${dir}/usr/src" /usr/src
	build=/usr/src/linux-headers-${release}
else
	mount -t tmpfs tmpfs /usr/src
	build=/usr/src/kheaders
	mkdir "${build}"
	mount --bind "${dir}" "${build}"
fi
mkdir -p /lib/modules
mount -t tmpfs tmpfs /lib/modules
mkdir "/lib/modules/${release}"
ln -s "${build}" "/lib/modules/${release}/build"
exec "$@"
