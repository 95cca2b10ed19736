#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Modules in Rust, for a kernel with CONFIG_RUST, build from the archive with the same
# bytes as in the full tree, and load in a guest; failures are reported.
#
# Usage: rust.t [KERNEL:TYPE]...
#
# TYPE is um, with failures as well; arm64, cross-built with LLVM, CFI, a shadow call
# stack and inlined helpers, whose guest builds the modules too, which takes long; or qemu,
# which is x86_64, with LLVM, KASAN and, where the kernel has them for Rust, symbol versions.
# With "-crates" after it, the archive is built and no vmlinux, so that nothing is booted. All
# is built in a root of Debian sid. Needs root.

. "$(dirname "$0")/../lib/own-mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=lib/in-root.sh
. "${testdir}/lib/in-root.sh"
# shellcheck source=lib/rust-lists.sh
. "${testdir}/lib/rust-lists.sh"
# shellcheck source=lib/rust-faults.sh
. "${testdir}/lib/rust-faults.sh"

[ $# != 0 ] || set -- "${latest}:um" "${latest}:qemu" "${latest}:arm64-crates" "${longterm}:qemu"
"${fetchdir}/packages.sh" build hosts rust qemu arm64
for arg; do
	"${fetchdir}/source.sh" "${arg%:*}" > /dev/null
done
root=$("${fetchdir}/rust-root.sh")
mkdir -p "${root}${topdir}"
mount --bind "${topdir}" "${root}${topdir}"
mount -t proc proc "${root}/proc"

# What is asked of a kernel: options, which all must hold. rustc starts other programs by way
# of a Unix socket.
options_of() {
	echo RUST=y IKHEADERS=m IKHEADERS_KIT=y IKHEADERS_RUST=y
	case $1 in
	um*) echo MODVERSIONS=n STATIC_LINK=y ;;
	arm64*) echo MODVERSIONS=n CFI=y SHADOW_CALL_STACK=y RUST_INLINE_HELPERS=y UNIX=y ;;
	qemu*)
		echo DEBUG_KERNEL=y DEBUG_INFO_DWARF5=y KASAN=y INET=n
		if grep -q GENDWARFKSYMS "${pristine}/kernel/module/Kconfig"; then
			echo MODVERSIONS=y GENDWARFKSYMS=y
		else
			echo MODVERSIONS=n
		fi
		;;
	esac
}

# For kernel and modules
variables_of() {
	case $1 in
	um) ;;
	*-crates) echo LLVM=-22 KBUILD_MODPOST_WARN=1 ;;
	arm64 | qemu) echo LLVM=-22 ;;
	esac
}

is_whole() {
	[ "${type}" = "${type%-crates}" ]
}

# $1: goals, or nothing
build_kernel() {
	# shellcheck disable=SC2046 # lists
	inside GOAL="$1" $(variables_of "${type}") \
		"${testdir}/build/kernel.sh" "${type%-crates}" "${kernel}" rust \
		$(options_of "${type}")
}

options_hold() {
	for option in $(options_of "${type}"); do
		value=$(sed -n "s/^CONFIG_${option%=*}=//p" "${dir}/obj/.config")
		echo "${option}: ${value:-n}"
		[ "${option}" = "${option%=*}=${value:-n}" ]
	done
}

# Those that the kernel has of the samples that want no hardware
find_samples() {
	samples=
	variables=
	for sample in minimal print misc_device; do
		if grep -q "rust_${sample}.o" "${dir}/tree/samples/rust/Makefile"; then
			samples="${samples} rust_${sample}"
			variables="${variables} CONFIG_SAMPLE_RUST_$(echo "${sample}" |
				tr "[:lower:]" "[:upper:]")=m"
		fi
	done
	# User-mode Linux loads no module that has relocations by way of a global offset table.
	[ "${type}" != um ] ||
		variables="${variables} RUSTFLAGS_MODULE=-Zdirect-access-external-data=yes"
	variables="${variables} $(variables_of "${type}")"
}

# $1: a name; a copy of the samples
copy_samples() {
	rm -rf "${work:?}/$1"
	cp -R "${dir}/tree/samples/rust" "${work}/$1"
}

# $1: a build directory, $2: a name for the modules; then for make. They are made in one
# place, as up to 6.12 they tell where that is.
make_samples() {
	build=$1
	name=$2
	shift 2
	copy_samples samples
	# shellcheck disable=SC2086 # a list
	inside PATH="${programs-}/usr/bin:/bin" \
		make -C "${build}" M="${work}/samples" ${variables} "$@" || return
	rm -rf "${work:?}/${name}"
	mv "${work}/samples" "${work}/${name}"
}

# Debug information tells where files are, and the build ID is made from all.
same_module() {
	case ${type} in
	qemu*)
		for file in "$1" "$2"; do
			inside llvm-objcopy-22 --strip-debug \
				--remove-section=.note.gnu.build-id "${file}" "${file}.stripped"
		done
		cmp "$1.stripped" "$2.stripped"
		;;
	*) cmp "$1" "$2" ;;
	esac
}

