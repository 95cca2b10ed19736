#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The kit of an x86_64 kernel with options that need more programs than usual, or allow
# none.
#
# Usage: kit-options.t [KERNEL:debug|:plugin|:randstruct]...
#
# With debug, modules have BTF, symbol versions made from debug information, and
# signatures; with plugin, GCC loads one; with randstruct, there is no kit, as nothing
# may tell the seed.

. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=../lib/kit.sh
. "${testdir}/lib/kit.sh"

[ $# != 0 ] || set -- "${latest}:debug" "${latest}:plugin" "${latest}:randstruct"

# $1: what is missing, then for make; said once, and not for each module
builds_without_btf() {
	missing=$1
	shift
	prints_times 1 "warning: modules get no BTF: .*${missing}" make_module "$@"
	if grep "Skipping BTF\|pahole version differs" "${tmp}/log"; then
		return 1
	fi
	[ -s "${tmp}/module/kheaders_inlines.ko" ] && [ -z "$(btf_of_module)" ]
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
	try builds_without_btf "pahole 1.* is older than the kernel's, 1.99"
	mv "${tmp}/auto.conf" "${conf}"
	return "${result}"
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

rebuilds_plugin() {
	echo "another gcc" > "${kit}/scripts/gcc-plugins/.kheaders-compiler"
	before=$(stat -c %i "${kit}/${plugin}.so")
	built_with_plugin
	[ "$(stat -c %i "${kit}/${plugin}.so")" != "${before}" ]
	before=$(stat -c %i "${kit}/${plugin}.so")
	built_with_plugin
	[ "$(stat -c %i "${kit}/${plugin}.so")" = "${before}" ]
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
	check "${name}: after another compiler it is built anew" rebuilds_plugin
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
	begin_kit "${spec}"
	"check_${kind}"
done
finish
