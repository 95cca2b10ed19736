# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Run a command for as long as it shows a sign of life. Sourced. Nothing here depends on
# the clock: checks are counted, so that the wait is longer on a machine where this script
# itself is kept waiting.

: "${idle_limit:?}" "${silence_limit:?}" "${watched:?}" "${given_up:?}"

# The processor time of process $1 and all below it, in hundredths of a second, how many of
# them wait for a lock (lines of /proc/locks with "->", a process in the sixth field), and
# how many want a processor or the disk
cpu_time() {
	cat /proc/locks /proc/[0-9]*/stat 2> /dev/null | awk -v top="$1" '
	function is_below(pid) {
		while (pid != top && pid in parent)
			pid = parent[pid]
		return pid == top
	}
	/^[0-9]+: / {
		if ($2 == "->")
			waits[$6]
		next
	}
	{
		pid = $1
		sub(/^.*\) /, "")
		runs[pid] = $1 ~ /[RD]/
		parent[pid] = $2
		used[pid] = $12 + $13 + $14 + $15
	}
	END {
		for (pid in parent)
			if (is_below(pid)) {
				total += used[pid]
				waiting += pid in waits
				running += runs[pid]
			}
		print total + 0, waiting + 0, running + 0
	}'
}

# Why process $1 is to be given up, if it is. Its processor time is ${now}, was
# ${busy} when it last had used some, and ${spoke} when it last had written; ${looks} at
# it have been made since it was busy, one in ${pause} seconds. ${waiting} are how many wait
# for a lock: who holds it may be at work for them all, for longer.
no_sign_of_life() {
	if [ $((looks * pause)) -ge $((idle_limit * (waiting > 0 ? 8 : 1))) ]; then
		echo "no processor time used for ${idle_limit} s"
	elif [ $((now - spoke)) -ge $((silence_limit * 100)) ]; then
		echo "nothing written in ${silence_limit} s of processor time"
	else
		return 1
	fi
}

# End process group $1. Its processes may put back what they have changed; those that go
# on are killed after ten looks.
end_group() {
	kill -s TERM -- "-$1" 2> /dev/null || return 0
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		sleep 1
		kill -s 0 -- "-$1" 2> /dev/null || return 0
	done
	kill -s KILL -- "-$1"
}

# End process group $1 if it shows no sign of life, or if no process waits for it any
# more.
watch() {
	now=0
	busy=0
	spoke=0
	looks=0
	before=
	# A look takes processor time, too.
	pause=$((idle_limit / 60))
	[ "${pause}" -ge 2 ] || pause=2
	while sleep "${pause}" && kill -s 0 "$1" 2> /dev/null; do
		looks=$((looks + 1))
		read -r now waiting running <<-END
			$(cpu_time "$1")
		END
		written=$(ls -ln "${watched}" || :)
		if [ "${written}" != "${before}" ]; then
			before=${written}
			spoke=${now}
		fi
		# On a busy machine it may want a processor or the disk, and get neither.
		if [ "${running}" != 0 ] || [ $((now - busy)) -gt $((idle_limit * 2)) ]; then
			busy=${now}
			looks=0
		fi
		if no_sign_of_life > "${given_up}" || ! kill -s 0 $$ 2> /dev/null; then
			end_group "$1"
		fi
	done
}

# Run a command in a process group of its own, to its end or until it is given up:
# when it has used next to no processor time for ${idle_limit} seconds, or when it
# has used ${silence_limit} seconds of processor time since ${watched}, a file, or
# a file in that directory, last got a new size. ${given_up} then says which.
run_watched() {
	rm -f "${given_up}"
	setsid setpriv --pdeathsig KILL "$@" &
	command=$!
	# A process that has ended is in the group until it is waited for.
	trap 'end_group "${command}" & wait "${command}"; wait $!; exit 1' HUP INT TERM
	watch "${command}" > /dev/null 2>&1 7<&- &
	watcher=$!
	result=0
	wait "${command}" || result=$?
	kill "${watcher}" 2> /dev/null || :
	trap - HUP INT TERM
	[ -s "${given_up}" ] || rm -f "${given_up}"
	return "${result}"
}
