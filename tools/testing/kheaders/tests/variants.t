#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The archive in kheaders.ko has the build's Module.symvers, however a kernel and its
# modules are built, or make reports that it has none.
#
# Usage: variants.t [KERNEL:KIND]...
#
# KIND is um, with variants of goals, jobs, signatures and compression, or for x86_64
# thin or full, the LTO of clang 19, or btf.

. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=../lib/edited-file.sh
. "${testdir}/lib/edited-file.sh"

[ $# != 0 ] || set -- "${latest}:um"

# Small, and without what is the same whatever is built
options() {
	case ${kind} in
	um)
		cat "${testdir}/data/config/guest.config" "${testdir}/data/config/um.config"
		set -- MODVERSIONS=n IKCONFIG=n CONFIGFS_FS=m MODULE_SIG=y MODULE_SIG_ALL=y \
			MODULE_SIG_SHA256=y
		;;
	*)
		set -- EXPERT=y 64BIT=y MODULES=y MODVERSIONS=y BASIC_MODVERSIONS=y SYSFS=y \
			PRINTK=y XZ_DEC=m INIT_STACK_NONE=y
		;;
	esac
	case ${kind} in
	thin) set -- "$@" LTO_CLANG_THIN=y ;;
	full) set -- "$@" LTO_CLANG_FULL=y ;;
	btf)
		set -- "$@" DEBUG_KERNEL=y DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT=y BPF_SYSCALL=y \
			DEBUG_INFO_BTF=y DEBUG_INFO_BTF_MODULES=y
		;;
	esac
	printf 'CONFIG_%s\n' IKHEADERS=m IKHEADERS_KIT=y IKHEADERS_STRIP_COMMENTS=y "$@"
}

# Made again only as far as options or sources have changed
configure() {
	options > "${dir}/options.new"
	if ! cmp -s "${dir}/options.new" "${dir}/options" || [ ! -f "${obj}/.config" ]; then
		KCONFIG_ALLCONFIG=${dir}/options.new run_logged "${dir}/config.log" \
			make -C "${tree}" O="${obj}" ARCH="${arch}" allnoconfig
		mv "${dir}/options.new" "${dir}/options"
		cp "${obj}/.config" "${dir}/config"
	fi
	cmp -s "${dir}/config" "${obj}/.config" || cp "${dir}/config" "${obj}/.config"
}

# The words of make are in ${tmp}/log. $@: for make
make_quietly() {
	make -C "${tree}" O="${obj}" ARCH="${arch}" -j"$(nproc)" "$@" > "${tmp}/log" 2>&1 || {
		tail -n 20 "${tmp}/log"
		return 1
	}
}

make_it() {
	make_quietly XZ="${testdir}/programs/quick-xz.sh" "$@"
}

config() {
	"${tree}/scripts/config" --file "${obj}/.config" "$@"
	make_quietly olddefconfig
}

# Take the archive out of kheaders.ko, where its symbols are. $1: the module
take_archive() {
	"${objcopy}" -O binary -j .rodata "$1" "${tmp}/rodata"
	begin=$((0x$("${nm}" "$1" | sed -n 's/ . kernel_headers_data$//p')))
	end=$((0x$("${nm}" "$1" | sed -n 's/ . kernel_headers_data_end$//p')))
	tail -c +$((begin + 1)) "${tmp}/rodata" | head -c $((end - begin)) > "${tmp}/archive"
}

# $1: a file of the archive in ${tmp}/archive
in_archive() {
	tar -xJOf "${tmp}/archive" "./$1"
}

archive_is_right() {
	in_archive .kheaders | grep -x SYMVERS=yes
	in_archive Module.symvers > "${tmp}/symvers"
	[ -s "${tmp}/symvers" ] && cmp "${tmp}/symvers" "${obj}/Module.symvers"
}

is_right() {
	take_archive "${obj}/kernel/kheaders.ko"
	archive_is_right
}

# shellcheck disable=SC2120 # or nothing for make
makes_right() {
	make_it "$@"
	is_right
}

