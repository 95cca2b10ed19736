#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Run a command that sees one kernel's headers as installed, and no others.
#
# Usage: with-headers.sh RELEASE DIR COMMAND [ARG]...
#
# DIR is the output of debian-kernel.sh, or a build directory, such as an unpacked
# archive. The command finds DIR as /lib/modules/RELEASE/build; the other contents of
# /usr/src and /lib/modules are hidden, and files written there are lost. This runs in a
# mount namespace, so nothing outside changes. Needs root.

set -eu

if [ "$1" != --inside ]; then
	exec unshare -m "$0" --inside "$@"
fi
release=$2
dir=$(realpath "$3")
shift 3

mount -t tmpfs tmpfs /mnt
# Make directory $1 writable, with $2 as its initial contents.
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
	# The directory of most headers in Debian's package, so that __FILE__ is the same
	build=/usr/src/linux-headers-${release%-*}-common
	mkdir "${build}"
	mount --bind "${dir}" "${build}"
fi
mkdir -p /lib/modules
mount -t tmpfs tmpfs /lib/modules
mkdir "/lib/modules/${release}"
ln -s "${build}" "/lib/modules/${release}/build"
exec "$@"
