# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced first by a test that mounts, as root: the test starts anew in a mount
# namespace of its own, so that what it mounts is gone when it ends.

if [ "$(id -u)" != 0 ]; then
	echo "1..0 # SKIP needs root"
	exit
fi
if [ "${KHEADERS_TEST_NS-}" != yes ]; then
	KHEADERS_TEST_NS=yes exec unshare -m "$0" "$@"
fi
