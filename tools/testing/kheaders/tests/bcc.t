#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# bcc with the patch of contrib/bcc works: applied to the source in Debian sid and built
# by bcc.sh, it runs in a guest, compared with sid's own bcc, which unpacks into /tmp.
#
# Usage: bcc.t
#
# ${BCC}, if set, is a directory with another source of bcc.

. "$(dirname "$0")/../lib/tap.sh"

if [ -z "${KHEADERS_SUITE-}" ]; then
	SHOW=${BCC-} exec "${testdir}/build/in-suite.sh" sid env BCC="${BCC-}" \
		"${testdir}/tests/bcc.t"
fi
# in the root, and not where check.sh looks for what the machine needs
check "packages" "${fetchdir}/packages.sh" build bcc clients qemu tools
dir=${builddir}/bcc
guest=${dir}/guest
patched=${dir}/patched
mkdir -p "${dir}"
# shellcheck source=../lib/clients.sh
. "${testdir}/lib/clients.sh"

builds() {
	source=${BCC:-${dir}/source}
	[ -d "${source}" ] || "${fetchdir}/debian-package.sh" -S sid bpfcc "${source}"
	"${testdir}/build/bcc.sh" "${source}" "${patched}"
}

# $1: a build
object() {
	strings "${patched}/$1/src/cc/frontends/clang/CMakeFiles/clang_frontend-objects.dir/kbuild_helper.cc.o"
}

# With libkheaders, libbcc would be linked with it, and has no commands for a shell.
differs() {
	grep -F "${patched}/lib/libkheaders.so" \
		"${patched}/build/src/cc/CMakeFiles/bcc-shared.dir/link.txt"
	[ "$(object build | grep -c 'modprobe kheaders')" = 0 ]
	object plain | grep 'modprobe kheaders'
	! grep libkheaders "${patched}/plain/src/cc/CMakeFiles/bcc-shared.dir/link.txt"
}

# $1: way
execsnoop_works() {
	works "${guest}" "$1" bcc execsnoop
}

# The patch is what makes the difference.
refuses_hostile() {
	cat "${guest}/out/hostile-bcc-execsnoop"
	verdict "${guest}" hostile bcc execsnoop | grep -q '^fails(1) '
}

check "the patch applies, and bcc is built with it" builds
check "its own way is built without libkheaders, and only then" differs
check "make module against Debian's headers" "${testdir}/build/debian-archive.sh" "${dir}"
make_guest "${guest}"
mkdir -p "${guest}/patched"
cp -P "${patched}"/lib/*.so* "${guest}/patched"
for way in patched patched-warm hostile own warm; do
	echo "${way} bcc execsnoop"
done > "${guest}/plan"
status=0
boot "${guest}" || status=$?
check "the guest ends well" ended_well "${guest}" "${status}"
for way in patched patched-warm own warm; do
	check "execsnoop, ${way}: $(cpu "${guest}" "${way}" bcc execsnoop) s until it traces" \
		execsnoop_works "${way}"
done
check "unpatched, it fails where a user has made its directory" refuses_hostile
finish
