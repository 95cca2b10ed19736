# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Functions and variables that scripts and tests share. Sourced by them.

set -eu

unset CDPATH
# The repository, from any directory in it
topdir=$(cd "$(dirname "$0")" &&
	until [ -e kernel/gen_kheaders.sh ] || [ "${PWD}" = / ]; do cd ..; done && pwd -P)
fetchdir=${topdir}/scripts/fetch
testdir=${topdir}/tools/testing/kheaders
# The directory that keeps everything that is expensive to build
builddir=${topdir}/build
: "${fetchdir}" "${testdir}" "${builddir}"
# shellcheck source=versions.sh
. "${topdir}/scripts/versions.sh"
# shellcheck source=environment.sh
. "${topdir}/scripts/environment.sh"
me=$(basename "$0" .sh)

die() {
	echo "${me}: $*" >&2
	exit 1
}

# Run a command with its output in a log, and show the end of the log if the command
# fails. V=1 shows the command. $1: the log, then the command
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

# Show the progress of a build that writes the log $1 and began at ${begun}; the build
# compiles ${to_compile} files, if that is known.
progress() {
	compiled=$(grep -c '^  CC ' "$1" || :)
	if [ "${compiled}" -ge 10 ] && [ "${compiled}" -le "${to_compile:-0}" ]; then
		left=$((($(seconds) - begun) * (to_compile - compiled) / compiled))
		echo "  ... ${compiled} of ${to_compile} files compiled, about $(((left + 59) / 60)) min to go"
	else
		echo "  ... $(wc -l < "$1") lines in ${1#"${topdir}/"}: $(tail -n 1 "$1")"
	fi
}

# Like run_logged, for commands that take minutes: shows the progress now and then, on a
# terminal in one line.
run_long() {
	begun=$(seconds)
	erase=
	pause=30
	if [ -t 2 ]; then
		erase=$(printf '\r\033[K')
		pause=3
	fi
	# If this shell is killed, this must end as well, and keep no lock, nor a pipe that
	# somebody reads to its end.
	while sleep "${pause}" > /dev/null 2>&1 && kill -s 0 $$ 2> /dev/null; do
		line=$(progress "$1")
		if [ "${erase}" ]; then
			printf '%s%.78s' "${erase}" "${line}"
		else
			echo "${line}"
		fi >&2
	done > /dev/null 9>&- &
	ticker=$!
	status=0
	run_logged "$@" || status=$?
	kill "${ticker}"
	printf '%s' "${erase}" >&2
	return "${status}"
}

# Compile files that several trees share only once, if ccache is installed. Only for
# builds by one user. What a file includes is known from the dependencies that Kbuild asks
# for, so that a file is not preprocessed in vain. ccache then sees no .incbin; the kernel's
# own follow from the configuration, which each file includes.
use_ccache() {
	export PATH="/usr/lib/ccache:${PATH}" CCACHE_DIR="${builddir}/ccache" CCACHE_NOHASHDIR=1
	export CCACHE_DEPEND=1
}

# Let one run at a time go on from here, so that nothing is fetched or built twice. $1: a
# file for this, which is kept, and which other users cannot open and lock. ksh closes
# descriptors of its own in programs, unless they are named.
lock() {
	mkdir -p "$(dirname "$1")"
	(umask 077 && : >> "$1")
	exec 9> "$1"
	flock 9 9>&9
}

seconds() {
	date +%s
}

# Trees share files by hard links, so replace a file instead of writing to it. $1: the
# new file, $2: the file to replace
replace_file() {
	cp "$1" "$2.new" && mv -f "$2.new" "$2"
}

# Is no file below $1 a program or an object?
no_elf_file() {
	! grep -r -l -a -F "$(printf '\177ELF')" "$1"
}

# Print the address of the machine's mirror. $1: Debian or Debian-Security
mirror() {
	# shellcheck disable=SC2016 # the variables are apt's
	apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
		awk -v label="$1" '$1 == label { print $2; exit }'
}

# Make $1.tmp, a small root of Debian. $2: the suite, $3: packages, separated by
# commas, then options of debootstrap
bootstrap() {
	to=$1
	suite=$2
	packages=$3
	shift 3
	"${fetchdir}/packages.sh" hosts >&2
	uri=$(mirror Debian)
	[ "${uri}" ] ||
		die "apt has no package lists of a mirror of Debian; run apt-get update, or add a" \
			"mirror to its sources"
	rm -rf "${to}.tmp"
	run_long "${to}.log" debootstrap --variant=minbase --include="${packages}" "$@" \
		"${suite}" "${to}.tmp" "${uri}"
}
