#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs in a guest with CONFIG_RUST: loads the kernel's samples in Rust in /mnt, as far as
# they are there, which were built from its archive. Writes rust.tap to /mnt for the host.

count=0

check() {
	what=$1
	shift
	count=$((count + 1))
	if "$@" > /tmp/output 2>&1; then
		echo "ok ${count} - ${what}"
	else
		echo "not ok ${count} - ${what}"
		{
			cat /tmp/output
			dmesg | tail -n 5
		} | sed 's/^/# /'
	fi
}

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

{
	check "rust_minimal is loaded" load rust_minimal "Rust minimal sample (init)"
	check "rust_minimal is unloaded" unload rust_minimal "Rust minimal sample (exit)"
	check "rust_print is loaded" load rust_print "Rust printing macros sample (init)"
	if [ -e /mnt/rust_misc_device.ko ]; then
		check "rust_misc_device is loaded" load rust_misc_device "Initialising Rust Misc Device Sample"
		check "its device is opened" use_device
	fi
	echo "1..${count}"
} > /mnt/rust.tap
