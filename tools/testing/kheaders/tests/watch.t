#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A test or guest that is interrupted, or shows no sign of life, is ended: it may put back
# what it has changed, and is killed if it goes on. See lib/watch.sh.

. "$(dirname "$0")/../lib/tap.sh"

# $1: seconds without processor time after which a command is given up, then the command
watched() {
	idle_limit=$1 silence_limit=7200 watched=${tmp}/log given_up=${tmp}/given-up \
		exec sh -c 'shift; . "$0" && run_watched "$@"' "${testdir}/lib/watch.sh" "$@"
}

# As above; print the status.
status_of() {
	(watched "$@") && echo 0 || echo $?
}

gone() {
	! kill -s 0 "$(cat "${tmp}/pid")" 2> /dev/null
}

touch "${tmp}/log"
cat > "${tmp}/edits.sh" <<'END'
trap 'rm "$1/edited"' EXIT
trap 'exit 1' TERM
echo $$ > "$1/pid"
touch "$1/edited"
sleep 1000
END
cat > "${tmp}/goes-on.sh" <<'END'
trap '' TERM
echo $$ > "$1/pid"
while :; do sleep 1; done
END

keeps_status() {
	[ "$(status_of 60 sh -c 'exit 3')" = 3 ]
	[ ! -e "${tmp}/given-up" ]
}

idle() {
	[ "$(status_of 4 sh "${tmp}/edits.sh" "${tmp}")" != 0 ]
	grep "no processor time used for 4 s" "${tmp}/given-up"
	[ ! -e "${tmp}/edited" ]
	gone
}

interrupted() {
	rm -f "${tmp}/pid"
	watched 60 sh "${tmp}/edits.sh" "${tmp}" &
	until [ -s "${tmp}/pid" ] && [ -e "${tmp}/edited" ]; do
		sleep 0.1
	done
	kill -s TERM $!
	wait $! || :
	[ ! -e "${tmp}/edited" ]
	gone
}

goes_on() {
	[ "$(status_of 4 sh "${tmp}/goes-on.sh" "${tmp}")" != 0 ]
	gone
}

# The holder lets go after many more looks than an idle command gets.
waits_for_lock() {
	touch "${tmp}/lock"
	flock "${tmp}/lock" sleep 16 &
	until ! flock -n "${tmp}/lock" true; do
		sleep 0.1
	done
	[ "$(status_of 4 flock "${tmp}/lock" sh -c 'exit 3')" = 3 ]
	wait
}

# A parent is in this state until its child of vfork() has ended.
waits_for_disk() {
	cat > "${tmp}/stands.c" <<-END
		#include <unistd.h>

		int main(void)
		{
			if (!vfork()) {
				sleep(10);
				_exit(0);
			}
			return 3;
		}
	END
	cc -o "${tmp}/stands" "${tmp}/stands.c"
	[ "$(status_of 4 "${tmp}/stands")" = 3 ]
}

# What reads the output of a script to its end would wait for it. The only other child of
# the shell is what shows the progress.
progress_keeps_no_pipe() {
	cat > "${tmp}/looks.sh" <<-'END'
		for stat in /proc/[0-9]*/stat; do
			read -r pid _ _ ppid _ < "${stat}" || continue
			[ "${ppid}" != "${PPID}" ] || [ "${pid}" = $$ ] || break
		done 2> /dev/null
		# It may not have begun yet.
		for _ in $(seq 100); do
			readlink "/proc/${pid}/fd/1" "/proc/${pid}/fd/9" > "$1"
			[ "$(cat "$1")" != /dev/null ] || exit 0
			sleep 0.1
		done
	END
	# shellcheck disable=SC2016 # variables of that shell
	sh -c '. "$(dirname "$0")/common.sh"; lock "$1/lock"
		run_long "$1/long.log" sh "$1/looks.sh" "$1/found"' \
		"${topdir}/scripts/common.sh" "${tmp}" | cat
	[ "$(cat "${tmp}/found")" = /dev/null ]
}

check "the status is the command's" keeps_status
check "idle: given up, and it could clean up" idle
check "it waits for a lock: not given up" waits_for_lock
check "it waits for the disk: not given up" waits_for_disk
check "the progress of a build keeps no pipe and no lock" progress_keeps_no_pipe
check "interrupted: it could clean up" interrupted
check "it goes on: killed" goes_on
finish
