#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs in a guest that loads only signed modules: loads kheaders.ko as it was installed, and
# copies the archive to /mnt for the host. /mnt has modules/, from modules_install.

set -eu

[ "$(cat /sys/module/module/parameters/sig_enforce)" = Y ]
cp -R /mnt/modules/lib/modules/. /lib/modules
# Not every kmod can read compressed modules.
find /lib/modules -name 'kheaders.ko.gz' -exec gunzip {} +
find /lib/modules -name 'kheaders.ko*' -exec insmod {} \;
cat /sys/kernel/kheaders.tar.xz > /mnt/archive
rmmod kheaders
