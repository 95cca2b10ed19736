#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Load and unload kheaders.ko, also while other processes read the archive.

. "$(dirname "$0")/functions.sh"

gone() {
	[ ! -e "${file}" ] && [ ! -e "${proc_file}" ]
}

# sysfs does not pin the module: the unload succeeds, and later reads fail.
unload_under_open_file() {
	modprobe kheaders
	exec 3< "${file}"
	head -c 100 <&3 > "${tmp}/head"
	rmmod kheaders || return
	read_on=0
	cat <&3 > "${tmp}/rest" 2> /dev/null || read_on=$?
	exec 3<&-
	[ "${read_on}" != 0 ] && [ "$(wc -c < "${tmp}/head")" = 100 ] &&
		[ ! -s "${tmp}/rest" ] && gone
}

read_until_stopped() {
	while [ ! -e "${tmp}/stop" ]; do
		cat "${file}" "${proc_file}" > /dev/null 2>&1 || :
	done
}

# Whatever rmmod says, the kernel stays well, and the file comes back whole.
unload_under_readers() {
	rm -f "${tmp}/stop"
	for _ in 1 2 3 4; do
		read_until_stopped &
	done
	for _ in $(seq 20); do
		modprobe kheaders
		rmmod kheaders 2> /dev/null
	done
	: > "${tmp}/stop"
	wait
	modprobe kheaders && is_same && log_is_clean
}

load_and_unload() {
	for round in $(seq "$1"); do
		if ! modprobe kheaders || ! rmmod kheaders; then
			echo "# round ${round}"
			return 1
		fi
	done
}

is_same() {
	cmp "${file}" "${tmp}/copy"
}

need_archive
is_module || skip_all "kheaders is built in"
tmp=$(mktemp -d)
trap 'rm -rf "${tmp}"' EXIT
cat "${file}" > "${tmp}/copy"

check "unload" rmmod kheaders
check "no file after unload" gone
check "unload while the file is open" unload_under_open_file
check "load again" modprobe kheaders
check "same bytes as before" is_same
check "unload while four read" unload_under_readers
check "unload again" rmmod kheaders
check "load and unload 100 times" load_and_unload 100
check "load once more" modprobe kheaders
check "kernel log is clean" log_is_clean
finish
