#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The kit of an x86_64 kernel: its programs, objtool among them, are built from
# the sources in the archive, and with them a module.
#
# Usage: kit.t [KERNEL]...

. "$(dirname "$0")/../tap.sh"

[ $# != 0 ] || set -- 7.3

# Only as far as kernel/, with the configuration of the QEMU guest
make_archive() {
	rm -rf "${obj}"
	mkdir -p "${obj}"
	[ -d "${tree}" ] || cp -al "$("${here}/source.sh" "${kernel}")" "${tree}"
	[ ! -d "${tree}/.kheaders" ] || "${topdir}/scripts/overlay.sh" unapply "${tree}"
	"${topdir}/scripts/overlay.sh" apply "${tree}"
	cat "${here}/config/guest.config" "${here}/config/qemu.config" > "${obj}/options"
	printf 'CONFIG_%s=y\n' IKHEADERS IKHEADERS_KIT IKHEADERS_STRIP_COMMENTS >> "${obj}/options"
	make -C "${tree}" O="${obj}" ARCH=x86_64 KCONFIG_ALLCONFIG="${obj}/options" allnoconfig &&
		make -C "${tree}" O="${obj}" ARCH=x86_64 -j"$(nproc)" kernel/kheaders.o
}

unpack() {
	rm -rf "${kit}"
	mkdir "${kit}"
	tar -xJf "${obj}/kernel/kheaders_data.tar.xz" -C "${kit}"
}

has_no_elf_file() {
	! grep -r -l -a -F "$(printf '\177ELF')" "${kit}"
}

# Neither the source's nor the object's directory, nor the user's home
has_no_path_of_the_host() {
	! grep -r -l -F -e "${builddir}" -e "${topdir}" "${kit}"
}

builds_module() {
	cp -R "${here}/modules/inlines" "${tmp}/inlines-$1"
	make -C "${kit}" M="${tmp}/inlines-$1" KBUILD_MODPOST_WARN=1 modules
}

refuses() {
	pattern=$1
	shift
	if "$@" > "${tmp}/log" 2>&1; then
		return 1
	fi
	cat "${tmp}/log"
	grep -q -e "${pattern}" "${tmp}/log"
}

for kernel in "$@"; do
	tree=${builddir}/${kernel}-kit/tree
	obj=${builddir}/${kernel}-kit/obj
	kit=${builddir}/${kernel}-kit/kit
	mkdir -p "${builddir}/${kernel}-kit"
	check "${kernel}: archive" make_archive
	check "${kernel}: unpack" unpack
	check "${kernel}: no ELF file in it" has_no_elf_file
	check "${kernel}: no path of the build host in it" has_no_path_of_the_host
	check "${kernel}: no compiler: named" refuses "no-such-cc: not found" \
		make -C "${kit}" HOSTCC=no-such-cc modules_prepare
	check "${kernel}: programs are built" make -C "${kit}" -j2 modules_prepare
	for program in scripts/basic/fixdep scripts/mod/modpost scripts/genksyms/genksyms \
		tools/objtool/objtool; do
		check "${kernel}: ${program}" [ -x "${kit}/${program}" ]
	done
	check "${kernel}: nothing else of the build is left" \
		sh -c "! find '${kit}' -name '.build.*' -o -name '*.o' | grep ."
	check "${kernel}: a module is built" builds_module "${kernel}"
	check "${kernel}: kernelrelease" \
		[ "$(make -s -C "${kit}" kernelrelease)" = "$(cat "${obj}/include/config/kernel.release")" ]
	if [ "$(id -u)" = 0 ]; then
		# where others may go, too
		kit=${tmp}/kit
		chmod 755 "${tmp}"
		unpack
		check "${kernel}: not writable: named" refuses "not writable" \
			setpriv --reuid=65534 --regid=65534 --clear-groups make -C "${kit}" modules_prepare
	fi
	mv "${kit}" "${kit} blank"
	check "${kernel}: blanks in the path: refused" refuses "has blanks in its name" \
		make -C "${kit} blank" modules_prepare
	rm -rf "${kit} blank"
done
finish
