# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# shellcheck disable=SC2034 # used by those who source this
#
# For tests of the kheaders command: run in a mount namespace, where /mnt and /var/cache are
# new and empty, with the command in /mnt/bin, and a build with sanitizers in /mnt/asan.
# Sourced, with the test's arguments, before tap.sh; needs root.

. "$(dirname "$0")/../../../../scripts/common.sh"
. "${testdir}/lib/own-mounts.sh"
"${fetchdir}/packages.sh" build tools tools-check
mount -t tmpfs -o mode=755 tmpfs /mnt
mount -t tmpfs -o mode=755 tmpfs /var/cache

source=${topdir}/tools/kheaders
release=9.9.9-test
# Objects are kept in build/, and the log is what failed.
built=${builddir}/tools-check
mkdir -p "${built}"
(
	flock 9
	make -s -C "${source}" O="${built}/bin" > /mnt/make.log &&
		make -s -C "${source}" O="${built}/asan" SANITIZE=1 CFLAGS=-O1 all \
			>> /mnt/make.log &&
		cp -a "${built}/bin" "${built}/asan" /mnt
) 9> "${built}/flock"
export UBSAN_OPTIONS=halt_on_error=1 ASAN_OPTIONS=exitcode=99 LC_ALL=C
kheaders=/mnt/asan/kheaders
dir=$("${testdir}/build/kernel.sh" um "${latest}")
# The archives depend on two files only, and take ten seconds to make.
make_archives() {
	set -- "${testdir}/programs/archives.py" "${dir}/obj/kernel/kheaders-0.tar.xz"
	sha256sum "$@" > /mnt/sums
	cmp -s /mnt/sums "${built}/archives/sums" || {
		rm -rf "${built}/archives"
		mkdir "${built}/archives"
		python3 "$1" "${built}/archives" "$2"
		mv /mnt/sums "${built}/archives/sums"
	}
	cp -R "${built}/archives" /mnt
}
(
	flock 9
	make_archives
) 9> "${built}/flock"
chmod -R go+rX /mnt/archives
good=/mnt/archives/good-streams.tar.xz

# A sysfs of a kernel with a build ID; $1: where, $2: the ID, or none
make_sysfs() {
	mkdir -p "$1/kernel" "$1/module/kheaders_symvers"
	[ -z "${2-}" ] || {
		printf '\004\000\000\000\010\000\000\000\001\000\000\000GNU\000abcdefgh'
		printf '\004\000\000\000\010\000\000\000\003\000\000\000GNU\000%s' "$2"
	} > "$1/kernel/notes"
}

# /mnt/fake.so, for LD_PRELOAD. It brings libarchive and libkmod, because the functions that
# it replaces come first only if all of the library's are there.
build_fake() {
	cc -shared -fPIC -D_GNU_SOURCE -o /mnt/fake.so "${testdir}/programs/fake.c" \
		-Wl,--no-as-needed -larchive -lkmod -ldl
}

# $1: a child's process ID
has_ended() {
	[ ! -e "/proc/$1" ] || grep -q '^State:[[:blank:]]*Z' "/proc/$1/status"
}
# $1: a child's process ID
until_stopped() {
	until has_ended "$1" || grep -q '^State:.*stopped' "/proc/$1/status"; do
		sleep 0.05
	done
}
# Start a command with build_fake's library, as ${stopped}; $1: how often it has stopped then,
# before and after its renames; then words after "kheaders"
start_stopped() {
	times=$1
	shift
	LD_PRELOAD=/mnt/fake.so FAKE_STOP=2 /mnt/bin/kheaders "$@" &
	stopped=$!
	until_stopped "${stopped}"
	for _ in $(seq 2 "${times}"); do
		kill -CONT "${stopped}"
		until_stopped "${stopped}"
	done
}
# Start another command, which ends or waits for a lock, while ${stopped} has stopped; then
# both go on. $@: words after "kheaders"
run_meanwhile() {
	/mnt/bin/kheaders "$@" &
	until has_ended $! || grep -e "-> FLOCK .* $! " /proc/locks; do
		sleep 0.05
	done
	until has_ended "${stopped}"; do
		kill -CONT "${stopped}" || :
		sleep 0.05
	done
	wait "${stopped}"
	wait $!
}
