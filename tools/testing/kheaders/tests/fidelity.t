#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What is built from the archive is, byte for byte, what is built against the
# full tree, where both stand at the same path.
#
# Usage: fidelity.t [KERNEL]...

. "$(dirname "$0")/../tap.sh"

[ $# != 0 ] || set -- 6.1

# The full tree, prepared for modules in place; kept, as it is dear.
prepare_full_tree() {
	if [ ! -d "${full}" ]; then
		rm -rf "${full}.tmp"
		cp -al "$("${here}/source.sh" "${kernel}")" "${full}.tmp"
		cp "${dir}/obj/.config" "${full}.tmp/.config"
		run_logged "${dir}/full.log" make -C "${full}.tmp" ARCH=um -j"$(nproc)" olddefconfig modules_prepare
		mv "${full}.tmp" "${full}"
	fi
	cp "${dir}/obj/Module.symvers" "${full}"
}

unpack_archive() {
	mkdir "${tmp}/archive"
	tar -xJf "${dir}/obj/kernel/kheaders_data.tar.xz" -C "${tmp}/archive"
	cp "${dir}/obj/Module.symvers" "${tmp}/archive"
}

# Build all modules in ${tmp}/modules against $1, moved to ${place}; they are
# left in $2.
build_against() {
	mv "$1" "${place}"
	rm -rf "${tmp}/modules" "$2"
	cp -R "${here}/modules" "${tmp}/modules"
	built=0
	for module in hello exports inlines; do
		make -C "${place}" ARCH=um M="${tmp}/modules/${module}" modules || built=1
	done
	make -C "${place}" ARCH=um M="${tmp}/modules/uses" \
		KBUILD_EXTRA_SYMBOLS="${tmp}/modules/exports/Module.symvers" modules || built=1
	mv "${place}" "$1"
	mkdir "$2"
	cp "${tmp}"/modules/*/*.ko "$2"
	return "${built}"
}

for kernel in "$@"; do
	dir=$("${here}/kernel.sh" um "${kernel}")
	full=${dir}/full
	# on the file system of the build directory: the tree is moved there
	place=${dir}/place
	check "${kernel}: full tree" prepare_full_tree
	check "${kernel}: archive" unpack_archive
	check "${kernel}: modules of the full tree" build_against "${full}" "${tmp}/of-full"
	check "${kernel}: modules of the archive" build_against "${tmp}/archive" "${tmp}/of-archive"
	for module in hello exports uses inlines; do
		check "${kernel}: ${module} is the same" \
			cmp "${tmp}/of-full/kheaders_${module}.ko" "${tmp}/of-archive/kheaders_${module}.ko"
	done
	check "${kernel}: the linker script is the same" \
		cmp "${full}/scripts/module.lds" "${tmp}/archive/scripts/module.lds"
	rm -rf "${tmp}/archive"
done
finish
