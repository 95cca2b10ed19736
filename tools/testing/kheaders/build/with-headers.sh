#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Run a command where a kernel's headers are installed, and no others.
#
# Usage: with-headers.sh RELEASE DIR COMMAND [ARG]...
#
# DIR is what debian-kernel.sh prints, or a build directory, such as an
# unpacked archive. The command finds it as /lib/modules/RELEASE/build; what
# else is in /usr/src and /lib/modules is hidden, and what it writes there is
# lost. A mount namespace does it: nothing outside changes. Needs root.

set -eu

if [ "$1" != --inside ]; then
	exec unshare -m "$0" --inside "$@"
fi
release=$2
dir=$(realpath "$3")
shift 3

mount -t tmpfs tmpfs /mnt
# $1: a directory, to be written to from now on, $2: what is seen there
overlay() {
	mkdir -p "/mnt$1/upper" "/mnt$1/work"
	mount -t overlay -o "lowerdir=$2,upperdir=/mnt$1/upper,workdir=/mnt$1/work" overlay "$1"
}
if [ -d "${dir}/usr/src" ]; then
	overlay /usr/lib "${dir}/usr/lib:/usr/lib"
	overlay /usr/src "${dir}/usr/src"
	build=/usr/src/linux-headers-${release}
else
	overlay /usr/lib /usr/lib
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
