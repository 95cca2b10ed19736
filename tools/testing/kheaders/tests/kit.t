#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The kit of an x86_64 kernel builds its programs from the sources in the archive, objtool
# among them, and then a module.
#
# Usage: kit.t [KERNEL[:llvm]]...
#
# With llvm, clang has built the kernel.

without_root=yes
. "$(dirname "$0")/../lib/own-mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=../lib/kit.sh
. "${testdir}/lib/kit.sh"

[ $# != 0 ] || set -- "${latest}" "${usual}:llvm"

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
	if [ "$(id -u)" = 0 ]; then
		check "${name}: O= that is a mount point" mount_point_output
	fi
	check "${name}: O= inside the tree: refused" refuses "is inside the tree" \
		make_module O=output
	sed -i 's/^ID=./ID=x/' "${tmp}/objects/.kheaders"
	check "${name}: O= of another build: refused" refuses "not made from this tree" \
		make_module O="${tmp}/objects"
	check "${name}: O= of another tree: refused" refuses "not made from this tree" \
		make_module O="${testdir}"
	rm "${kit}/scripts/basic/fixdep" "${kit}/tools/objtool/objtool"
	check "${name}: HOSTCC=clang" \
		prints "^umask 022 && clang -O0 .*-D_FILE_OFFSET_BITS=64" \
		make_module HOSTCC=clang V=1
}

# The check of compilers, for a tree of an architecture that gcc does not compile for
check_foreign() {
	rm -rf "${tmp}/foreign"
	mkdir -p "${tmp}/foreign/arch/m68k"
	printf '%s\n' ARCH=m68k SRCARCH=m68k "CC_VERSION_TEXT='m68k-linux-gnu-gcc 1'" \
		> "${tmp}/foreign/.kheaders"
	echo "$1" > "${tmp}/foreign/arch/m68k/Makefile"
	(cd "${tmp}/foreign" && sh "${kit}/scripts/kheaders/compiler.sh" gcc)
}

check_cross_prefix() {
	check_fails "${name}: a compiler for another machine" \
		"gcc: compiles for .*ARCH=m68k; set CROSS_COMPILE=$" check_foreign ""
	# shellcheck disable=SC2016 # the dollar is make's
	looks='CROSS_COMPILE := $(call cc-cross-prefix,m68k-linux-gnu-)'
	check_fails "${name}: a Makefile that looks for one, and there is none" \
		"gcc: compiles for .*ARCH=m68k; set CROSS_COMPILE=$" check_foreign "${looks}"
	mkdir "${tmp}/m68k"
	touch "${tmp}/m68k/m68k-linux-gnu-gcc"
	# shellcheck disable=SC2016 # for the other shell
	check "${name}: a Makefile that looks for one" \
		env PATH="${PATH}:${tmp}/m68k" sh -c 'cd "$1" && sh "$2" gcc' sh \
		"${tmp}/foreign" "${kit}/scripts/kheaders/compiler.sh"
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
	check "${name}: libelf where pkg-config says" prepare_with_libelf_elsewhere
	check "${name}: programs by the owner" prepare 000
	check "${name}: programs by the owner: others cannot write to them" owner_alone_writes
	copy_module nobody
	chown -R 65534:65534 "${tmp}/nobody"
	check "${name}: a module by another user" as_nobody make -C "${kit}" M="${tmp}/nobody" \
		KBUILD_MODPOST_WARN=1
}

