#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# An eBPF program compiles with a precompiled header, and the kernel loads it.

set -eu
PATH=/mnt/kheaders:${PATH}
kheaders pch
# shellcheck disable=SC2046 # flags
clang $(kheaders cflags) -c /mnt/clients/probe.c -o /tmp/probe.ll
llc -march=bpf -filetype=obj -o /tmp/probe.o /tmp/probe.ll
bpftool prog load /tmp/probe.o /sys/fs/bpf/probe
bpftool prog show pinned /sys/fs/bpf/probe
