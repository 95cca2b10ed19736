#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The demo: build a kernel with the overlay and boot it; in the guest, unpack the archive,
# build modules from it and load them, with no other headers visible.
#
# Usage: demo.sh [KERNEL [um|qemu]]
#
# KERNEL is an argument of source.sh. Exit status: 0 if everything worked, or 1.

. "$(dirname "$0")/../../../scripts/common.sh"

kernel=${1:-${latest}}
type=${2:-um}
stranger=vpoll
deb=${builddir}/strangers/${stranger}
begin=$(seconds)

step() {
	echo "[$(($(seconds) - begin)) s] $*"
}

# Can the full tree build it? It is the control for what the archive can.
control() {
	cp -R "${dir}/guest/${stranger}" "${dir}/control"
	run_logged "${dir}/control.log" make -C "${dir}/obj" ARCH="$(cat "${dir}/arch")" \
		M="${dir}/control" modules
}

# A third-party module, from a Debian package
fetch_stranger() {
	lock "${deb}.lock"
	[ -d "${deb}" ] || "${fetchdir}/debian-package.sh" sid "${stranger}-dkms" "${deb}"
}

# Copy the files that the guest gets; it sees nothing else of the build.
prepare_guest() {
	rm -rf "${dir}/guest" "${dir}/control"
	mkdir -p "${dir}/guest"
	cp -R "${dir}/modules" "${testdir}/data/modules/hello" "${dir}/guest"
	echo hello > "${dir}/guest/sources"
	cp -R "${deb}/usr/src/${stranger}"-* "${dir}/guest/${stranger}"
	if control 2> "${dir}/control.err"; then
		echo "${stranger}" >> "${dir}/guest/sources"
	else
		step "${stranger} does not build against the full tree of ${kernel} (${dir}/control.log), left out"
	fi
}

case ${type} in
um) group= ;;
qemu) group=qemu ;;
*) die "GUEST=${type}: neither um nor qemu" ;;
esac
step "packages"
"${fetchdir}/packages.sh" build ${group}
(fetch_stranger)
step "Linux ${kernel}: source, overlay, configuration, build (${builddir}, minutes the first time)"
dir=$("${testdir}/build/kernel.sh" "${type}" "${kernel}")
release=$(cat "${dir}/obj/include/config/kernel.release")
step "modules to build: hello of ours, ${stranger} from Debian"
# Two demos of one clone take turns.
lock "${dir}/demo.lock"
prepare_guest
step "boot in ${type}"
status=0
GUEST_HIDE="${builddir}" "${testdir}/boot/boot.sh" "${type}" "${dir}/image" \
	"${testdir}/guest/demo.sh" "${dir}/guest" || status=$?
[ ! -f "${dir}/guest/report" ] || sed 's/^/    /' "${dir}/guest/report"
[ "${status}" = 0 ] || die "the guest failed, status ${status}; its console is ${dir}/guest/console"
step "done: Linux ${release} built and loaded" \
	"$(tr '\n' ' ' < "${dir}/guest/sources")from its own kheaders.tar.xz"
