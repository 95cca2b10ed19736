#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The part of the demo that runs in the guest: from modprobe to modules that are built from
# the archive and loaded. /mnt has modules/, from the kernel's modules_install, and the
# sources in ${sources}, each in a directory.

set -eu

# Show each command with its output and its time, as a user would see it.
run() {
	echo "# $*"
	start=$(date +%s%N)
	"$@" || return
	echo "  ($((($(date +%s%N) - start) / 1000000)) ms)"
}

build() {
	cp -R "/mnt/$1" "/tmp/$1"
	run make -s -C /tmp/kheaders M="/tmp/$1" modules 2> "/tmp/$1.log" || {
		cat "/tmp/$1.log"
		exit 1
	}
}

load() {
	dmesg -C
	run insmod "$1"
	dmesg | sed 's/^/  kernel log: /'
	grep -i "^$(basename "$1" .ko | tr - _) " /proc/modules
}

exec > /mnt/report 2>&1
cp -R /mnt/modules/lib/modules/. /lib/modules
run uname -r
run modprobe kheaders
run ls -l /sys/kernel/kheaders.tar.xz
mkdir /tmp/kheaders
run tar -xJf /sys/kernel/kheaders.tar.xz -C /tmp/kheaders
while read -r source; do
	build "${source}"
	module=$(find "/tmp/${source}" -name '*.ko')
	load "${module}"
	run rmmod "$(basename "${module}" .ko)"
done < /mnt/sources
