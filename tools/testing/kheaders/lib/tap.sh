# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# TAP for the tests in tests/. Each test sources this file, calls check or check_fails for
# each line of its output, and ends with finish.

# shellcheck source=../../../../scripts/common.sh
. "$(dirname "$0")/../../../../scripts/common.sh"

tmp=$(mktemp -d)
trap 'rm -rf "${tmp}"' EXIT
trap 'exit 1' HUP INT TERM
count=0
failed=0

report() {
	count=$((count + 1))
	echo "$1 ${count} - $2"
	if [ "$1" = "not ok" ]; then
		failed=$((failed + 1))
		tail -n 20 "${tmp}/output" | sed 's/^/#   /'
	fi
}

# Run a command, and set ${result} to its status. In a condition, or before "||", -e would not
# count, and a function would succeed if its last command does.
try() {
	set +e
	(
		set -e
		"$@"
	)
	result=$?
	set -e
}

# $1: the statement to show, then the command that shows it
check() {
	what=$1
	shift
	try "$@" > "${tmp}/output" 2>&1
	if [ "${result}" = 0 ]; then
		report ok "${what}"
	else
		report "not ok" "${what}"
	fi
}

# $1: the exit status, $2: the statement to show, $3: a pattern of grep -E, then a command
# that must exit so and print exactly one line on stderr, which matches the pattern
check_exits() {
	wanted=$1
	what=$2
	pattern=$3
	shift 3
	status=0
	"$@" > "${tmp}/stdout" 2> "${tmp}/output" || status=$?
	if [ "${status}" = "${wanted}" ] && [ "$(wc -l < "${tmp}/output")" = 1 ] &&
		grep -q -E -e "${pattern}" "${tmp}/output"; then
		report ok "${what}"
	else
		echo "status ${status}, wanted ${wanted} and one line with: ${pattern}" \
			>> "${tmp}/output"
		report "not ok" "${what}"
	fi
}

# As check_exits, with status 1
check_fails() {
	check_exits 1 "$@"
}

# Note what has been shown of a line of kernels, unless a check has failed since
# ${failed} was $1: see lines.sh. $2: a tree of it, $3: applied, built, booted or
# modules
record() {
	[ "${failed}" = "$1" ] || return 0
	line=$(sed -n -E 's/^(VERSION|PATCHLEVEL) *= *//p' "$2/Makefile" | paste -s -d .)
	(
		flock 6
		touch "${builddir}/results"
		sed -i "/^${line} $3 ${me} /d" "${builddir}/results"
		echo "${line} $3 ${me} $(date +%F)" >> "${builddir}/results"
	) 6> "${builddir}/results.lock"
}

# Report what a guest has: $1: its name, $2: a file of TAP; the lines of
# kselftest's programs come after "# ", up to 4.19 as they are, and its own were
# then "ok 1..1 NAME [PASS]".
relay() {
	sed -n -E 's/^(# )?((not )?ok) (1\.\.)?[0-9]+ (- )?(.*)/\2|\6/p' "$2" > "${tmp}/lines"
	: > "${tmp}/output"
	while IFS='|' read -r verdict what; do
		case ${what} in
		*SKIP*) ;;
		*) report "${verdict}" "$1: ${what}" ;;
		esac
	done < "${tmp}/lines"
}

# $1: a TAP file of the kselftests, which has the results of all four programs
kselftest_ran() {
	[ "$(grep -c -E '^(not )?ok (1\.\.)?[0-9]+ selftests: kheaders:' "$1")" = 4 ]
}

# $1: a TAP file, which has all planned lines
plan_ran() {
	grep -q -x "1..$(grep -c -E '^(not )?ok ' "$1")" "$1"
}

finish() {
	echo "1..${count}"
}

# A directory with links to all programs but those named, to be the PATH.
# $1: the directory, then the programs that must not be found
path_without() {
	bin=$1
	shift
	mkdir -p "${bin}"
	for d in /sbin /usr/sbin /bin /usr/bin; do
		find "${d}/" -maxdepth 1 ! -type d -exec ln -sf -t "${bin}" {} +
	done
	for program in "$@"; do
		rm -f "${bin}/${program}"
	done
}

# Make a small kernel tree of a few files, for tests that do not depend on its size. $1:
# the tree, $2: the destination
copy_small_tree() {
	mkdir -p "$2/init" "$2/kernel" "$2/scripts"
	for file in Makefile Kbuild init/Kconfig kernel/Makefile kernel/.gitignore \
		scripts/Makefile.modfinal scripts/Makefile.modpost scripts/link-vmlinux.sh; do
		[ ! -f "$1/${file}" ] || cp -p "$1/${file}" "$2/${file}"
	done
}
