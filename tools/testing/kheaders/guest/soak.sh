#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs in a guest whose kernel has all checkers on: runs the kselftests, then loads and
# unloads kheaders.ko ${SOAK_ROUNDS} times while other processes read and other modules come
# and go, then loads it while one allocation after the other fails. /mnt has modules/, from
# modules_install, kselftest/, from the installation of the kselftests, built/, other
# modules, and fail-nth. Writes kselftest.tap and soak.tap to /mnt for the host. Messages
# after the line "faults" in the kernel's log are provoked.

# shellcheck source=../../selftests/kheaders/functions.sh
. /mnt/kselftest/kheaders/functions.sh

debugfs=/sys/kernel/debug
tmp=/tmp/soak
module=${tmp}/kheaders.ko

# lockdep goes off at its first report.
checkers_are_on() {
	[ -e "${debugfs}/kmemleak" ] && grep -q '^ *debug_locks: *1$' /proc/lockdep_stats
}

# Objects younger than five seconds are not reported, and a pointer may be in transit
# while memory is scanned, so only objects that are reported twice count.
no_leak() {
	sleep 6
	echo scan > "${debugfs}/kmemleak"
	echo scan > "${debugfs}/kmemleak"
	sed 's/^/# /' "${debugfs}/kmemleak"
	[ -z "$(cat "${debugfs}/kmemleak")" ]
}

# $1: a number. What can be read is whole; most times the file goes meanwhile.
read_archive() {
	n=0
	while [ ! -e "${tmp}/stop" ]; do
		for f in "${file}" "${proc_file}"; do
			cat "${f}" > "${tmp}/archive$1" 2> /dev/null || continue
			if cmp "${tmp}/archive$1" "${tmp}/copy" >> "${tmp}/wrong" 2>&1; then
				n=$((n + 1))
				: > "${tmp}/read/$1"
			else
				cp "${tmp}/archive$1" "/mnt/wrong-archive$1"
			fi
		done
	done
	echo "${n}" > "${tmp}/count/archive$1"
}

others_come_and_go() {
	n=0
	while [ ! -e "${tmp}/stop" ]; do
		for name in exports uses inlines hello; do
			insmod "${tmp}/kheaders_${name}.ko" ||
				echo "insmod ${name}" >> "${tmp}/wrong"
		done
		for name in uses hello inlines exports; do
			rmmod "kheaders_${name}" || echo "rmmod ${name}" >> "${tmp}/wrong"
		done
		n=$((n + 1))
	done
	echo "${n}" > "${tmp}/count/others"
}

# Until each has read all of it once
let_them_read() {
	rm -f "${tmp}"/read/*
	insmod "${module}" || return
	while [ "$(find "${tmp}/read" -type f | wc -l)" != 8 ]; do
		sleep 0.1
	done
	rmmod kheaders
}

# Ahead of the others, who are many
load_and_unload() {
	renice -n -10 -p $$ > /dev/null
	for round in $(seq "${SOAK_ROUNDS}"); do
		if ! insmod "${module}" || ! rmmod kheaders; then
			echo "# round ${round}"
			return 1
		fi
		[ $((round % 100)) != 0 ] || echo "soak: ${round} loads" > /dev/kmsg
		[ $((round % 50)) != 1 ] || let_them_read || return
	done
}

# Nobody has seen anything wrong, and all have done something.
all_is_right() {
	sort "${tmp}/wrong" | uniq -c | sed 's/^/# /'
	[ ! -s "${tmp}/wrong" ] && [ "$(cat "${tmp}"/count/* | wc -l)" = 9 ] &&
		! grep -q -x 0 "${tmp}"/count/*
}

under_load() {
	: > "${tmp}/wrong"
	for n in 1 2 3 4 5 6 7 8; do
		read_archive "${n}" &
	done
	others_come_and_go &
	load_and_unload
	result=$?
	: > "${tmp}/stop"
	wait
	renice -n 0 -p $$ > /dev/null
	return "${result}"
}

# Let allocations that may sleep fail as well, without messages.
prepare_failslab() {
	echo N > "${debugfs}/failslab/ignore-gfp-wait"
	echo 0 > "${debugfs}/failslab/verbose"
}

nothing_is_left() {
	! is_module && [ ! -e /sys/module/kheaders ] && [ ! -e "${file}" ] &&
		[ ! -e "${proc_file}" ]
}

is_whole() {
	cmp "${file}" "${tmp}/copy" && cmp "${proc_file}" "${tmp}/copy"
}

# After a failure, the module is loaded completely or not at all. $1: the number of the
# allocation
load_with_failure() {
	/mnt/fail-nth "$1" "${module}" >> "${tmp}/errors"
	status=$?
	case ${status} in
	0 | 2) is_whole && rmmod kheaders && nothing_is_left ;;
	1) nothing_is_left ;;
	*) false ;;
	esac
}

# The first allocation fails, then the second, until the module makes no more.
fail_one_after_the_other() {
	nth=0
	loaded=0
	status=
	until [ "${status}" = 2 ]; do
		nth=$((nth + 1))
		load_with_failure "${nth}" || {
			echo "# allocation ${nth}, status ${status}"
			return 1
		}
		[ "${status}" != 0 ] || loaded=$((loaded + 1))
	done
}

some_failed() {
	sort "${tmp}/errors" | uniq -c | sed 's/^ */# /'
	[ "$(wc -l < "${tmp}/errors")" -ge 50 ]
}

# Each is to be reported; those after which lockdep is off come last. What is
# leaked stays so when the module is gone.
provoke() {
	echo "soak: faults" > /dev/kmsg
	for what in warn leak sleep lock free; do
		insmod "${tmp}/kheaders_faults.ko" what="${what}" && rmmod kheaders_faults || return
	done
	! no_leak > /mnt/kmemleak
}

# $1: what took that long, since ${begin}
seconds() {
	echo "# $1: $(($(date +%s) - begin)) s"
	begin=$(date +%s)
}

begin=$(date +%s)
cp -R /mnt/modules/lib/modules/. /lib/modules
mkdir -p "${tmp}/count" "${tmp}/read"
mount -t debugfs none "${debugfs}"
# A pipe, as the runner appends to its own standard output.
/mnt/kselftest/run_kselftest.sh 2>&1 | cat > /mnt/kselftest.tap

exec > /mnt/soak.tap 2>&1 7>&1
seconds kselftests
need_archive
cat "${file}" > "${tmp}/copy"
rmmod kheaders
cp "$(modinfo -n kheaders)" /mnt/built/*.ko "${tmp}"

check "checkers are on" checkers_are_on
check "${SOAK_ROUNDS} loads and unloads under load" under_load
seconds "${SOAK_ROUNDS} loads and unloads"
(cd "${tmp}/count" && grep . ./*) | sed 's:^\./:# :'
check "all is right, all have got on" all_is_right
check "no leak" no_leak
prepare_failslab
begin=$(date +%s)
check "load while each allocation in turn fails" fail_one_after_the_other
seconds "$((nth - 1)) allocations, ${loaded} of them not needed"
check "most loads failed" some_failed
check "a load that nothing disturbs" insmod "${module}"
check "the archive is whole" is_whole
check "no leak in these" no_leak
check "checkers are still on" checkers_are_on
check "faults" provoke
finish
