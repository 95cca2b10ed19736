#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The kit of an x86_64 kernel builds its programs from the sources in the archive, objtool
# among them, and then a module.
#
# Usage: kit.t [KERNEL[:llvm|:debug|:plugin|:randstruct]]...
#
# With llvm, clang has built the kernel; with debug, modules have BTF, symbol
# versions made from debug information, and signatures; with plugin, GCC loads
# one; with randstruct, there is no kit, as nothing may tell the seed.

. "$(dirname "$0")/../lib/tap.sh"

[ $# != 0 ] ||
	set -- "${latest}" "${latest}:debug" "${usual}:llvm" "${latest}:plugin" \
		"${latest}:randstruct"

# Only as far as kernel/; with stacks that are not initialized, which GCC 11
# cannot do.
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

as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# In a mount namespace; $1: a file that is gone there, then the command
without_file() {
	file=$1
	shift
	# shellcheck disable=SC2016 # expanded there
	unshare -m sh -c 'mount -t tmpfs tmpfs /mnt && mkdir /mnt/u /mnt/w && file=$1 && shift &&
		mount -t overlay -o lowerdir="${file%/*}",upperdir=/mnt/u,workdir=/mnt/w \
			overlay "${file%/*}" &&
		rm "${file}" && exec "$@"' - "${file}" "$@"
}

kit_is_as_unpacked() {
	unpack "${tmp}/again"
	(cd "${tmp}/again" && find . -type f -exec sha256sum {} +) > "${tmp}/sums"
	(cd "${kit}" && sha256sum -c --quiet "${tmp}/sums")
}

# $1: a umask, which does not count, then more for make
prepare() {
	(umask "$1" && shift && make -C "${kit}" -j2 "$@" modules_prepare)
}

# By a compiler that warns of each file, as those do that are newer than the kernel
builds_programs() {
	echo '#warning found by a newer compiler' > "${tmp}/newer.h"
	prepare 077 HOSTCC="${host} -include ${tmp}/newer.h"
	for program in scripts/basic/fixdep scripts/mod/modpost scripts/genksyms/genksyms \
		tools/objtool/objtool; do
		[ "$(stat -c %a "${kit}/${program}")" = 755 ]
	done
	! find "${kit}" -name '.build.*' -o -name '*.o' | grep .
}

owner_alone_writes() {
	! find "${kit}" -perm /022 ! -type l | grep .
}

check_programs() {
	check "${name}: no compiler: named" refuses "no-such-cc: not found" \
		make -C "${kit}" HOSTCC=no-such-cc modules_prepare
	check "${name}: the programs are built, and nothing else is left" builds_programs
	# clang is one for all, and knows its targets itself
	[ "${kind}" = llvm ] || check "${name}: no cross compiler: named" \
		refuses "no-such-gcc: not found" make_module CROSS_COMPILE=no-such-
	check "${name}: a module is built" make_module
	check "${name}: no symbol versions: said in one line" prints_times 1 \
		"no symbol versions.*KBUILD_EXTRA_SYMBOLS" make_module
	check "${name}: kernelrelease" [ "$(make -s -C "${kit}" kernelrelease)" = \
		"$(cat "${dir}/obj/include/config/kernel.release")" ]
}

# What make may be told
check_variables() {
	check "${name}: V=1" prints "^ *gcc .*kheaders_inlines" make_module V=1
	check "${name}: W=1" make_module W=1
	check "${name}: O=" make_module O="${tmp}/objects"
	check "${name}: O=: the programs are there" [ -x "${tmp}/objects/scripts/mod/modpost" ]
	check "${name}: O= that is relative, with a relative M=" relative_output
	check "${name}: O= that is a mount point" mount_point_output
	check "${name}: O= inside the tree: refused" refuses "is inside the tree" \
		make_module O=output
	sed -i 's/^ID=./ID=x/' "${tmp}/objects/.kheaders"
	check "${name}: O= of another build: refused" refuses "not made from this tree" \
		make_module O="${tmp}/objects"
	check "${name}: O= of another tree: refused" refuses "not made from this tree" \
		make_module O="${testdir}"
	rm "${kit}/scripts/basic/fixdep" "${kit}/tools/objtool/objtool"
	check "${name}: HOSTCC=clang" prints "^umask 022 && clang -O0" make_module HOSTCC=clang V=1
}

relative_output() {
	rm -rf "${kit}/../relative"
	copy_module module
	make -C "${kit}" M="$(realpath --relative-to="${kit}" "${tmp}/module")" O=../relative \
		KBUILD_MODPOST_WARN=1
	[ -x "${kit}/../relative/scripts/mod/modpost" ]
	rm -rf "${kit}/../relative"
}

mount_point_output() {
	mkdir "${tmp}/mounted"
	mount -t tmpfs tmpfs "${tmp}/mounted"
	made=0
	make_module O="${tmp}/mounted" || made=1
	umount "${tmp}/mounted"
	return "${made}"
}

unpacked_over_another() {
	unpack "${tmp}/over"
	echo 0123 > "${tmp}/over/.kheaders-made"
	make -C "${tmp}/over" modules_prepare
}

# As a module's Makefile is run that calls the kernel's
with_variables_of_a_module() {
	rm "${kit}/tools/objtool/objtool"
	CFLAGS=-O3 EXTRA_CFLAGS=-O3 make_module CFLAGS=-O2 OUTPUT=x INCLUDES=x
}

relative_mo() {
	rm -rf "${kit}/../mo"
	copy_module module
	make -C "${kit}" M="${tmp}/module" MO=../mo O="${tmp}/mo-objects" KBUILD_MODPOST_WARN=1
	[ -f "${kit}/../mo/kheaders_inlines.ko" ]
	rm -rf "${kit}/../mo"
}

check_mo() {
	mkdir "${tmp}/mo"
	copy_module module
	check "${name}: MO=" make -C "${kit}" M="${tmp}/module" MO="${tmp}/mo" KBUILD_MODPOST_WARN=1
	check "${name}: MO=: the module is there" [ -f "${tmp}/mo/kheaders_inlines.ko" ]
	check "${name}: MO=: and nothing beside the source" \
		[ ! -e "${tmp}/module/kheaders_inlines.o" ]
	check "${name}: MO= that is relative, with O=" relative_mo
}

# Others than the tree's owner, who is root
check_users() {
	chmod 755 "${tmp}"
	unpack "${tmp}/kit"
	kit=${tmp}/kit
	check "${name}: not writable: named" refuses "not writable" \
		as_nobody make -C "${kit}" modules_prepare
	copy_module nobody
	mkdir "${tmp}/nobody/output"
	chown -R 65534:65534 "${tmp}/nobody"
	check "${name}: not writable, O=" as_nobody make -C "${kit}" M="${tmp}/nobody" \
		O="${tmp}/nobody/output" KBUILD_MODPOST_WARN=1
	check "${name}: no libelf: named" refuses "libelf.h: not found.*libelf-dev" \
		without_file /usr/include/libelf.h make -C "${kit}" modules_prepare
	check "${name}: programs by the owner" prepare 000
	check "${name}: programs by the owner: others cannot write to them" owner_alone_writes
	copy_module nobody
	chown -R 65534:65534 "${tmp}/nobody"
	check "${name}: a module by another user" as_nobody make -C "${kit}" M="${tmp}/nobody" \
		KBUILD_MODPOST_WARN=1
}

builds_no_program() {
	make_module > "${tmp}/log" 2>&1
	cat "${tmp}/log"
	! grep -q HOSTCC "${tmp}/log"
}

check_clock() {
	find "${kit}" -exec touch -h -d 2037-01-01 {} +
	rm "${kit}/scripts/basic/fixdep"
	check "${name}: a clock in the past" make_module
	check "${name}: a clock in the past: programs are built once" builds_no_program
	check "${name}: no file of the tree has changed" kit_is_as_unpacked
}

truncated_archive() {
	size=$(stat -c %s "${archive}")
	rm -rf "${tmp}/cut"
	mkdir "${tmp}/cut"
	head -c $((size * $1 / 100)) "${archive}" > "${tmp}/cut.tar.xz"
	! tar -xJf "${tmp}/cut.tar.xz" -C "${tmp}/cut"
}

check_path() {
	check "${name}: an archive cut short" truncated_archive 90
	check "${name}: an archive cut short: refused" \
		refuses "incomplete.*unpack the archive again" \
		make -C "${tmp}/cut" M="${tmp}/module"
	check "${name}: an archive cut at its very end" truncated_archive 99
	check "${name}: an archive cut at its very end: refused" \
		refuses "incomplete.*unpack the archive again" \
		make -C "${tmp}/cut" M="${tmp}/module"
	check "${name}: unpacked over another kernel's: refused" refuses "into an empty directory" \
		unpacked_over_another
	check "${name}: variables of a module's own" with_variables_of_a_module
}

# Out of tree, against the build directory of this very kernel
module_out_of_tree() {
	make -C "${dir}/tree" O="${dir}/obj" ARCH=x86_64 -j"$(nproc)" modules_prepare
	KBUILD_MODPOST_WARN=1 "${topdir}/scripts/module.sh" "${dir}/obj" "${tmp}/out"
	mkdir "${tmp}/out-of-tree"
	tar -xJf "${tmp}"/out/*/kheaders_data.tar.xz -C "${tmp}/out-of-tree"
}

same_as_in_tree() {
	unpack "${tmp}/in-tree"
	diff -r -x .kheaders -x compile.h "${tmp}/in-tree" "${tmp}/out-of-tree"
	# That of an installed tree says who built the kernel, if it is there.
	header=include/generated/compile.h
	[ ! -f "${dir}/obj/${header}" ] ||
		diff -b "${dir}/obj/${header}" "${tmp}/out-of-tree/${header}"
}

check_out_of_tree() {
	check "${name}: make module, against a tree that has the sources" module_out_of_tree
	check "${name}: make module: the same archive" same_as_in_tree
	check "${name}: make module: programs are sources" \
		grep -q -x TOOLS=source "${tmp}/out-of-tree/.kheaders"
}

# Those up to 5.6 do not read LLVM=, and speak of it all the same.
ignore_llvm() {
	# shellcheck disable=SC2016 # the dollar is make's
	sed -i 's/\$(LLVM)//g' "${kit}/Makefile"
	grep -w LLVM "${kit}/Makefile"
}

# $@: for make
# shellcheck disable=SC2120 # or nothing
built_by_clang() {
	make_module "$@" && readelf -p .comment "${tmp}/module/kheaders_inlines.ko" | grep clang
}

# $1: what is missing, then for make; said once, and not for each module
builds_without_btf() {
	missing=$1
	shift
	prints_times 1 "warning: modules get no BTF: .*${missing}" make_module "$@"
	if grep "Skipping BTF\|pahole version differs" "${tmp}/log"; then
		return 1
	fi
	[ -z "$(btf_of_module)" ]
}

btf_of_module() {
	readelf -SW "${tmp}/module/kheaders_inlines.ko" | grep '\.BTF ' || :
}

# The BTF of the kernel that runs stands for that of the tree's.
makes_btf() {
	make_module KHEADERS_BTF=/sys/kernel/btf/vmlinux
	cmp /sys/kernel/btf/vmlinux "${kit}/vmlinux"
	btf_of_module | grep .
}

without_resolve_btfids() {
	rm "${kit}/tools/bpf/resolve_btfids/resolve_btfids"
	builds_without_btf "no resolve_btfids, it cannot be built" \
		HOSTLDLIBS=-lkheaders-none KHEADERS_BTF=/sys/kernel/btf/vmlinux
	rm "${kit}/tools/bpf/resolve_btfids/main.c"
	builds_without_btf "no resolve_btfids, nor its source" KHEADERS_BTF=/sys/kernel/btf/vmlinux
}

older_pahole() {
	conf=${kit}/include/config/auto.conf
	cp "${conf}" "${tmp}/auto.conf"
	sed -i 's/^CONFIG_PAHOLE_VERSION=.*/CONFIG_PAHOLE_VERSION=199/' "${conf}"
	older=0
	builds_without_btf "pahole 1.* is older than the kernel's, 1.99" || older=1
	mv "${tmp}/auto.conf" "${conf}"
	return "${older}"
}

# gen_kheaders.sh takes it out of a vmlinux that has more. $1: the vmlinux
packs_btf() {
	(
		cd "${tmp}"
		srctree=. objtree=. TAR=tar XZ=xz \
			"${topdir}/kernel/gen_kheaders.sh" btf packed "$1" objcopy
	)
	cmp /sys/kernel/btf/vmlinux "${tmp}/packed"
}

elf_with_btf() {
	objcopy --add-section .BTF=/sys/kernel/btf/vmlinux "${tmp}/module/kheaders_inlines.o" \
		"${tmp}/vmlinux"
	packs_btf "${tmp}/vmlinux"
}

# In a mount namespace where the kernel shows an archive and BTF. $1: the archive
with_running_kernel() {
	mkdir -p "${tmp}/btf"
	cp /sys/kernel/btf/vmlinux "${tmp}/btf/vmlinux"
	shown=$1
	shift
	# shellcheck disable=SC2016 # expanded there
	unshare -m sh -c 'mount -t tmpfs tmpfs /sys/kernel && cp "$1" /sys/kernel/kheaders.tar.xz &&
		cp -R "$2" /sys/kernel && shift 2 && exec "$@"' - "${shown}" "${tmp}/btf" "$@"
}

copies_running_btf() {
	rm "${kit}/vmlinux"
	copy_module module
	with_running_kernel "${archive}" make -C "${kit}" M="${tmp}/module" KBUILD_MODPOST_WARN=1
	cmp /sys/kernel/btf/vmlinux "${kit}/vmlinux"
	btf_of_module | grep .
}

leaves_other_btf() {
	rm "${kit}/vmlinux"
	sed 's/^ID=.*/ID=0/' "${kit}/.kheaders" > "${tmp}/.kheaders"
	tar -C "${tmp}" -cJf "${tmp}/other.tar.xz" ./.kheaders
	copy_module module
	with_running_kernel "${tmp}/other.tar.xz" \
		make -C "${kit}" M="${tmp}/module" KBUILD_MODPOST_WARN=1
	[ ! -e "${kit}/vmlinux" ] && [ -z "$(btf_of_module)" ]
}

check_btf() {
	check "${name}: no vmlinux: a module without BTF, said once" builds_without_btf "no vmlinux"
	check "${name}: no pahole: the same" \
		builds_without_btf "no-such-pahole is not installed" PAHOLE=no-such-pahole
	check "${name}: a pahole older than the kernel's: the same" older_pahole
	if [ ! -e /sys/kernel/btf/vmlinux ]; then
		check "${name}: a module has BTF # SKIP the kernel that runs has none" true
		return
	fi
	check "${name}: the running kernel's BTF: a module has BTF" makes_btf
	if [ "$(id -u)" = 0 ]; then
		check "${name}: a kernel that shows this archive: its BTF is taken" \
			copies_running_btf
		check "${name}: a kernel that shows another archive: its BTF is not" \
			leaves_other_btf
	fi
	check "${name}: resolve_btfids cannot be built: a module without BTF, said once" \
		without_resolve_btfids
	check "${name}: BTF alone is packed as it is" packs_btf /sys/kernel/btf/vmlinux
	check "${name}: of a whole vmlinux its BTF is packed" elf_with_btf
}

# It is a program that Kbuild can do without.
without_sign_file() {
	rm "${kit}/scripts/sign-file"
	prints "warning: sign-file: not built" make_module HOSTLDLIBS=-lkheaders-none
}

check_debug() {
	touch "${kit}/vmlinux"
	check "${name}: programs are built" make -C "${kit}" -j2 modules_prepare
	for program in tools/bpf/resolve_btfids/resolve_btfids scripts/gendwarfksyms/gendwarfksyms \
		certs/extract-cert; do
		check "${name}: ${program} is among them" [ -x "${kit}/${program}" ]
	done
	rm "${kit}/vmlinux"
	check "${name}: a module is built" make_module
	check "${name}: modules_install" make -C "${kit}" M="${tmp}/module" \
		INSTALL_MOD_PATH="${tmp}/installed" modules_install
	check "${name}: modules_install: with sign-file" [ -x "${kit}/scripts/sign-file" ]
	check "${name}: a sign-file that cannot be built: a warning" without_sign_file
	check_btf
}

# In a mount namespace, without the headers of GCC's plugins
without_plugin_headers() {
	plugin_headers=$(gcc -print-file-name=plugin)/include
	# shellcheck disable=SC2016 # expanded there
	unshare -m sh -c 'mount -t tmpfs tmpfs "$1" && shift && exec "$@"' \
		- "${plugin_headers}" "$@"
}

built_with_plugin() {
	# shellcheck disable=SC2119
	make_module &&
		grep -q -e '-fplugin=[^ ]*/latent_entropy_plugin\.so' \
			"${tmp}/module/.kheaders_inlines.o.cmd"
}

check_plugin() {
	plugin=scripts/gcc-plugins/latent_entropy_plugin
	check "${name}: one plugin, that is on" \
		[ "$(cd "${kit}" && echo scripts/gcc-plugins/*_plugin.*)" = "${plugin}.c" ]
	check "${name}: no C++ compiler: named" refuses "no-such-cxx: not found.*HOSTCXX=" \
		make -C "${kit}" HOSTCXX=no-such-cxx modules_prepare
	[ "$(id -u)" != 0 ] || check "${name}: no headers of plugins: named" \
		refuses "gcc-plugin.h: not found.*gcc-[0-9]*-plugin-dev" \
		without_plugin_headers make -C "${kit}" modules_prepare
	check "${name}: a module is built with it" built_with_plugin
	check "${name}: the plugin is there, for all" \
		[ "$(stat -c %a "${kit}/${plugin}.so")" = 755 ]
}

# Its seed is in a file of its own since 5.19.
seed() {
	grep -h -o -w '[0-9a-f]\{64\}' "${dir}/obj/scripts/basic/randstruct.seed" \
		"${dir}/obj/scripts/gcc-plugins/randomize_layout_seed.h" 2> /dev/null | head -n 1
}

has_no_seed() {
	seed > "${tmp}/seed"
	[ "$(wc -c < "${tmp}/seed")" = 65 ]
	! grep -r -l -F -i -f "${tmp}/seed" "${kit}"
}

check_randstruct() {
	check "${name}: the kernel has RANDSTRUCT" \
		grep -q 'CONFIG_\(GCC_PLUGIN_\)\{0,1\}RANDSTRUCT=y' "${dir}/obj/.config"
	check "${name}: headers only" grep -q -x TOOLS=none "${kit}/.kheaders"
	check "${name}: no file of it has the seed" has_no_seed
}

"${fetchdir}/packages.sh" build kit
for spec in "$@"; do
	name=${spec}
	kernel=${spec%:*}
	kind=${spec#"${kernel}"}
	kind=${kind#:}
	make_archive
	kit=${dir}/kit
	unpack "${kit}"
	check "${name}: no ELF file in it" no_elf_file "${kit}"
	check "${name}: no path of the build host in it" has_no_path_of_the_host
	case ${kind} in
	debug) check_debug ;;
	plugin) check_plugin ;;
	randstruct) check_randstruct ;;
	llvm)
		check_programs
		check "${name}: clang is the default" built_by_clang
		check "${name}: a Kbuild without LLVM=" ignore_llvm
		check "${name}: a Kbuild without LLVM=: clang is the default" built_by_clang
		check "${name}: a Kbuild without LLVM=, which is given" built_by_clang LLVM=1
		;;
	*)
		check_programs
		check_variables
		case ${kernel} in
		7.*) check_mo ;;
		esac
		[ "$(id -u)" != 0 ] || check_users
		check_clock
		check_path
		check_out_of_tree
		;;
	esac
done
finish
