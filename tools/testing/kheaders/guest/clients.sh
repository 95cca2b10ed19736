#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs in a guest: runs clients of kernel headers one by one, while clients/load.sh
# generates events for them.
#
# /mnt has clients/; kheaders/; modules/, which becomes /lib/modules; plan; and stap/ and
# dkms/, which clients.t made. Each line of plan is a way, a group and a name. Group and
# name are from clients/table; the way is how the client finds headers:
#   own      by itself, with modprobe and tar
#   warm     like own, a second time
#   hostile  like own, after a user has created the directory in /tmp
#   link     by /lib/modules/RELEASE/build, which "kheaders link" has made
#   headers  in Debian's own headers, from headers.tar
#   patched, patched-warm  like own and warm, with a client that uses libkheaders: see
#            build/bcc.sh and build/bpftrace.sh
# Writes to /mnt: report, the plan with a verdict and seconds added to each line; out/,
# the output of each client; and cpu, the processor seconds that each client had used
# when its programs were in the kernel.

release=$(uname -r)
modules=/lib/modules/${release}
unpacked=/tmp/kheaders-${release}
out=/tmp/out
# The command line of a client
environment=
# Python's otherwise keep their output back, and stap needs a home.
export PYTHONUNBUFFERED=1 SYSTEMTAP_DIR=/tmp/systemtap SYSTEMTAP_RUNTIME=/mnt/stap/runtime

mount_all() {
	mount -t tracefs none /sys/kernel/tracing
	mount -t debugfs none /sys/kernel/debug
	mount -t bpf none /sys/fs/bpf
	# With Debian's 3 only CAP_SYS_ADMIN would do.
	sysctl -q kernel.perf_event_paranoid=1
}

prepare_load() {
	ip link set lo up
	modprobe -a loop ext4
	truncate -s 64M /tmp/image
	mkfs.ext4 -q /tmp/image
	mkdir /tmp/load
	mount -o loop /tmp/image /tmp/load
}

is_loaded() {
	grep -q '^kheaders ' /proc/modules
}

no_headers() {
	[ -z "$(ls -A /usr/src)" ] && [ ! -e "${modules}/build" ] && [ ! -e "${modules}/source" ] &&
		[ ! -e "${unpacked}" ] && ! is_loaded
}

# $1: a line of the report, without seconds
report() {
	echo "$* $(($(date +%s) - begin))" >> /mnt/report
}

# $1: process ID of a client; has it loaded a program into the kernel? Before that
# it compiles, and should have the processors for itself.
is_ready() {
	grep -q '^stap_' /proc/modules || find "/proc/$1/fd" -lname '*bpf-prog*' | grep -q .
} 2> /dev/null

# $1: process ID; with its children, in seconds
cpu_of() {
	awk '{ printf "%.1f\n", ($14 + $15 + $16 + $17) / 100 }' "/proc/$1/stat"
}

# Run a client until it has written the pattern, has ended, or has seen the load fifty
# times. Compilation may take up to hours, and each look takes a part of the processor.
# Print the verdict. $1: a pattern of grep -E, then the command
watch() {
	pattern=$1
	shift
	: > "${out}"
	"$@" > "${out}" 2>&1 < /dev/null &
	pid=$!
	looks=4000
	loads=50
	pause=5
	: > /mnt/cpu.last
	while kill -0 "${pid}" 2> /dev/null && ! grep -q -E -e "${pattern}" "${out}"; do
		looks=$((looks - 1))
		if is_ready "${pid}"; then
			[ -s /mnt/cpu.last ] || cpu_of "${pid}" > /mnt/cpu.last
			loads=$((loads - 1))
			pause=1
			/mnt/clients/load.sh /tmp/load > /mnt/load.log 2>&1
		fi
		if [ "${looks}" = 0 ] || [ "${loads}" = 0 ]; then
			break
		fi
		sleep "${pause}"
	done
	kill "${pid}" 2> /dev/null
	wait "${pid}"
	status=$?
	if grep -q -E -e "${pattern}" "${out}"; then
		echo works
	else
		echo "fails(${status})"
	fi
}

