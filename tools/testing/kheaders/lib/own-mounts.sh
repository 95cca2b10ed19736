# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced first by a test that mounts: the test starts anew in a mount namespace
# of its own, so that what it mounts is gone when it ends. That needs root;
# without, a test that sets ${without_root} goes on as it is, and others are
# skipped.

if [ "$(id -u)" = 0 ]; then
	[ "${KHEADERS_TEST_NS-}" = yes ] || KHEADERS_TEST_NS=yes exec unshare -m "$0" "$@"
elif [ -z "${without_root-}" ]; then
	echo "1..0 # SKIP needs root"
	exit
fi
