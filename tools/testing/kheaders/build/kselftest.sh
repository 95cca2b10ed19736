#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Install the kselftests of a kernel that kernel.sh has built, for a guest.
#
# Usage: kselftest.sh DIR INSTALL_PATH [CROSS_COMPILE]
#
# DIR is what kernel.sh has printed.

. "$(dirname "$0")/../../../../scripts/common.sh"

[ $# -ge 2 ] || die "usage: kselftest.sh DIR INSTALL_PATH [CROSS_COMPILE]"
# make install does not make its output directories up to 5.4; they differ.
mkdir -p "$1/kselftest/kheaders" "$1/kselftest/kselftest/kheaders"
run_logged "$1/kselftest.log" make -C "$1/tree/tools/testing/selftests" ${3:+"CROSS_COMPILE=$3"} \
	O="$1/kselftest" TARGETS=kheaders INSTALL_PATH="$2" install
# Up to 5.4 it ends well whatever fails.
[ -x "$2/kheaders/read" ] || die "$2/kheaders/read: not built; see $1/kselftest.log"
