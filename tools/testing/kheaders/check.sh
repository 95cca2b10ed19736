#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Run tests, and end with the line "N passed, N failed".
#
# Usage: check.sh [-n] GROUP
#
# GROUP is "check" or one of the groups below, each of which is also a make target.
# With ${T}, a list, only these tests of tests/ are run. With -n the names of the tests
# are printed, and none is run.
#
# Tests run in as many rows as there are processors. Each row takes the next entry of one
# list. Tests that build in the same tree are joined by "+", and run one after the other.
#
# A test is an executable in tests/ that writes TAP; for prove, a test that dies, or omits
# a planned line, is a failure. A test that stops working is given up, with the rest of
# its entry: see watch.sh.

. "$(dirname "$0")/../../../scripts/common.sh"

dry=
if [ "${1-}" = -n ]; then
	dry=yes
	shift
fi
group=${1-}
args=
case ${group} in
check)
	set -- packer+repro+killed+userland+newer+kit+gnumake+gnumake-around+tools kernels \
		clients matrix dkms kit-options lint safe faults fuzz strip loud vmlinux-h 32bit \
		robust link link-symvers clean overlay vendor guest watch dist docs bad-input
	;;
lint) set -- lint docs ;;
host)
	set -- packer+repro+killed+userland+newer+kit+gnumake+gnumake-around \
		kit-options strip loud overlay vendor dist bad-input
	;;
guest) set -- guest kernels fidelity ;;
tools)
	set -- tools musl vmlinux-h 32bit safe robust link link-symvers clean fuzz faults
	args="${usual} ${latest}"
	;;
kernels)
	set -- kernels
	for version in ${versions}; do
		args="${args} ${version}:m ${version}:y ${version}:n"
	done
	args="${args} ${longterm}:m:arm64 ${longterm}:m:riscv64 ${longterm}:m:qemu"
	[ -z "${KERNELS-}" ] || args="${KERNELS}:m ${KERNELS}:y"
	;;
dkms | clients | matrix | faults | gnumake)
	set -- "$1"
	args=all
	;;
soak)
	set -- soak
	args="${longterm}:um:1000"
	;;
variants)
	set -- variants
	for version in ${spread}; do
		args="${args} ${version}:um"
	done
	args="${args} ${latest}:thin ${latest}:full ${latest}:btf ${longterm}:btf"
	;;
series) set -- series upstream ;;
size | deb | readme | hosts | configs | kbuild | android | rust | bcc | bpftrace | cflags | \
targets | modules | btf) set -- "$1" ;;
*) die "${group}: no group of tests; see make help" ;;
esac

[ -z "${T-}" ] || {
	# shellcheck disable=SC2086 # a list
	set -- ${T}
	args=
}
for test in $(echo "$*" | tr + ' '); do
	[ -x "${testdir}/tests/${test}.t" ] ||
		die "${test}: no such test; they are those of ${testdir}/tests"
done

if [ "${dry}" ]; then
	echo "$*" | tr ' +' '\n'
	exit
fi

idle_limit=900
silence_limit=7200

# The formatter is the one that shows each line as it comes, also into a pipe.
# $1: the log, then tests
run() {
	watched=$1
	given_up=$1.given-up
	shift
	for test in "$@"; do
		set -- "$@" "${testdir}/tests/${test}.t"
		shift
	done
	# shellcheck source=lib/watch.sh
	. "${testdir}/lib/watch.sh"
	# shellcheck disable=SC2086 # a list
	{
		run_watched prove --verbose --merge --timer --nocolor \
			--formatter TAP::Formatter::Console \
			--exec '' "$@" :: ${args} || echo "prove: failed"
		[ ! -s "${given_up}" ] || echo "check: $*: given up, $(cat "${given_up}")"
	} 2>&1 | tee -a "${watched}"
}

# Print what comes next in ${list}, and take it out.
next() {
	(
		flock 9
		head -n 1 "${list}"
		sed -i 1d "${list}"
	) 9> "${list}.lock"
}

# Run tests until none is left, or this script was interrupted. $1: the log
row() {
	while kill -s 0 $$ 2> /dev/null && tests=$(next) && [ "${tests}" ]; do
		# shellcheck disable=SC2046 # a list
		run "$1" $(echo "${tests}" | tr + ' ')
	done
	: > "$1.ended"
}

# Install the packages of all tests at once. A package that a later test installs, such
# as another awk, would change the programs of tests that already run.
groups=$(for test in $(echo "$*" | tr + ' '); do
	# shellcheck disable=SC2016 # the tests' own
	sed -n 's:^"${fetchdir}/packages.sh" \([a-z0-9 -]*\)$:\1:p' "${testdir}/tests/${test}.t"
done)
# shellcheck disable=SC2086 # a list
"${fetchdir}/packages.sh" build lint check ${groups}
mkdir -p "${builddir}"
log=${builddir}/check-${group}.log
rows=$(mktemp -d "${log}.XXXXXX")
trap 'rm -rf "${rows}"' EXIT
trap 'exit 1' HUP INT TERM
list=${rows}/list
printf '%s\n' "$@" > "${list}"
begin=$(seconds)
# Tests have directories of their own in build/, one for each clone.
exec 5> "${builddir}/check.lock"
flock -n 5 5>&5 || {
	echo "check: waits for another run in this clone" >&2
	flock 5 5>&5
}
for i in $(seq "$(nproc)"); do
	row "${rows}/${i}" &
done
wait
if [ -s "${list}" ] || [ "$(find "${rows}" -name '*.ended' | wc -l)" != "$(nproc)" ]; then
	die "not all tests were run; is the disk full, or memory?"
fi
cat "${rows}"/*[0-9] > "${log}"

count() {
	grep -c "$1" "${log}" || :
}

# A test that died or kept back some of its plan has parse errors.
skipped=$(count '^ok .*# SKIP')
passed=$(($(count '^ok [0-9]') - skipped))
failed=$(($(count '^not ok ') + $(count '^  Parse errors:')))
if [ "$(count '^prove: failed')" != 0 ] && [ "${failed}" = 0 ]; then
	failed=1
fi
echo "$(($(seconds) - begin)) s, ${skipped} skipped; all output is in ${log}"
echo "${passed} passed, ${failed} failed"
[ "${failed}" = 0 ]
