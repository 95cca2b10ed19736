#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Run tests, and end with the line "N passed, N failed".
#
# Usage: check.sh GROUP
#
# GROUP is "check" or one of those below, each of which is a make target, too.
# The tests of "check" go on in two rows at the same time, as most keep one
# processor busy; those that build in the same trees are in the same row.
#
# A test is an executable in tests/ that writes TAP; prove sees to it that one
# that dies, or leaves out what it planned, is a failure.

. "$(dirname "$0")/common.sh"

group=${1-}
args=
beside=
case ${group} in
check)
	set -- lint docs dist overlay strip bad-input tools musl vmlinux-h 32bit safe guest clients
	beside="userland packer repro loud killed kit kernels matrix"
	;;
lint) set -- lint docs ;;
host) set -- dist overlay strip bad-input userland packer repro loud killed kit ;;
guest) set -- guest kernels fidelity ;;
tools)
	set -- tools musl vmlinux-h 32bit safe
	args="6.1 7.3"
	;;
kernels)
	set -- kernels
	args="5.10:m 5.10:y 5.10:n 6.1:m 6.1:y 6.1:n 6.12:m 6.12:y 6.12:n 6.12:m:arm64
		6.12:m:riscv64 6.12:m:qemu 7.2:m 7.2:n 7.3:m 7.3:y 7.3:n"
	;;
dkms | clients | matrix)
	set -- "$1"
	args=all
	;;
soak)
	set -- soak
	args="6.12:um:1000"
	;;
size | packages | readme | hosts | series | configs | kbuild | android) set -- "$1" ;;
*) die "${group}: no group of tests; see make help" ;;
esac

# The formatter is the one that shows each line as it comes, also into a pipe.
# $1: the log, then tests
run() {
	row_log=$1
	shift
	for test in "$@"; do
		set -- "$@" "${here}/tests/${test}.t"
		shift
	done
	# shellcheck disable=SC2086 # a list
	{
		prove --verbose --merge --timer --nocolor --formatter TAP::Formatter::Console \
			--exec '' "$@" :: ${args} || echo "prove: failed"
	} 2>&1 | tee "${row_log}"
}

"${here}/packages.sh" lint
mkdir -p "${builddir}"
log=${builddir}/check-${group}.log
begin=$(seconds)
: > "${log}-beside"
# shellcheck disable=SC2086 # a list
[ -z "${beside}" ] || run "${log}-beside" ${beside} &
run "${log}" "$@"
wait
cat "${log}-beside" >> "${log}"
rm "${log}-beside"

count() {
	grep -c "$1" "${log}" || :
}

# A test that died or kept back some of its plan has parse errors.
skipped=$(count '^ok .*# SKIP')
passed=$(($(count '^ok [0-9]') - skipped))
todo=$(count '^not ok .*# TODO')
failed=$(($(count '^not ok ') - todo + $(count '^  Parse errors:')))
if [ "$(count '^prove: failed')" != 0 ] && [ "${failed}" = 0 ]; then
	failed=1
fi
echo "$(($(seconds) - begin)) s, ${skipped} skipped, ${todo} to do; all output is in ${log}"
echo "${passed} passed, ${failed} failed"
[ "${failed}" = 0 ]
