#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Kernels with the overlay boot: the kselftests pass, modules are built from the archive
# and loaded.
#
# Usage: kernels.t [KERNEL:WAY[:TYPE]]...
#
# WAY is the value of IKHEADERS, m or y, or n for y without MODVERSIONS. TYPE is the
# type of guest, by default um, or qemu for a tree without arch/um. With um, third-party
# modules are built as well. All ways are built in one directory, so that the second one
# compiles little.

. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=../lib/edited-file.sh
. "${testdir}/lib/edited-file.sh"

[ $# != 0 ] || set -- "${latest}:m"

# Debian package (of sid), directory in it, goal, module
strangers='
vpoll . modules vpoll
rapiddisk . rapiddisk.ko rapiddisk
dahdi drivers/staging/echo modules echo'

fetch_strangers() {
	mkdir "${guest}/strangers"
	echo "${strangers}" | while read -r package subdir goal module; do
		[ "${package}" ] || continue
		deb=${builddir}/strangers/${package}
		[ -d "${deb}" ] || "${fetchdir}/debian-package.sh" sid "${package}-dkms" "${deb}"
		cp -R "${deb}"/usr/src/*/ "${guest}/strangers/${module}"
		echo "${module} ${subdir} ${goal}" >> "${guest}/strangers/list"
	done
}

# Copy the files that the guest gets: see guest/kernels.sh.
prepare_guest() {
	guest=${dir}/guest-check
	rm -rf "${guest}"
	mkdir -p "${guest}/sources"
	cp -R "${dir}/modules" "${guest}"
	cp -R "${testdir}/data/modules/." "${guest}/sources"
	"${testdir}/build/kselftest.sh" "${dir}" "${guest}/kselftest" "${cross}"
	case ${type}-${kernel} in
	um-[6-9].*) fetch_strangers ;;
	esac
}

run_guest() {
	GUEST_HIDE="${builddir}" "${testdir}/boot/boot.sh" -r "${root}" "${type}" \
		"${dir}/image" "${testdir}/guest/kernels.sh" "${guest}"
}

# Module.symvers is the same line by line; if built in, the lines of vmlinux only, which
# old kernels write in another order when there are modules.
same_symvers() {
	if [ "${way}" = m ]; then
		cmp "${obj}/Module.symvers" "${guest}/Module.symvers"
	else
		awk -F '\t' '$3 == "vmlinux"' "${obj}/Module.symvers" | sort > "${tmp}/symvers"
		[ -s "${tmp}/symvers" ] && sort "${guest}/Module.symvers" | cmp "${tmp}/symvers" -
	fi
}

# A few symbols of assembly code have none.
has_versions() {
	with_version=$(grep -c -v '^0x00000000' "${guest}/Module.symvers" || :)
	case ${way} in
	n) [ "${with_version}" = 0 ] ;;
	*) [ "${with_version}" -gt $(($(wc -l < "${guest}/Module.symvers") - 10)) ] ;;
	esac
}

all_ran() {
	kselftest_ran "${guest}/kselftest.tap" && plan_ran "${guest}/modules.tap"
}

# Built in, there is no module to load and unload.
only_module_skipped() {
	grep -E '^(not )?ok .*SKIP' "${guest}/kselftest.tap" > "${tmp}/skipped"
	grep -q 'module\.sh .*SKIP' "${tmp}/skipped"
	[ "$(wc -l < "${tmp}/skipped")" = 1 ]
}

archive_has_no_elf_file() {
	mkdir "${tmp}/archive"
	tar -xJf "${dir}/obj/kernel/kheaders_data.tar.xz" -C "${tmp}/archive"
	no_elf_file "${tmp}/archive"
}

# $1: WAY or WAY:TYPE
type_of() {
	case $1 in
	*:*) echo "${1#*:}" ;;
	*) [ -d "$("${fetchdir}/source.sh" "${kernel}")/arch/um" ] && echo um || echo qemu ;;
	esac
}

# Set all that depends on the type of the guest.
choose_type() {
	type=$1
	root=/
	cross=
	case ${type} in
	um) ;;
	qemu)
		"${fetchdir}/packages.sh" build qemu
		;;
	arm64 | riscv64)
		"${fetchdir}/packages.sh" build "${type}"
		root=$("${fetchdir}/cross-root.sh" "${type}")
		cross=$(echo "${type}" | sed 's/arm/aarch/')-linux-gnu-
		;;
	esac
}

# $@: for make
make_again() {
	make -C "${tree}" O="${obj}" ARCH="$(cat "${dir}/arch")" \
		${cross:+CROSS_COMPILE="${cross}"} -j"$(nproc)" "$@"
}

# Others export symbols, but modpost has not seen them.
modules_alone() {
	lock "${dir}/lock"
	make_again kernel/kheaders.ko lib/xz/xz_dec.ko
	tar -xJOf "${obj}/kernel/kheaders_data.tar.xz" ./.kheaders > "${tmp}/info"
	make_again
	grep -x SYMVERS=vmlinux "${tmp}/info"
}

# The archive is made again, and vmlinux is not linked.
an_edited_header() {
	# as in kernel.sh, because another test may want the same kernel
	lock "${dir}/lock"
	edit_unused_header
	links_no_vmlinux make_again
	tar -xJOf "${obj}/kernel/kheaders_data.tar.xz" "./${unused}" | grep kheaders_unused
	tar -xJOf "${obj}/kernel/kheaders_data.tar.xz" ./.kheaders | grep -x SYMVERS=yes
}

# Built in, the archive is made again only if vmlinux is linked again.
an_edited_makefile() {
	lock "${dir}/lock"
	edit_file kernel/kheaders/GNUmakefile "# edited"
	make_again
	tar -xJOf "${obj}/kernel/kheaders_data.tar.xz" ./GNUmakefile | grep -x '# edited'
}

for spec in "$@"; do
	kernel=${spec%%:*}
	spec=${spec#*:}
	way=${spec%:*}
	choose_type "$(type_of "${spec}")"
	case ${way} in
	m) set -- ;;
	y) set -- "" IKHEADERS=y ;;
	n) set -- "" IKHEADERS=y MODVERSIONS=n ;;
	esac
	dir=$("${testdir}/build/kernel.sh" "${type}" "${kernel}" "$@")
	tree=${dir}/tree
	obj=${dir}/obj
	record "${failed}" "${tree}" built
	prepare_guest
	kernel="$(basename "${kernel}") ${type} =${way}"
	before=${failed}
	check "${kernel}: no ELF file in the archive" archive_has_no_elf_file
	rm -rf "${tmp}/archive"
	check "${kernel}: the guest ends well" run_guest
	relay "${kernel}" "${guest}/kselftest.tap"
	relay "${kernel}" "${guest}/modules.tap"
	check "${kernel}: all was run" all_ran
	record "${before}" "${dir}/tree" booted
	if [ "${way}" = m ]; then
		check "${kernel}: no kselftest skipped" \
			[ "$(grep -c SKIP "${guest}/kselftest.tap")" = 0 ]
	else
		check "${kernel}: only module.sh skipped" only_module_skipped
	fi
	check "${kernel}: versions are those of the configuration" has_versions
	check "${kernel}: the archive's Module.symvers is the build's" same_symvers
	record "${before}" "${tree}" modules
	if [ "${way}" = m ]; then
		check "${kernel}: make of two modules: the symbols of vmlinux" modules_alone
		check "${kernel}: an unused header is edited: vmlinux is not linked" \
			an_edited_header
	elif [ "${way}" = y ]; then
		check "${kernel}: an edited GNUmakefile: it is in vmlinux" an_edited_makefile
	fi
	restore_file
done
finish
