# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # used by those who source this, and set by them
#
# For tests of the kit: make an archive and a module. Sourced after tap.sh.

# The kernel is built only as far as kernel/; with stacks that are not initialized, which
# GCC 11 cannot do.
make_archive() {
	set -- "kit${kind:+-${kind}}" INIT_STACK_NONE=y
	[ "${kind}" != debug ] || set -- "$@" DEBUG_KERNEL=y DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT=y \
		BPF_SYSCALL=y DEBUG_INFO_BTF=y DEBUG_INFO_BTF_MODULES=y \
		GENDWARFKSYMS=y MODULE_SIG=y MODULE_SIG_ALL=y
	[ "${kind}" != plugin ] || set -- "$@" GCC_PLUGINS=y GCC_PLUGIN_LATENT_ENTROPY=y
	[ "${kind}" != randstruct ] ||
		set -- "$@" GCC_PLUGINS=y GCC_PLUGIN_RANDSTRUCT=y RANDSTRUCT_FULL=y
	llvm=
	host=gcc
	if [ "${kind}" = llvm ]; then
		llvm=1
		host=clang
	fi
	dir=$(LLVM="${llvm}" GOAL=kernel/kheaders_data.o \
		"${testdir}/build/kernel.sh" qemu "${kernel}" "$@")
	archive=${dir}/obj/kernel/kheaders_data.tar.xz
}

# $1: the directory; made anew
unpack() {
	rm -rf "$1"
	mkdir "$1"
	tar -xJf "${archive}" -C "$1"
}

# Neither the source's nor the object's directory, nor the user's home
has_no_path_of_the_host() {
	! grep -r -l -F -e "${builddir}" -e "${topdir}" "${kit}"
}

# A module of the one that calls, in a directory of its own; $1: its name
copy_module() {
	rm -rf "${tmp:?}/$1"
	cp -R "${testdir}/data/modules/inlines" "${tmp}/$1"
}

# The archive's kernel does not run, so symbols are not known. $@: for make
# shellcheck disable=SC2120 # or nothing
make_module() {
	copy_module module
	make -C "${kit}" M="${tmp}/module" KBUILD_MODPOST_WARN=1 "$@"
	[ -f "${tmp}/module/kheaders_inlines.ko" ]
}

prints() {
	pattern=$1
	shift
	"$@" > "${tmp}/log" 2>&1
	cat "${tmp}/log"
	grep -q -e "${pattern}" "${tmp}/log"
}

# $1: how often, then as for prints
prints_times() {
	times=$1
	shift
	prints "$@"
	[ "$(grep -c -e "${pattern}" "${tmp}/log")" = "${times}" ]
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

# Make the archive, and unpack it in ${kit}. $1: KERNEL or KERNEL:KIND
begin_kit() {
	name=$1
	kernel=${1%:*}
	kind=${1#"${kernel}"}
	kind=${kind#:}
	make_archive
	kit=${dir}/kit
	unpack "${kit}"
	check "${name}: no ELF file in it" no_elf_file "${kit}"
	check "${name}: no path of the build host in it" has_no_path_of_the_host
}
