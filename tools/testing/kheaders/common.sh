# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What the scripts of this directory share; sourced by them.

set -eu

# Where these scripts are; tap.sh, whose users are one further down, sets it.
: "${here:=$(cd "$(dirname "$0")" && pwd)}"
topdir=$(realpath "${here}/../../..")
# What is dear to make is kept here.
# shellcheck disable=SC2034 # used by those who source this
builddir=${topdir}/build
me=$(basename "$0" .sh)

die() {
	echo "${me}: $*" >&2
	exit 1
}

# Commands are shown with V=1, their output is kept in a log either way.
# $1: the log, then the command; its end is shown if it fails.
run_logged() {
	log=$1
	shift
	mkdir -p "$(dirname "${log}")"
	if [ "${V-}" = 1 ]; then
		echo "+ $*" >&2
	fi
	"$@" > "${log}" 2>&1 < /dev/null || {
		echo "${me}: $1 failed, status $?; ${log} ends:" >&2
		tail -n 15 "${log}" | sed 's/^/  | /' >&2
		return 1
	}
}

# Like run_logged, for what takes minutes: tells now and then how far it is.
run_long() {
	while sleep 30 > /dev/null 2>&1; do
		echo "  ... $(wc -l < "$1") lines in ${1#"${topdir}/"}: $(tail -n 1 "$1")" >&2
	done &
	ticker=$!
	status=0
	run_logged "$@" || status=$?
	kill "${ticker}"
	return "${status}"
}

seconds() {
	date +%s
}

# No file below $1 is a program or an object.
no_elf_file() {
	! grep -r -l -a -F "$(printf '\177ELF')" "$1"
}

# $1: Debian or Debian-Security; the address of the machine's mirror of it
mirror() {
	# shellcheck disable=SC2016 # the variables are apt's
	apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
		awk -v label="$1" '$1 == label { print $2; exit }'
}
