#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs in a guest with CONFIG_RUST: loads the kernel's samples in Rust that /mnt has, which
# were built from its archive. If /mnt has the archive and sources, builds them here as well,
# with the variables in /mnt/variables. /mnt also has kselftest's functions.sh. Writes tap
# and log there.

# shellcheck source=../../selftests/kheaders/functions.sh
. /mnt/functions.sh
exec 7> /mnt/tap > /mnt/log 2>&1

# $1: a sample, $2: the message that it logs
load() {
	insmod "/mnt/$1.ko" && dmesg | grep -F "$1: $2"
}

unload() {
	rmmod "$1" && dmesg | grep -F "$1: $2"
}

use_device() {
	cat < /dev/rust-misc-device
	dmesg | grep -F "rust-misc-device: Opening Rust Misc Device Sample"
}

# shellcheck disable=SC2046 # a list
build_here() {
	mkdir /tmp/kit
	tar -xJf /mnt/kheaders.tar.xz -C /tmp/kit
	cp -R /mnt/samples /tmp
	make -C /tmp/kit M=/tmp/samples $(cat /mnt/variables)
}

same_modules() {
	for module in /mnt/*.ko; do
		cmp "${module}" "/tmp/samples/${module##*/}" || return
	done
}

check "rust_minimal is loaded" load rust_minimal "Rust minimal sample (init)"
check "rust_minimal is unloaded" unload rust_minimal "Rust minimal sample (exit)"
check "rust_print is loaded" load rust_print "Rust printing macros sample (init)"
if [ -e /mnt/rust_misc_device.ko ]; then
	check "rust_misc_device is loaded" \
		load rust_misc_device "Initialising Rust Misc Device Sample"
	check "its device is opened" use_device
fi
if [ -e /mnt/kheaders.tar.xz ]; then
	check "modules are built here from the archive" build_here
	check "they are the same as the cross-built ones" same_modules
fi
finish
