#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs in a guest whose kernel has BTF in sysfs: builds modules in trees of that kernel's
# own archive, and loads them. /mnt contains the kheaders command and its library,
# kheaders.ko, two/ (the source of two modules) and kselftest's functions.sh. Writes
# tap and log there.

# shellcheck source=../../selftests/kheaders/functions.sh
. /mnt/functions.sh

export PATH="/mnt:${PATH}" LD_LIBRARY_PATH=/mnt
running=/sys/kernel/btf/vmlinux
link=/lib/modules/$(uname -r)/build
hello=/tmp/two/kheaders_hello.ko
inlines=/tmp/two/kheaders_inlines.ko
exec 7> /mnt/tap > /mnt/log 2>&1

# Build the two modules; the output is in /tmp/said. $1: a tree, then arguments for make
builds() {
	tree=$1
	shift
	rm -rf /tmp/two
	cp -R /mnt/two /tmp/two
	status=0
	make -C "${tree}" M=/tmp/two "$@" > /tmp/said 2>&1 || status=$?
	cat /tmp/said
	[ "${status}" = 0 ] && [ -f "${hello}" ] && [ -f "${inlines}" ]
}

# $1: how many of the two modules have BTF
have_btf() {
	[ "$(readelf -SW "${hello}" "${inlines}" | grep -c ' \.BTF ')" = "$1" ]
}

# The module loads. $1: whether its BTF then appears in sysfs, yes or no
loads() {
	insmod "${hello}" || return
	shown=no
	[ ! -s /sys/kernel/btf/kheaders_hello ] || shown=yes
	rmmod kheaders_hello
	[ "${shown}" = "$1" ]
}

has_type() {
	insmod "${hello}"
	bpftool btf dump -B "${running}" file /sys/kernel/btf/kheaders_hello |
		grep "FUNC 'hello_init'"
	status=$?
	rmmod kheaders_hello
	return "${status}"
}

says_nothing() {
	! grep 'BTF.*:\|Skipping' /tmp/said
}

# One warning for both modules. $1: the reason in it
says_once() {
	[ "$(grep -c 'kheaders: warning: modules get no BTF: ' /tmp/said)" = 1 ] &&
		grep "modules get no BTF: .*$1" /tmp/said && ! grep 'Skipping BTF' /tmp/said
}

unpack() {
	mkdir "$1"
	tar -xJf "${file}" -C "$1"
	rm "$1/vmlinux"
}

insmod /mnt/kheaders.ko
mkdir -p "${link%/*}"
mount -t tmpfs -o mode=755 tmpfs /var/cache
check "kheaders link" kheaders link
check "kheaders link: vmlinux is the running kernel's BTF" cmp "${running}" "${link}/vmlinux"
check "by the link: modules are built" builds "${link}"
check "by the link: both have BTF" have_btf 2
check "by the link: without a word" says_nothing
check "by the link: the kernel takes module and BTF" loads yes
check "by the link: the BTF names the module's function" has_type
check "tar alone: unpacked, and the vmlinux of make module removed" unpack /tmp/tree
check "tar alone: modules are built" builds /tmp/tree
check "tar alone: vmlinux is the running kernel's BTF" cmp "${running}" /tmp/tree/vmlinux
check "tar alone: both have BTF" have_btf 2
check "tar alone: the kernel takes module and BTF" loads yes
check "no pahole: modules are built" builds /tmp/tree PAHOLE=no-such-pahole
check "no pahole: one line says why" says_once "no-such-pahole is not installed"
check "no pahole: no BTF" have_btf 0
check "no pahole: the kernel takes the module" loads no
finish