# $1: group, $2: name
run() {
	line=$(grep "^$1|$2|" /mnt/clients/table)
	command=${line#*|*|*|}
	line=${line#*|*|}
	eval "watch '${line%%|*}' ${environment} ${command}"
}

# A whole run of bcc's own: it must find nothing, and must leave no module.
run_own() {
	rm -rf "${unpacked}"
	if is_loaded; then
		rmmod kheaders
	fi
	if ! no_headers; then
		echo "headers-in-sight"
		return
	fi
	verdict=$(run "$@")
	if [ ! -e "${unpacked}/include/linux/kconfig.h" ]; then
		verdict="${verdict},not-unpacked"
	fi
	if [ "$1" = bcc ] && is_loaded; then
		verdict="${verdict},left-loaded"
	fi
	echo "${verdict}"
}

# Create the directory in /tmp, as any unprivileged user can
make_hostile() {
	rm -rf "${unpacked}"
	mkdir -p "${unpacked}/include/linux"
	echo '#error hostile headers' > "${unpacked}/include/linux/kconfig.h"
	chown -R nobody "${unpacked}"
}

# The hostile headers are not read, and with bcc /tmp does not change, which its mtime would
# show; bpftrace has files of its own there. $1: way, $2: group, $3: name
run_patched() {
	rm -rf "${unpacked}"
	[ "$1" != patched ] || rm -rf /var/cache/kheaders
	if ! no_headers; then
		echo "headers-in-sight"
		return
	fi
	make_hostile
	before=$(stat -c %y /tmp)
	verdict=$(
		environment="env PATH=/mnt/patched:${PATH} LD_LIBRARY_PATH=/mnt/patched"
		[ ! -e /mnt/patched/patched.so ] ||
			environment="${environment} LD_PRELOAD=/mnt/patched/patched.so"
		run "$2" "$3"
	)
	[ "$2" != bcc ] || [ "${before}" = "$(stat -c %y /tmp)" ] ||
		verdict="${verdict},tmp-touched"
	! is_loaded || verdict="${verdict},left-loaded"
	echo "${verdict}"
}

# Like own, without an archive
run_none() {
	mv "${modules}/extra" /tmp
	run "$@"
	mv /tmp/extra "${modules}"
}

make_link() {
	no_headers && /mnt/kheaders/kheaders link && ! is_loaded
}

install_headers() {
	no_headers && tar -xf /mnt/headers.tar -C /
}

# All packages at once, as when a kernel is installed
dkms_autoinstall() {
	mount -t tmpfs none /var/lib/dkms
	cp -R /mnt/dkms/. /usr/src
	for conf in /usr/src/*/dkms.conf; do
		dkms add "$(basename "$(dirname "${conf}")" | sed 's:-\([0-9.]*\)$:/\1:')" || return
	done
	dkms autoinstall
}

# $1: a module that dkms was to make and install
run_dkms() {
	if [ ! -e /tmp/dkms.log ]; then
		dkms_autoinstall > /tmp/dkms.log 2>&1
	fi
	cp /tmp/dkms.log "${out}"
	file=$(modinfo -n "$1" 2>> "${out}")
	case ${file} in
	*/updates/dkms/*) ;;
	*)
		echo "not-built"
		return
		;;
	esac
	modprobe "$1" >> "${out}" 2>&1 || {
		echo "not-loaded"
		return
	}
	grep "^$(echo "$1" | tr - _) .* Live" /proc/modules >> "${out}" && echo works
}

mkdir /mnt/out
cp -R /mnt/modules/lib/modules/. /lib/modules
mount_all
prepare_load
: > /mnt/report
last=
while read -r way group name; do
	begin=$(date +%s)
	: > "${out}"
	case ${way} in
	"${last}") ;;
	link)
		rm -rf "${unpacked}"
		rmmod kheaders 2> /dev/null
		make_link > /mnt/out/make-link 2>&1
		;;
	headers) install_headers > /mnt/out/install-headers 2>&1 ;;
	esac
	last=${way}
	case ${way}-${group} in
	own-*) verdict=$(run_own "${group}" "${name}") ;;
	none-*) verdict=$(run_none "${group}" "${name}") ;;
	patched*) verdict=$(run_patched "${way}" "${group}" "${name}") ;;
	hostile-*)
		make_hostile
		verdict=$(run "${group}" "${name}")
		;;
	*-dkms) verdict=$(run_dkms "${name}") ;;
	*) verdict=$(run "${group}" "${name}") ;;
	esac
	report "${way} ${group} ${name} ${verdict}"
	echo "${way} ${group} ${name} $(cat /mnt/cpu.last)" >> /mnt/cpu
	cp "${out}" "/mnt/out/${way}-${group}-${name}"
done < /mnt/plan
dmesg > /mnt/dmesg
