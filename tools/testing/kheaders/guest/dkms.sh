#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs in a guest with Debian's own kernel and its modules: shows the archive
# and loads what was built from it.

set -eu
exec > /mnt/report 2>&1
insmod /mnt/kheaders.ko
cmp /sys/kernel/kheaders.tar.xz /mnt/kheaders_data.tar.xz && echo "archive is the same"
for module in v4l2loopback ovpn-dco-v2; do
	modinfo -F depends "/mnt/${module}.ko" | tr , '\n' | xargs -r -n 1 modprobe
	insmod "/mnt/${module}.ko"
	grep "^$(echo "${module}" | tr - _) " /proc/modules
	rmmod "${module}"
done
rmmod kheaders
