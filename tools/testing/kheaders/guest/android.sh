#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs in a guest: copies the kernel's kheaders.tar.xz and config to /mnt; if /mnt/built
# exists, loads and unloads the modules in it, and writes taints and log; loads a module
# that the kernel must stop, and writes log-badcall.

set -e
cd /mnt
cat /sys/kernel/kheaders.tar.xz > kheaders.tar.xz
zcat /proc/config.gz > config
[ -d built ] || exit 0

for module in hello exports uses; do
	insmod "built/kheaders_${module}.ko"
	echo "${module} $(cat "/sys/module/kheaders_${module}/taint")"
done > taints
rmmod kheaders_uses kheaders_exports kheaders_hello
dmesg > log
! insmod built/kheaders_badcall.ko || exit
dmesg > log-badcall
