#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest that panics, hangs or is silent fails, and a slow guest does not; boot.sh returns
# the exit status of the script.
#
# shellcheck disable=SC2016 # variables of scripts

without_root=yes
. "$(dirname "$0")/../lib/own-mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"

dir=$("${testdir}/build/kernel.sh" um "${latest}")

# $1: exit status wanted, $2: what stderr must have, then the script's lines
ends() {
	want=$1
	pattern=$2
	shift 2
	printf '%s\n' '#!/bin/sh' "$@" > "${tmp}/script"
	chmod +x "${tmp}/script"
	mkdir -p "${tmp}/guest"
	status=0
	"${testdir}/boot/boot.sh" -t "${idle}" -s "${silence}" -a "${append}" um "${dir}/image" \
		"${tmp}/script" "${tmp}/guest" 2> "${tmp}/stderr" || status=$?
	cat "${tmp}/stderr"
	echo "status ${status}, wanted ${want}"
	[ "${status}" = "${want}" ] &&
		grep -q -e "${pattern}" "${tmp}/stderr" "${tmp}/guest/console"
}

# Two that run at the same time; the file go ends them.
begin_two() {
	printf '%s\n' '#!/bin/sh' 'until [ -e /mnt/go ]; do sleep 0.2; done' > "${tmp}/script"
	for n in 1 2; do
		mkdir "${tmp}/two-${n}"
		"${testdir}/boot/boot.sh" um "${dir}/image" "${tmp}/script" "${tmp}/two-${n}" &
	done
}

# $1: the directory of a guest; print the ID of a process of it
process_of() {
	grep -l -a "GUEST_DIR[=]$1" /proc/[0-9]*/cmdline 2> /dev/null |
		sed -n 's:^/proc/\([0-9]*\)/.*:\1:p;q' | grep .
}

# $1: the directory of a guest; print the processors it may use, when it runs
processors_of() {
	until pid=$(process_of "$1"); do
		sleep 0.1
	done
	sed -n 's/^Cpus_allowed_list:[[:blank:]]*//p' "/proc/${pid}/status"
}

# Nobody else's guests count: boot.sh takes processors by locks on directories.
own_processors() {
	ls -d /sys/devices/system/cpu/cpu[0-9]* > "${tmp}/processors"
	mount -t tmpfs tmpfs /sys/devices/system/cpu
	xargs mkdir < "${tmp}/processors"
}

on_two_processors() {
	[ "$(id -u)" != 0 ] || own_processors
	begin_two
	first=$(processors_of "${tmp}/two-1")
	second=$(processors_of "${tmp}/two-2")
	touch "${tmp}/two-1/go" "${tmp}/two-2/go"
	wait
	echo "on ${first} and ${second}"
	# The locks of others count where they cannot be hidden.
	[ "${first}" != "${second}" ] || [ "$(nproc)" = 1 ] || [ "$(id -u)" != 0 ] || return 1
	[ "$(cat "${tmp}"/two-?/verdict)" = "$(printf '0\n0')" ]
}

# boot.sh is killed; what it has started ends, too.
ends_with_its_script() {
	rm -f "${tmp}"/two-?/go
	"${testdir}/boot/boot.sh" um "${dir}/image" "${tmp}/script" "${tmp}/two-1" &
	processors_of "${tmp}/two-1"
	kill -s KILL $!
	while process_of "${tmp}/two-1"; do
		sleep 0.1
	done
}

with_no_home() {
	(
		export HOME=/nonexistent
		ends 0 "" true
	)
}

append=
idle=60
silence=600
check "status 0" ends 0 "" true
check "status 7" ends 7 "" "exit 7"
check "what the script says is on the console" ends 0 "here I am" "echo here I am"
check "no verdict" ends 125 "ended without a verdict" "busybox poweroff -f"
append="init=/no/such/init"
check "a panic" ends 125 "Kernel panic" true
append=
idle=6
check "a hang" ends 124 "no processor time used for 6 s" "sleep 1000000"
check "longer than that, and at work" ends 0 "" \
	'while read -r up _ < /proc/uptime && [ "${up%%.*}" -lt 20 ]; do :; done'
idle=60
silence=6
check "at work, and says nothing" \
	ends 124 "nothing written in 6 s of processor time" "while :; do :; done"
silence=600
check "two at once, each on a processor of its own" on_two_processors
check "no guest outlives what has started it" ends_with_its_script
# As in a container
small_shm() {
	mount -t tmpfs -o "$1" tmpfs /dev/shm
	ends 0 "" "dd if=/dev/zero of=/run/zero bs=1M count=100" && umount /dev/shm
}
if [ "$(id -u)" = 0 ]; then
	check "a small /dev/shm" small_shm size=64m
	check "a /dev/shm with noexec" small_shm noexec
fi
check "no home directory" with_no_home
check "the host's headers are not there" ends 0 "" "! ls -A /usr/src | grep ."
check "the host's file system stays as it is" ends 0 "" "echo > /usr/bin/kheaders-was-here"
check "nothing written to the host" [ ! -e /usr/bin/kheaders-was-here ]
finish