prepare_with_libelf_elsewhere() {
	unpack "${tmp}/elsewhere"
	mkdir "${tmp}/elf"
	cp /usr/include/libelf.h "${tmp}/elf"
	printf '%s\n' '#!/bin/sh' 'case "$*" in' "*--cflags*) echo -I${tmp}/elf ;;" \
		'*--libs*) echo -lelf ;;' 'esac' > "${tmp}/pkg-config"
	chmod +x "${tmp}/pkg-config"
	without_file /usr/include/libelf.h make -C "${tmp}/elsewhere" \
		HOSTPKG_CONFIG="${tmp}/pkg-config" modules_prepare
	[ -x "${tmp}/elsewhere/tools/objtool/objtool" ]
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
	mkdir "${tmp}/quick"
	printf '%s\n' '#!/bin/sh' "PATH='${PATH}' exec '${testdir}/programs/quick-xz.sh' \"\$@\"" \
		> "${tmp}/quick/xz"
	chmod +x "${tmp}/quick/xz"
	PATH=${tmp}/quick:${PATH} KBUILD_MODPOST_WARN=1 \
		"${topdir}/scripts/module.sh" "${dir}/obj" "${tmp}/out"
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

# $1: an option of the kernel, $2: another in its place, $3: what commands then have, then
# for make
with_option() {
	auto_conf=${kit}/include/config/auto.conf
	cp "${auto_conf}" "${tmp}/auto.conf"
	sed -i "s/^CONFIG_$1=y/CONFIG_$2=y/" "${auto_conf}"
	grep -q -x "CONFIG_$2=y" "${auto_conf}"
	pattern=$3
	shift 3
	prints "${pattern}" make_module V=1 "$@"
	cp "${tmp}/auto.conf" "${auto_conf}"
}

# clang of that name, and the linker beside it
check_other_clang() {
	version=$(clang -dumpversion)
	check "${name}: CC=clang-N: the linker of that version" \
		prints "^ *ld\.lld-${version%%.*} .*-r" make_module V=1 CC="clang-${version%%.*}"
	bin=$(dirname "$(realpath "$(command -v clang)")")
	check "${name}: CC=DIR/clang: the linker there" \
		prints "^ *${bin}/ld\.lld .*-r" make_module V=1 CC="${bin}/clang"
	mkdir "${tmp}/ccache"
	ln -s "${bin}/clang" "${tmp}/ccache"
	check "${name}: CC=DIR/clang without a linker there" \
		prints "^ *ld\.lld .*-r" make_module V=1 CC="${tmp}/ccache/clang"
	check "${name}: the kernel's assembler: of LLVM" \
		with_option AS_IS_LLVM AS_IS_LLVM "^ *clang .*-fintegrated-as"
	check "${name}: the kernel's assembler: of GNU" \
		with_option AS_IS_LLVM AS_IS_GNU "^ *clang .*-fno-integrated-as"
}

# Of GNU's programs there is none.
built_without_gnu() {
	unpack "${tmp}/alone"
	path_without "${tmp}/no-gnu" ar as ld nm gcc
	PATH=${tmp}/no-gnu make -C "${tmp}/alone" LLVM=1 HOSTCC="clang -fuse-ld=lld" \
		modules_prepare
	[ -x "${tmp}/alone/tools/objtool/objtool" ]
}

# A kernel up to 6.11 may be built on a host of the other byte order.
knows_no_host() {
	grep -A 1 'HOST_ELFDATA .*' "${kit}/scripts/mod/elfconfig.h" | grep __BYTE_ORDER__
}

# Of LLVM, nothing but clang is there.
built_by_clang_and_ld() {
	sed -i '/^CONFIG_LD_IS_LLD=/d' "${kit}/include/config/auto.conf"
	# shellcheck disable=SC2046 # names without blanks
	path_without "${tmp}/clang" $(cd /usr/bin && echo llvm-* ld.lld*)
	path=${tmp}/clang
	PATH=${path} built_by_clang
}

"${fetchdir}/packages.sh" build kit
for spec in "$@"; do
	begin_kit "${spec}"
	check_programs
	if [ "${kind}" = llvm ]; then
		check "${name}: no such clang: what to set instead" \
			refuses "clang-0: not found, .*set LLVM= or CC=" make_module LLVM=-0
		check "${name}: clang is the default" built_by_clang
		check "${name}: programs are built without GNU's" built_without_gnu
		check_other_clang
		check "${name}: nothing of the build host's in modpost" knows_no_host
		check "${name}: a Kbuild without LLVM=" ignore_llvm
		check "${name}: a Kbuild without LLVM=: clang is the default" built_by_clang
		check "${name}: a Kbuild without LLVM=, which is given" built_by_clang LLVM=1
		unpack "${kit}"
		check "${name}: linked by GNU ld: that of clang alone" built_by_clang_and_ld
		continue
	fi
	check_variables
	check "${name}: GCC, and a linker of LLVM's" \
		with_option LD_IS_BFD LD_IS_LLD "^ *ld\.lld .*-r"
	check_cross_prefix
	case ${kernel} in
	7.*) check_mo ;;
	esac
	[ "$(id -u)" != 0 ] || check_users
	check_clock
	check_path
	check_out_of_tree
done
finish
