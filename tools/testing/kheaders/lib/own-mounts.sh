# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Restart the test in a mount namespace of its own, so that its mounts are gone when the
# test ends. Sourced first by tests that mount. Needs root; without root, a test that sets
# ${without_root} continues in the same namespace, and other tests are skipped.

if [ "$(id -u)" = 0 ]; then
	[ "${KHEADERS_TEST_NS-}" = yes ] || KHEADERS_TEST_NS=yes exec unshare -m "$0" "$@"
elif [ -z "${without_root-}" ]; then
	echo "1..0 # SKIP needs root"
	exit
fi
