# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Functions to run commands in a Debian root. Sourced by tests that have a mount namespace
# of their own, and set ${root}. Needs root, and a network for packages.
# shellcheck disable=SC2154 # variables of those

# $1: a root, then variables and a command
chroot_env() {
	in=$1
	shift
	chroot "${in}" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@" < /dev/null
}

inside() {
	chroot_env "${root}" "$@"
}

# Print where in-suite.sh keeps the root of a suite; the root's own build/ is in the
# directory beside it, with .build in its name. $1: the suite
suite_root() {
	echo "${builddir}/suite/$1"
}

# The mirror may be a copy of some day.
apt() {
	inside apt-get -q -y -o Dpkg::Options::=--force-unsafe-io "$@"
}

# $1: a root, $2: a directory for the packages that are fetched
mount_root() {
	mount -t proc proc "$1/proc" && mkdir -p "$2/partial" &&
		mount --bind "$2" "$1/var/cache/apt/archives" &&
		echo 'Acquire::Check-Valid-Until "false";' > "$1/etc/apt/apt.conf.d/80kheaders-test"
}

# $1: where, $2: a suite, if it is not the machine's own. In these functions each command
# depends on the one before, because -e does not count where their callers look at failures.
copy_bare_root() {
	bare=$("${fetchdir}/debian-root.sh" ${2:+"$2"}) && rm -rf "$1" && mkdir -p "$1" &&
		cp -a "${bare}/." "$1"
}

# A copy of the bare root, with what was fetched before. $1, $2: as above
make_root() {
	copy_bare_root "$@" && mount_root "$1" "${bare}.debs" &&
		chroot_env "$1" apt-get -q update
}

# Like make_root, but keep an existing root with its installed packages.
keep_root() {
	[ -d "$1" ] || { copy_bare_root "$1.tmp" "$2" && mv "$1.tmp" "$1"; } || return
	mount_root "$1" "$1.debs"
}
