#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What is wrong or missing is named, in one line, with what to do about it, and
# nothing half-made stays behind.

. "$(dirname "$0")/../tap.sh"

# Packages, on a system without apt
for program in xz tar make gcc flex; do
	path_without "${tmp}/bin" apt-get "${program}"
	check_fails "no ${program}, no apt-get" "missing: ${program} .*install" \
		env PATH="${tmp}/bin" sh -c "exec ${here}/packages.sh"
	rm -rf "${tmp:?}/bin"
done

# Kernel sources
check_fails "no such kernel" "neither a directory, a tarball nor" "${here}/source.sh" 1.2.3
mkdir "${tmp}/empty"
check_fails "a directory without a kernel" "no Kbuild" "${here}/source.sh" "${tmp}/empty"
mkdir -p "${tmp}/linux/kernel"
head -c 100000 /dev/urandom > "${tmp}/linux/Kbuild"
tar -cJf "${tmp}/linux.tar.xz" -C "${tmp}" linux
check "a tarball" [ -f "$("${here}/source.sh" "${tmp}/linux.tar.xz")/Kbuild" ]
head -c 50000 "${tmp}/linux.tar.xz" > "${tmp}/cut.tar.xz"
check_fails "a tarball cut short" "cut.tar.xz: cannot be unpacked .*fetch it again" \
	"${here}/source.sh" "${tmp}/cut.tar.xz"
check "and no tree is left of it" sh -c "! ls -d '${builddir}'/src/cut.tar.xz-*.tree"
tar -cJf "${tmp}/other.tar.xz" -C "${tmp}" empty
check_fails "a tarball without a kernel" "other.tar.xz: no kernel source" \
	"${here}/source.sh" "${tmp}/other.tar.xz"
if [ "$(id -u)" = 0 ]; then
	check_fails "no network" "is there a network" unshare -n \
		"${here}/debian.sh" bookworm dm-writeboost-dkms "${tmp}/deb"
fi
check_fails "no such package" "not to be had" "${here}/debian.sh" bookworm no-such-package "${tmp}/deb"
check "and nothing is left of it" [ ! -e "${tmp}/deb" ]
rm -rf "${builddir}/src/"*.tar.xz-*.tree*
check_fails "demo: no such guest" "neither um nor qemu" "${here}/demo.sh" 6.1 vmware
finish
