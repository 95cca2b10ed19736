#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Run tests, and end with the line "N passed, N failed".
#
# Usage: check.sh GROUP
#
# GROUP is "check" or one of those below, each of which is a make target, too.
#
# A test is an executable in tests/ that writes TAP; prove sees to it that one
# that dies, or leaves out what it planned, is a failure.

. "$(dirname "$0")/common.sh"

args=
case ${1-} in
check)
	set -- lint docs dist overlay strip bad-input packer repro loud tools safe kit guest kernels \
		fidelity dkms clients matrix
	;;
lint) set -- lint docs ;;
host) set -- dist overlay strip bad-input packer repro loud kit ;;
guest) set -- guest kernels fidelity ;;
tools)
	set -- tools safe
	args="6.1 7.3"
	;;
kernels)
	set -- kernels
	args="5.10:m 5.10:y 5.10:n 6.1:m 6.1:y 6.1:n 6.12:m 6.12:y 6.12:n 6.12:m:arm64
		7.2:m 7.2:n 7.3:m 7.3:y 7.3:n"
	;;
dkms | clients | matrix)
	set -- "$1"
	args=all
	;;
size | packages | series | configs | android) set -- "$1" ;;
*) die "${1-}: no group of tests; see make help" ;;
esac

"${here}/packages.sh" lint
mkdir -p "${builddir}"
log=${builddir}/check.log
begin=$(seconds)
for test in "$@"; do
	set -- "$@" "${here}/tests/${test}.t"
	shift
done
# The formatter is the one that shows each line as it comes, also into a pipe.
# shellcheck disable=SC2086 # a list
{
	prove --verbose --merge --timer --nocolor --formatter TAP::Formatter::Console \
		--exec '' "$@" :: ${args} || echo "prove: failed"
} 2>&1 | tee "${log}"

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
