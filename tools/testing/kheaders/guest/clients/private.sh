#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The kernel loads an eBPF program with a type that no header has. From 6.19 on, the types
# of the kernel need -fms-extensions.

set -eu
header=$(/mnt/kheaders/kheaders vmlinux-h)
clang -target bpf -g -O2 -Wall -Werror -fms-extensions -Wno-microsoft-anon-tag \
	-I"$(dirname "${header}")" -c /mnt/clients/private.c -o /tmp/private.o
bpftool prog load /tmp/private.o /sys/fs/bpf/private
bpftool prog show pinned /sys/fs/bpf/private
