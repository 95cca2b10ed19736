#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# bpftrace with the patch of contrib/bpftrace works: applied to the source in Debian sid
# and built by bpftrace.sh, it runs in a guest, where sid's own bpftrace fails.
#
# Usage: bpftrace.t
#
# ${BPFTRACE}, if set, is a directory with another source of bpftrace.

. "$(dirname "$0")/../lib/tap.sh"

if [ -z "${KHEADERS_SUITE-}" ]; then
	SHOW=${BPFTRACE-} exec "${testdir}/build/in-suite.sh" sid env BPFTRACE="${BPFTRACE-}" \
		"${testdir}/tests/bpftrace.t"
fi
# in the root, and not where check.sh looks for what the machine needs
check "packages" "${fetchdir}/packages.sh" build bcc bpftrace clients qemu tools
dir=${builddir}/bpftrace
guest=${dir}/guest
patched=${dir}/patched
mkdir -p "${dir}"
# shellcheck source=../lib/clients.sh
. "${testdir}/lib/clients.sh"

builds() {
	source=${BPFTRACE:-${dir}/source}
	[ -d "${source}" ] || "${fetchdir}/debian-package.sh" -S sid bpftrace "${source}"
	"${testdir}/build/bpftrace.sh" "${source}" "${patched}"
}

says_so() {
	LD_LIBRARY_PATH=${patched}/lib "${patched}/lib/bpftrace" --info | grep 'libkheaders.*: yes'
}

# Without types, 0.27 crashes.
fails() {
	cat "${guest}/out/own-bpftrace-sched"
	verdict "${guest}" own bpftrace sched | grep '^fails'
}

check "the patch applies, and bpftrace is built with it" builds
check "bpftrace --info names libkheaders" says_so
check "make module against Debian's headers" "${testdir}/build/debian-archive.sh" "${dir}"
make_guest "${guest}"
mkdir -p "${guest}/patched"
cp -P "${patched}"/lib/*.so* "${patched}/lib/bpftrace" "${guest}/patched"
for way in patched patched-warm own; do
	echo "${way} bpftrace sched"
done > "${guest}/plan"
status=0
boot "${guest}" || status=$?
check "the guest ends well" ended_well "${guest}" "${status}"
for way in patched patched-warm; do
	check "sched.bt, ${way}: $(cpu "${guest}" "${way}" bpftrace sched) s until it traces" \
		works "${guest}" "${way}" bpftrace sched
done
check "unpatched, it has no headers" fails
finish
