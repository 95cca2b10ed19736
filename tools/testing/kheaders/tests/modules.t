#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The newest third-party modules, those of Debian sid, build with the archive as with sid's
# own headers: in a root of sid, with its compiler, make and dkms, by dkms.t.
#
# Usage: modules.t [PACKAGE...]
#
# Without arguments, the packages in data/dkms-packages-sid: all *-dkms packages of sid
# except NVIDIA's, which takes hours. Needs root, and a network.

. "$(dirname "$0")/../../../../scripts/common.sh"

[ $# != 0 ] || set -- all
exec "${testdir}/build/in-suite.sh" sid "${testdir}/tests/dkms.t" "$@"