# $1: names under which the samples were made
full_tree_has_the_same() {
	for sample in ${samples}; do
		for name; do
			same_module "${work}/full/${sample}.ko" "${work}/${name}/${sample}.ko"
		done
	done
}

# $1: a tree
says_rust() {
	grep -x RUST=source "$1/.kheaders"
	grep -x "RUSTC_VERSION_TEXT='$(inside rustc --version)'" "$1/.kheaders"
}

# $1: a tree
nothing_half_made() {
	! find "$1/rust" -name '.crates*' -o -name 'crates' -o -name '*.rmeta' -o -name '*.so' |
		grep .
}

# $1: a name under which the samples were made
run_guest() {
	rm -rf "${work}/guest"
	mkdir "${work}/guest"
	cp "${work}/$1"/*.ko "${topdir}/tools/testing/selftests/kheaders/functions.sh" \
		"${work}/guest"
	guest_root=${root}
	memory=1G
	if [ "${type}" = arm64 ]; then
		# Crates are made there. User-mode Linux with as much would load modules more
		# than 2 GiB away from the kernel, which code in Rust cannot reach.
		memory=3G
		guest_root=$("${fetchdir}/rust-root.sh" arm64)
		copy_samples guest/samples
		cp "${archive}" "${work}/guest/kheaders.tar.xz"
		echo "${variables}" > "${work}/guest/variables"
	fi
	"${testdir}/boot/boot.sh" -m "${memory}" -r "${guest_root}" "${type}" "${dir}/image" \
		"${testdir}/guest/rust.sh" "${work}/guest"
}

# $1: what make has to say, in one line of its own, then a command. An archive that was made
# without vmlinux has no symbol versions, and that is another line.
refuses() {
	pattern=$1
	shift
	if "$@" > "${work}/log" 2>&1; then
		return 1
	fi
	cat "${work}/log"
	[ "$(grep "^kheaders: " "${work}/log" | grep -v -c "no symbol versions")" = 1 ]
	grep -q -E "^kheaders: ${pattern}" "${work}/log"
}

# ---- the others: by O=, and nothing is made in the tree itself
output_makes_crates() {
	make_samples "${kit}" first O="${work}/objects"
	nothing_half_made "${kit}"
}

# Programs without the version in their names
llvm_1() {
	programs=/usr/lib/llvm-22/bin:
	make_samples "${kit}" plain O="${work}/objects" LLVM=1
	full_tree_has_the_same plain
}

needs_llvm_link() {
	refuses "no-such-link: not found, to build .*; install LLVM" \
		make_samples "${kit}" module LLVM_LINK=no-such-link
	refuses "LLVM_LINK: not set, to build .*; set LLVM=1" \
		make_samples "${kit}" module CC=clang-22 LLVM=
	printf '#!/bin/sh\necho "LLVM version 9.0.1"\n' > "${work}/llvm-link"
	chmod +x "${work}/llvm-link"
	refuses "${work}/llvm-link: is LLVM 9, and rustc has [1-9][0-9], to build " \
		make_samples "${kit}" module LLVM_LINK="${work}/llvm-link"
}

archive_makes_the_same() {
	kit=${work}/kit
	mkdir "${kit}"
	check "${name}: the archive is unpacked" tar -xJf "${archive}" -C "${kit}"
	check "${name}: .kheaders tells of Rust" says_rust "${kit}"
	[ "${type%-crates}" != arm64 ] || check "${name}: no llvm-link: named" needs_llvm_link
	check "${name}: O=, crates are made there" output_makes_crates
	check "${name}: modules are those of the full tree" full_tree_has_the_same first
	check "${name}: the same with LLVM=1" llvm_1
}

for arg; do
	kernel=${arg%:*}
	type=${arg##*:}
	name="$(basename "${kernel}") ${type}"
	pristine=$("${fetchdir}/source.sh" "${kernel}")
	dir=$(build_kernel olddefconfig)
	check "${name}: all its options hold" options_hold
	[ "${result}" = 0 ] || continue
	dir=$(build_kernel "$(is_whole || echo modules_prepare kernel/kheaders_data.o)")
	work=${dir}/rust
	archive=${dir}/obj/kernel/kheaders_data.tar.xz
	rm -rf "${work}"
	mkdir -p "${work}"
	find_samples
	case ${type} in
	um*)
		check "${name}: what an earlier build has left is not packed" lists_no_leftover
		check "${name}: IKHEADERS_RUST=n: nothing for Rust" lists_nothing_if_off
		check "${name}: a kernel before 6.12: nothing for Rust" lists_nothing_older
		check "${name}: make module, and the build was moved: its crates" lists_moved_build
		check "${name}: a crate of unknown sources: said" says_what_is_missing
		;;
	esac
	check "${name}: the full tree makes modules" \
		make_samples "${dir}/obj" full ARCH="$(cat "${dir}/arch")"
	if [ "${type}" = um ]; then
		what_may_go_wrong
	else
		archive_makes_the_same
	fi
	is_whole || continue
	check "${name}: the guest ends well" run_guest first
	relay "${name}" "${work}/guest/tap"
	cp "${work}/guest/log" "${tmp}/output"
	check "${name}: all was run" plan_ran "${work}/guest/tap"
done
finish
