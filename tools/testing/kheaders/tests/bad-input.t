#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Wrong or missing input gives a one-line message with a remedy, and leaves no incomplete
# output.

. "$(dirname "$0")/../lib/tap.sh"

# $1: the architecture, then variables; the packer's list for it
list_for() {
	arch=$1
	shift
	env srctree="$("${fetchdir}/source.sh" "${usual}")" objtree="${tmp}/obj" ARCH="${arch}" \
		SRCARCH="${arch}" "$@" sh "${topdir}/kernel/kheaders_list.sh" "${tmp}/obj" \
		include/linux/m
}

# A build directory of a kernel that has all but one option. $1: the option
module_without() {
	rm -rf "${tmp}/obj"
	mkdir -p "${tmp}/obj/include/config" "${tmp}/obj/include/generated"
	printf 'CONFIG_%s=y\n' MODULES SYSFS |
		grep -v "_$1=" > "${tmp}/obj/include/config/auto.conf"
	echo '#define UTS_RELEASE "6.1"' > "${tmp}/obj/include/generated/utsrelease.h"
	"${topdir}/scripts/module.sh" "${tmp}/obj" "${tmp}/module"
}

# $@: options; a kernel for um, as far as ${goal}
build_kernel() {
	GOAL=${goal} "${testdir}/build/kernel.sh" um "${usual}" options IKHEADERS=y EXPERT=y "$@"
}

# The options are off in the configuration. $@: their names
are_off() {
	for option in "$@"; do
		! grep "^CONFIG_${option}=" "${dir}/obj/.config" || return
	done
}

# Packages, on a system without apt that lacks nothing else
"${fetchdir}/packages.sh" build host
for program in xz tar make gcc flex; do
	path_without "${tmp}/bin" apt-get "${program}"
	check_fails "no ${program}, no apt-get" "missing: ${program} .*install" \
		env PATH="${tmp}/bin" sh -c "exec ${fetchdir}/packages.sh build"
	rm -rf "${tmp:?}/bin"
done
path_without "${tmp}/bin" apt-get flex bison bc
check "the command and its library are built without flex, bison and bc" \
	env PATH="${tmp}/bin" "${fetchdir}/packages.sh" tools
rm -rf "${tmp:?}/bin"

check_fails "no such group of packages" "nothing: no such group" "${fetchdir}/packages.sh" nothing

# A root of Debian, which is a copy of another one
if [ "$(id -u)" = 0 ]; then
	check_fails "no such suite of Debian" "no root of Debian none; see" \
		"${testdir}/build/in-suite.sh" none true
	find "${builddir}/suite" -name 'none*' -type d > "${tmp}/roots"
	check "and no root of anything else" [ ! -s "${tmp}/roots" ]
	rm -rf "${builddir}"/suite/none.* "${builddir}"/root-none.*
fi

# Kernel sources
check_fails "no such kernel" "neither a directory, a tarball nor" "${fetchdir}/source.sh" 1.2.3
mkdir "${tmp}/empty"
check_fails "a directory without a kernel" "Kbuild is missing" \
	"${fetchdir}/source.sh" "${tmp}/empty"
mkdir -p "${tmp}/linux/kernel"
head -c 100000 /dev/urandom > "${tmp}/linux/Kbuild"
tar -cJf "${tmp}/linux.tar.xz" -C "${tmp}" linux
check "a tarball" [ -f "$("${fetchdir}/source.sh" "${tmp}/linux.tar.xz")/Kbuild" ]
head -c 50000 "${tmp}/linux.tar.xz" > "${tmp}/cut.tar.xz"
check_fails "a tarball cut short" "cut.tar.xz: cannot be unpacked .*fetch it again" \
	"${fetchdir}/source.sh" "${tmp}/cut.tar.xz"
check "and no tree is left of it" sh -c "! ls -d '${builddir}'/src/cut.tar.xz-*.tree"
another_tarball() {
	echo another > "${tmp}/linux/Kbuild"
	tar -cJf "${tmp}/linux.tar.xz" -C "${tmp}" linux
	touch -d 2001-01-01 "${tmp}/linux.tar.xz"
	grep another "$("${fetchdir}/source.sh" "${tmp}/linux.tar.xz")/Kbuild"
}
check "another one of that name, that is older" another_tarball
tar -cJf "${tmp}/other.tar.xz" -C "${tmp}" empty
check_fails "a tarball without a kernel" "other.tar.xz: not a kernel source" \
	"${fetchdir}/source.sh" "${tmp}/other.tar.xz"
if [ "$(id -u)" = 0 ]; then
	check_fails "no network" "check the network" unshare -n \
		"${fetchdir}/debian-package.sh" bookworm dm-writeboost-dkms "${tmp}/deb"
fi
check_fails "no such package" "not available" \
	"${fetchdir}/debian-package.sh" bookworm no-such-package "${tmp}/deb"
check "and nothing is left of it" [ ! -e "${tmp}/deb" ]
for name in linux cut other; do
	rm -rf "${builddir}/src/${name}.tar.xz"-*.tree*
done

# Architectures and configurations
mkdir -p "${tmp}/obj/include/config"
: > "${tmp}/obj/include/config/auto.conf"
check_fails "no such architecture" "arch/nosuch/include: no such directory" list_for nosuch
check_fails "um on no such architecture" "arch/nosuch/include: no such directory" \
	list_for um SUBARCH=nosuch
check "and no list is left of it" sh -c "! find '${tmp}/obj' -name '*.list' | grep ."
for option in MODULES SYSFS; do
	check_fails "make module: no ${option}" "this kernel has no CONFIG_${option}" \
		module_without "${option}"
	check "make module: no ${option}: nothing is left" [ ! -e "${tmp}/module" ]
done
goal=olddefconfig
dir=$(build_kernel SYSFS=n)
check "no SYSFS: no archive" are_off IKHEADERS IKHEADERS_KIT
goal=kernel/kheaders_data.o
dir=$(build_kernel MODULES=n PROC_FS=n)
check "no MODULES, no PROC_FS: nothing for modules, and no file in proc" \
	are_off IKHEADERS_KIT IKHEADERS_PROC
check "no MODULES, no PROC_FS: an archive of headers" \
	sh -c "tar -xJOf '${dir}/obj/kernel/kheaders_data.tar.xz' ./.kheaders | grep -x TOOLS=none"
rm -rf "${dir}"
check_fails "demo: no such guest" "neither um nor qemu" "${testdir}/demo.sh" 6.1 vmware
finish
