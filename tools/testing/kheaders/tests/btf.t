#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A module that is built in the tree of the running kernel has BTF, and the kernel
# accepts it; otherwise one line says why the module has none. The guest runs Debian
# sid's kernel, because its headers package has resolve_btfids, and sid's programs.
#
# Usage: btf.t
#
# Needs root, and a network.

. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=../lib/in-root.sh
. "${testdir}/lib/in-root.sh"

if [ "$(id -u)" != 0 ]; then
	check "BTF # SKIP needs root" true
	finish
	exit
fi
"${fetchdir}/packages.sh" qemu
dir=${builddir}/btf
guest=${dir}/guest
root=$(suite_root sid)
build=${root}.build

set_up() {
	# shellcheck disable=SC2016 # expanded there
	"${testdir}/build/in-suite.sh" sid sh -c 'cd "$1" &&
		scripts/fetch/packages.sh build tools btf && make -s tools &&
		tools/testing/kheaders/build/debian-archive.sh "$2"' - "${topdir}" "${dir}"
	rm -rf "${guest}"
	mkdir -p "${guest}/two"
	cp -P "${build}/tools/kheaders" "${build}"/tools/libkheaders.so* \
		"${build}/btf/module"/*/kheaders.ko "${guest}"
	cp "${topdir}/tools/testing/selftests/kheaders/functions.sh" "${guest}"
	cp "${testdir}/data/modules/hello/"*.c "${testdir}/data/modules/inlines/"*.[ch] \
		"${guest}/two"
	echo 'obj-m := kheaders_hello.o kheaders_inlines.o' > "${guest}/two/Kbuild"
}

boot() {
	debian=${build}/debian-sid
	release=$(ls "${debian}/lib/modules")
	"${testdir}/boot/initrd.sh" "${debian}" "${release}" "${guest}/initrd"
	"${testdir}/boot/boot.sh" -r "${root}" -i "${guest}/initrd" \
		qemu "${debian}/lib/modules/${release}/vmlinuz" "${testdir}/guest/btf.sh" "${guest}"
}

check "make module against sid's headers" set_up
check "sid's kernel boots, and the guest ends well" boot
relay guest "${guest}/tap"
cp "${guest}/log" "${tmp}/output"
check "all of the guest's tests were run" plan_ran "${guest}/tap"
finish
