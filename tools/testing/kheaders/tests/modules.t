#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The newest third-party modules, those of Debian sid, build with the archive as with sid's
# own headers: in a root of sid, with its compiler, make and dkms, by dkms.t.
#
# Usage: modules.t [PACKAGE...]
#
# Without arguments, the packages in data/dkms-packages-sid. Needs root, and a network.

. "$(dirname "$0")/../../../../scripts/common.sh"

# shellcheck disable=SC2046 # a list
[ $# != 0 ] || set -- $(cat "${testdir}/data/dkms-packages-sid")
exec "${testdir}/build/in-suite.sh" sid "${testdir}/tests/dkms.t" "$@"
