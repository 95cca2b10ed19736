#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs in a guest: runs the commands in README.md for the machine that runs the kernel, and
# for a container on it. /mnt has blocks/; modules/, which becomes /lib/modules; module/;
# and the file image with the path of the container's root, which has /path/to/module.
# Writes report, the blocks that succeeded, and the output of each in log.NAME.

set -eu

# The kernel loads the module only if symbols and versions match.
load() {
	insmod "$1"
	rmmod kheaders_hello
}

machine() {
	cp -R /mnt/modules/. /lib/modules
	mkdir -p /path/to
	cp -R /mnt/module /path/to
	mkdir /tmp/machine
	cd /tmp/machine
	# shellcheck disable=SC1091 # made by the test
	. /mnt/blocks/machine
	load /path/to/module/kheaders_hello.ko
}

# $1: a block, run in the container
in_container() {
	cp "/mnt/blocks/$1" "${image}/block"
	chroot "${image}" env -i PATH=/usr/local/bin:/usr/bin:/bin sh -e /block
}

container() {
	mount -t proc proc "${image}/proc"
	mount --rbind /sys "${image}/sys"
	in_container container
	load "${image}/path/to/module/kheaders_hello.ko"
}

sysfs() {
	umount -l "${image}/sys"
	mkdir -p "${image}/host/sys"
	mount --rbind /sys "${image}/host/sys"
	mkdir -p "${image}/var/cache/kheaders"
	mount -t tmpfs -o mode=755 tmpfs "${image}/var/cache/kheaders"
	tree=$(in_container sysfs)
	echo "${tree}"
	[ -f "${image}${tree}/GNUmakefile" ]
}

image=$(cat /mnt/image)
for part in machine container sysfs; do
	set +e
	(
		set -ex
		"${part}"
	) > "/mnt/log.${part}" 2>&1
	status=$?
	set -e
	[ "${status}" != 0 ] || echo "${part}" >> /mnt/report
done
