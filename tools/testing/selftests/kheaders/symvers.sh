#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# /sys/kernel/kheaders.symvers is a Module.symvers, however it is read and
# whatever modules come and go meanwhile.

. "$(dirname "$0")/functions.sh"

symvers=/sys/kernel/kheaders.symvers
tab=$(printf '\t')
export_macro="EXPORT_(SYMBOL(_GPL)?(_FUTURE)?|UNUSED_SYMBOL(_GPL)?)"
columns="0x[0-9a-f]{8}${tab}[A-Za-z0-9_.]+${tab}[A-Za-z0-9_-]+${tab}${export_macro}"
line="^${columns}(${tab}[^${tab}]*)?\$"

is_well_formed() {
	[ -s "$1" ] && ! grep -v -E "${line}" "$1"
}

has_no_name_twice() {
	[ -z "$(cut -f 2 "$1" | sort | uniq -d)" ]
}

# $1: bytes a read
same_in_pieces() {
	dd if="${symvers}" bs="$1" 2> /dev/null | cmp - "${tmp}/whole"
}

same_at_offsets() {
	size=$(wc -c < "${tmp}/whole")
	for offset in 1 4095 4096 4097 $((size / 2)) $((size - 1)) "${size}" $((size + 5000)); do
		dd if="${symvers}" bs=1 skip="${offset}" count=100 2> /dev/null > "${tmp}/a"
		dd if="${tmp}/whole" bs=1 skip="${offset}" count=100 2> /dev/null > "${tmp}/b"
		cmp "${tmp}/a" "${tmp}/b" || return
	done
}

cannot_write() {
	! dd if="${tmp}/whole" of="${symvers}" count=1 2> /dev/null
}

load_and_unload_until_stopped() {
	while [ ! -e "${tmp}/stop" ]; do
		rmmod kheaders
		modprobe kheaders
	done 2> /dev/null
}

whole_while_modules_come_and_go() {
	load_and_unload_until_stopped &
	result=0
	for _ in $(seq 30); do
		cat "${symvers}" > "${tmp}/now"
		if ! is_well_formed "${tmp}/now" || ! has_no_name_twice "${tmp}/now"; then
			result=1
		fi
	done
	: > "${tmp}/stop"
	wait
	return "${result}"
}

[ -e "${symvers}" ] || skip_all "no ${symvers}, CONFIG_IKHEADERS_SYMVERS is off"
tmp=$(mktemp -d)
trap 'rm -rf "${tmp}"' EXIT
cat "${symvers}" > "${tmp}/whole"

check "root's, mode 0444" [ "$(stat -c '%u %g %a' "${symvers}")" = "0 0 444" ]
check "lines are those of a Module.symvers" is_well_formed "${tmp}/whole"
check "no symbol twice" has_no_name_twice "${tmp}/whole"
check "printk is there" \
	grep -q "${tab}_\{0,1\}printk${tab}vmlinux${tab}EXPORT_SYMBOL" "${tmp}/whole"
for bytes in 1 777 4096 1000000; do
	check "the same in reads of ${bytes} bytes" same_in_pieces "${bytes}"
done
check "the same at any offset" same_at_offsets
check "no write" cannot_write
if [ -e "${file}" ] || modprobe -q kheaders; then
	if is_module; then
		check "whole lines while modules come and go" whole_while_modules_come_and_go
	fi
fi
check "kernel log is clean" log_is_clean
finish
