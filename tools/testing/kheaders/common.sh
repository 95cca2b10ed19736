# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What the scripts of this directory share; sourced by them.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
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

seconds() {
	date +%s
}
