#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Run tests, and end with the line "N passed, N failed".
#
# Usage: check.sh check|lint|host|guest
#
# A test is an executable in tests/ that writes TAP; prove sees to it that one
# that dies, or leaves out what it planned, is a failure.

. "$(dirname "$0")/common.sh"

case ${1-} in
check) set -- lint overlay strip bad-input guest kernels ;;
lint) set -- lint ;;
host) set -- overlay strip bad-input ;;
guest) set -- guest kernels ;;
*) die "usage: check.sh check|lint|host|guest" ;;
esac

"${here}/packages.sh" lint
log=${builddir}/check.log
status=0
begin=$(seconds)
for test in "$@"; do
	set -- "$@" "${here}/tests/${test}.t"
	shift
done
{ prove --verbose --merge --timer --exec '' "$@" || echo "prove: failed"; } 2>&1 | tee "${log}"

passed=$(grep -c '^ok ' "${log}" || :)
failed=$(grep -c '^not ok ' "${log}" || :)
# What prove found that is no line of a test, such as one that died
if grep -q '^prove: failed' "${log}" && [ "${failed}" = 0 ]; then
	failed=1
fi
echo "$(($(seconds) - begin)) s; all output is in ${log}"
echo "${passed} passed, ${failed} failed"
[ "${failed}" = 0 ]
