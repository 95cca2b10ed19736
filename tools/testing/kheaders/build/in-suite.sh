#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Run a command in a root of another Debian suite.
#
# Usage: in-suite.sh SUITE COMMAND [ARG]...
#
# The root, build/suite/SUITE, is kept, with the packages that the command installs. In
# the root the repository is at the same path, with a build/ of its own, so its scripts
# can be run; they use the kernel of ${KHEADERS_SUITE}. The directory ${SHOW} is
# visible as well. Needs root, and a network for packages.

# shellcheck source=../lib/own-mounts.sh
. "$(dirname "$0")/../lib/own-mounts.sh"
# shellcheck source=../../../../scripts/common.sh
. "$(dirname "$0")/../../../../scripts/common.sh"
# shellcheck source=../lib/in-root.sh
. "${testdir}/lib/in-root.sh"

[ $# -ge 2 ] || die "usage: in-suite.sh SUITE COMMAND [ARG]..."
suite=$1
shift
root=$(suite_root "${suite}")
log=${root}.log

# $1: a directory to mount at the same path below the root
show() {
	mkdir -p "$1" "${root}$1"
	mount --bind "$1" "${root}$1"
}

make_or_keep() {
	flock 9
	keep_root "${root}" "${suite}"
}

mkdir -p "${root%/*}"
make_or_keep > "${log}" 2>&1 9> "${root}.lock" || die "no root of Debian ${suite}; see ${log}"
show "${topdir}"
mkdir -p "${root}.build"
mount --bind "${root}.build" "${root}${builddir}"
[ -z "${SHOW-}" ] || show "${SHOW}"
# Only below a mount point can a command have mounts of its own.
mount --rbind "${root}" "${root}"
inside KHEADERS_SUITE="${suite}" ${V:+"V=${V}"} "$@"