# modpost has seen no other modules. $@: modules
makes_modules_alone() {
	make_it "$@"
	take_archive "${obj}/kernel/kheaders.ko"
	in_archive .kheaders | grep -x SYMVERS=vmlinux
	awk '$3 == "vmlinux"' "${obj}/Module.symvers" > "${tmp}/wanted"
	in_archive Module.symvers | cmp "${tmp}/wanted"
}

# What a build that starts from nothing does not find. The last ones are all of
# kernel/kheaders*, but the directory of the source where that is the object tree.
forget() {
	rm -f "${obj}"/vmlinux* "${obj}"/.vmlinux* "${obj}"/*.symvers "${obj}"/modules.order
	find "${obj}/kernel" -maxdepth 1 -name '*kheaders*' ! -type d -delete 2> /dev/null || :
}

makes_object_alone() {
	make_it kernel/kheaders.o
	[ -f "${obj}/kernel/kheaders.o" ] && [ ! -e "${obj}/kernel/kheaders.ko" ]
}

says_that_none_is_in() {
	make_it modules KBUILD_MODPOST_WARN=1
	[ "$(grep -c 'gen_kheaders: warning: Module.symvers: not made yet' "${tmp}/log")" = 1 ]
	take_archive "${obj}/kernel/kheaders.ko"
	in_archive .kheaders | grep -x SYMVERS=no
	! tar -tJf "${tmp}/archive" | grep -x ./Module.symvers
}

# make clean keeps Module.symvers, too.
without_vmlinux_o() {
	[ -s "${obj}/Module.symvers" ]
	rm -f "${obj}/vmlinux.o" "${obj}/vmlinux.symvers"
	says_that_none_is_in
}

makes_archive_alone() {
	rm -f "${obj}/modules-only.symvers"
	make_it kernel/kheaders_data.o
	cp "${obj}/kernel/kheaders_data.tar.xz" "${tmp}/archive"
	in_archive .kheaders | grep -x SYMVERS=no
}

# Kernels differ in where that writes.
makes_directory_as_module() {
	touch "${tmp}/before"
	make_it M=kernel
	take_archive "$(find "${obj}/kernel" "${tree}/kernel" -maxdepth 1 -name kheaders.ko \
		-newer "${tmp}/before")"
	archive_is_right
	make_it M=kernel clean
}

prints_commands() {
	rm "${obj}/kernel/kheaders-3.tar.xz" "${obj}/kernel/kheaders-info"
	make_it -n
	! [ -e "${obj}/kernel/kheaders-3.tar.xz" ]
}

# $1: jobs; everything of ours is made anew
same_bytes_with_jobs() {
	find "${obj}/kernel" -maxdepth 1 -name '*kheaders*' ! -type d -delete
	make_it -j"$1"
	take_archive "${obj}/kernel/kheaders.ko"
	cmp "${tmp}/archive" "${tmp}/whole"
}

# XZ_DEC is a module that exports something. $@: links_no_vmlinux, but not for um, where
# vmlinux has the configuration
a_module_less() {
	config -d XZ_DEC
	"$@" makes_right
	! grep xz_dec_init "${tmp}/symvers"
}

# As above
a_module_more() {
	config -m XZ_DEC
	"$@" makes_right
	grep xz_dec_init "${tmp}/symvers"
}

an_edited_header() {
	edit_unused_header
	links_no_vmlinux makes_right
	in_archive "${unused}" | grep kheaders_unused
}

# $1: how its name ends; signed, installed and loaded, with the archive that is right
loads() {
	rm -rf "${guest}"
	mkdir -p "${guest}"
	make_quietly modules_install INSTALL_MOD_PATH="${guest}/modules"
	find "${guest}/modules" -name "kheaders.ko$1" | grep .
	"${testdir}/boot/boot.sh" -a module.sig_enforce=1 um "${obj}/linux" \
		"${testdir}/guest/variants.sh" "${guest}"
	cp "${guest}/archive" "${tmp}/archive"
	archive_is_right
}

# $1: what the option is called, $2: how names end
# shellcheck disable=SC2119 # nothing for make
compressed() {
	config -e MODULE_COMPRESS -e "MODULE_COMPRESS_$1" -e MODULE_COMPRESS_ALL
	makes_right
	loads "$2"
}

check_um() {
	forget
	check "${name}: make kernel/kheaders.o" makes_object_alone
	check "${name}: make modules, without vmlinux: no symbol versions, and make says so" \
		says_that_none_is_in
	check "${name}: make, after that" makes_right
	cp "${tmp}/archive" "${tmp}/whole"
	check "${name}: signed, and loaded" loads ""
	check "${name}: make kernel/kheaders.ko: the symbols of vmlinux" \
		makes_modules_alone kernel/kheaders.ko
	check "${name}: make, after that" makes_right
	check "${name}: the same bytes as before" cmp "${tmp}/archive" "${tmp}/whole"
	check "${name}: with one of two other modules: the symbols of vmlinux" \
		makes_modules_alone kernel/kheaders.ko lib/xz/xz_dec.ko
	check "${name}: make modules, after that" makes_right modules
	check "${name}: make -n makes nothing" prints_commands
	check "${name}: make M=kernel, and clean" makes_directory_as_module
	check "${name}: make modules, with an old Module.symvers: not taken, and make says so" \
		without_vmlinux_o
	check "${name}: make kernel/kheaders_data.o: not taken" makes_archive_alone
	for jobs in 1 9; do
		check "${name}: -j${jobs}, the same bytes" same_bytes_with_jobs "${jobs}"
	done
	check "${name}: KBUILD_MODPOST_WARN=1" makes_right KBUILD_MODPOST_WARN=1
	check "${name}: a module less" a_module_less
	check "${name}: a module more" a_module_more
	check "${name}: gzip" compressed GZIP .gz
	check "${name}: xz" compressed XZ .xz
	[ "${kernel}" = 5.10 ] || check "${name}: zstd" compressed ZSTD .zst
}

# Nothing that is left for a loader to find
has_archive_defined() {
	is_right
	"${nm}" "${obj}/kernel/kheaders.ko" | grep -c ' [Rr] kernel_headers_data' | grep -x 2
}

has_types() {
	is_right
	bpftool btf dump -B "${obj}/vmlinux" file "${obj}/kernel/kheaders.ko" > "${tmp}/types"
	[ -s "${tmp}/types" ]
}

check_x86_64() {
	check "${name}: make" makes_right
	check "${name}: the archive's symbols are defined" has_archive_defined
	[ "${kind}" != btf ] || check "${name}: kheaders.ko has BTF" has_types
	check "${name}: an unused header is edited: vmlinux is not linked" an_edited_header
	[ "${kind}" != btf ] ||
		check "${name}: an unused header is edited: kheaders.ko has BTF" has_types
	restore_file
	check "${name}: a module less: vmlinux is not linked" a_module_less links_no_vmlinux
	check "${name}: a module more: vmlinux is not linked" a_module_more links_no_vmlinux
}

# Set all that depends on the kind of build.
choose_kind() {
	arch=x86_64
	objcopy=objcopy
	nm="nm"
	unset LLVM
	case ${kind} in
	um) arch=um ;;
	thin | full)
		export LLVM=-19
		objcopy=llvm-objcopy-19
		nm=llvm-nm-19
		;;
	btf) ;;
	*) die "${kind}: none of um, thin, full and btf" ;;
	esac
}

"${fetchdir}/packages.sh" build variants
for spec in "$@"; do
	kernel=${spec%%:*}
	kind=${spec#*:}
	name="${kernel} ${kind}"
	choose_kind
	dir=${builddir}/$(basename "${kernel}")-variants-${kind}
	tree=${dir}/tree
	obj=${dir}/obj
	guest=${dir}/guest
	mkdir -p "${obj}"
	"${testdir}/build/tree.sh" "${kernel}" "${tree}"
	configure
	case ${kind} in
	um) check_um ;;
	*) check_x86_64 ;;
	esac
done
finish
