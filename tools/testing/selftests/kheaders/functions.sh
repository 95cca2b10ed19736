# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# KTAP for the shell tests of kheaders; sourced by them.

file=/sys/kernel/kheaders.tar.xz
# shellcheck disable=SC2034 # for those who source this
proc_file=/proc/kheaders.tar.xz
KSFT_SKIP=4
tests=0
failed=0
# Results go to this descriptor, whatever happens to the output of tested commands.
exec 7>&1

skip_all() {
	echo "1..0 # SKIP $*"
	exit "${KSFT_SKIP}"
}

# $1: the description, then the command to test
check() {
	tests=$((tests + 1))
	name=$1
	shift
	echo "# ${name}"
	if "$@"; then
		echo "ok ${tests} ${name}" >&7
	else
		echo "not ok ${tests} ${name}" >&7
		failed=$((failed + 1))
	fi
}

finish() {
	echo "1..${tests}" >&7
	[ "${failed}" = 0 ] || exit 1
	exit 0
}

# Skip all tests if the archive does not exist and cannot be loaded.
need_archive() {
	[ "$(id -u)" = 0 ] || skip_all "must be root"
	[ -e "${file}" ] || modprobe -q kheaders || skip_all "no ${file}, and no module of it"
}

is_module() {
	grep -q '^kheaders ' /proc/modules
}

# No oops, no warning, no report of a debugging option since boot. Before the
# kernel's clock runs nothing of ours does.
log_is_clean() {
	log=$(dmesg) || return
	log=$(echo "${log}" | sed '/^\[ *0\.000000\]/d')
	! echo "${log}" | grep -E 'BUG:|WARNING:|Oops|possible recursive|unreferenced object'
}
