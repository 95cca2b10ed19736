#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Modules built from the archive are, byte for byte, those built in the full tree, if both
# trees have the same path.
#
# Usage: fidelity.t [KERNEL:um|qemu]...
#
# With um, both trees have Module.symvers. With qemu (x86_64), objtool processes the
# modules.

. "$(dirname "$0")/../lib/tap.sh"

[ $# != 0 ] || set -- "${usual}:um" "${latest}:qemu"

# Make the full tree, prepared for modules in place. It is kept, because building it is
# expensive.
prepare_full_tree() {
	if [ ! -d "${full}" ]; then
		rm -rf "${full}.tmp"
		cp -al "$("${fetchdir}/source.sh" "${kernel}")" "${full}.tmp"
		cp "${dir}/obj/.config" "${full}.tmp/.config"
		run_logged "${dir}/full.log" make -C "${full}.tmp" ARCH="${arch}" -j"$(nproc)" \
			olddefconfig modules_prepare
		mv "${full}.tmp" "${full}"
	fi
	[ ! -f "${symvers}" ] || cp "${symvers}" "${full}"
}

unpack_archive() {
	mkdir "${tmp}/archive"
	tar -xJf "${dir}/obj/kernel/kheaders_data.tar.xz" -C "${tmp}/archive"
	[ ! -f "${symvers}" ] || cp "${symvers}" "${tmp}/archive"
}

# Build all modules in ${tmp}/modules against $1, moved to ${place}; they are
# left in $2.
build_against() {
	mv -T "$1" "${place}"
	rm -rf "${tmp}/modules" "$2"
	cp -R "${testdir}/data/modules" "${tmp}/modules"
	built=0
	for module in hello exports inlines; do
		make -C "${place}" ARCH="${arch}" M="${tmp}/modules/${module}" \
			KBUILD_MODPOST_WARN="${warn}" modules || built=1
	done
	make -C "${place}" ARCH="${arch}" M="${tmp}/modules/uses" KBUILD_MODPOST_WARN="${warn}" \
		KBUILD_EXTRA_SYMBOLS="${tmp}/modules/exports/Module.symvers" modules || built=1
	mv -T "${place}" "$1"
	mkdir "$2"
	cp "${tmp}"/modules/*/*.ko "$2"
	return "${built}"
}

for spec in "$@"; do
	kernel=${spec%:*}
	case ${spec#*:} in
	um)
		arch=um
		warn=
		dir=$("${testdir}/build/kernel.sh" um "${kernel}" net NET=y)
		;;
	qemu)
		# as far as kit.t has it built
		arch=x86_64
		warn=1
		dir=$(GOAL=kernel/kheaders_data.o \
			"${testdir}/build/kernel.sh" qemu "${kernel}" kit INIT_STACK_NONE=y)
		;;
	esac
	symvers=${dir}/obj/Module.symvers
	full=${dir}/full
	# on the file system of the build directory: the tree is moved there
	place=${dir}/place
	if [ -e "${place}" ]; then
		# of a run that was interrupted
		rm -rf "${place}" "${full}"
	fi
	check "${kernel} ${arch}: full tree" prepare_full_tree
	check "${kernel} ${arch}: archive" unpack_archive
	check "${kernel} ${arch}: modules of the full tree" build_against "${full}" "${tmp}/of-full"
	check "${kernel} ${arch}: modules of the archive" \
		build_against "${tmp}/archive" "${tmp}/of-archive"
	for module in hello exports uses inlines; do
		check "${kernel} ${arch}: ${module} is the same" \
			cmp "${tmp}/of-full/kheaders_${module}.ko" \
			"${tmp}/of-archive/kheaders_${module}.ko"
	done
	check "${kernel} ${arch}: the linker script is the same" \
		cmp "${full}/scripts/module.lds" "${tmp}/archive/scripts/module.lds"
	rm -rf "${tmp}/archive"
done
finish
