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

[ $# != 0 ] || set -- "${latest}:um" "${latest}:qemu" "${latest}:arm64-crates" "${longterm}:qemu"
"${fetchdir}/packages.sh" build hosts rust qemu arm64
for arg; do
	"${fetchdir}/source.sh" "${arg%:*}" > /dev/null
done
root=$("${fetchdir}/rust-root.sh")
mkdir -p "${root}${topdir}"
mount --bind "${topdir}" "${root}${topdir}"
mount -t proc proc "${root}/proc"
tools=${builddir}/tools-rust
cache=/var/cache/kheaders

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
	inside make -C "${build}" M="${work}/samples" ${variables} "$@" || return
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

# ---- what may go wrong, and the kheaders command
# $1: a subcommand, then its arguments
kheaders() {
	subcommand=$1
	shift
	inside "${tools}/kheaders" "${subcommand}" --archive "${archive}" --release "${release}" \
		"$@"
}

# A file system that is soon full
unpack_to_cache() {
	mkdir -p "${root}${cache}"
	mount -t tmpfs -o size=80m,mode=755 tmpfs "${root}${cache}"
	kheaders path
}

# $1: how it must say that crates are
status_says() {
	kheaders status > "${tmp}/status"
	cat "${tmp}/status"
	grep -A 1 "^rust: *crates: $1; $(inside rustc --version)" "${tmp}/status" |
		grep '(the same)'
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

# Two that are not the kernel's: one everywhere, and one only where modules are
write_rustc() {
	printf '#!/bin/sh\necho "rustc 1.2.3 (another)"\n' > "${work}/rustc"
	cat > "${work}/rustup" <<-END
		#!/bin/sh
		[ "\${PWD#${work}/}" = "\${PWD}" ] || exec ${work}/rustc
		exec rustc "\$@"
	END
	chmod +x "${work}/rustc" "${work}/rustup"
}

# $@: for make
make_mixed() {
	rm -rf "${work}/mixed"
	mkdir "${work}/mixed"
	cat > "${work}/mixed/Makefile" <<-'END'
		NAME := mixed
		PART := part
		obj-m := $(NAME).o
		$(NAME)-y := main.o $(PART).o
	END
	cp "${testdir}/data/modules/hello/kheaders_hello.c" "${work}/mixed/main.c"
	cp "${dir}/tree/samples/rust/rust_minimal.rs" "${work}/mixed/part.rs"
	# shellcheck disable=SC2086 # a list
	inside make -C "${kit}" M="${work}/mixed" ${variables} "$@"
}

# Beside a program in Rust, which is nothing of the kernel's, and a module in Rust that is
# switched off
make_c_module() {
	rm -rf "${work}/c"
	cp -R "${testdir}/data/modules/hello" "${work}/c"
	echo 'fn main() { println!("hello"); }' > "${work}/c/main.rs"
	cp "${dir}/tree/samples/rust/rust_minimal.rs" "${work}/c"
	# shellcheck disable=SC2016 # the dollar is for make
	echo 'obj-$(CONFIG_NO_SUCH_OPTION) += rust_minimal.o' >> "${work}/c/Kbuild"
	# shellcheck disable=SC2086 # a list
	inside make -C "${kit}" M="${work}/c" ${variables} RUSTC=no-such-rustc
	nothing_half_made "${seen}"
}

# All samples wait for the crates, and only the first one tries to make them.
full_disk() {
	refuses ".*: crates not made; see the error above" \
		make_samples "${kit}" module -j3
	nothing_half_made "${seen}"
	mount -o remount,size=400m "${root}${cache}"
}

# When the first crate is being made
kill_half_way() {
	copy_samples module
	# shellcheck disable=SC2086 # a list
	inside setsid make -C "${kit}" M="${work}/module" ${variables} > "${work}/log" 2>&1 &
	until grep -q 'RUSTC L.*/core.o' "${work}/log"; do
		kill -0 $!
		sleep 1
	done
	group=$(pgrep -f "make -C ${kit} M=${work}/module" | head -n 1)
	kill -s KILL -- "-$(ps -o pgid= -p "${group}" | tr -d ' ')"
	if wait $!; then
		return 1
	fi
	[ ! -e "${seen}/rust/crates" ]
}

# The directory of a module may be a link, and rustc a command of two words. Crates that
# somebody has removed are made again.
# shellcheck disable=SC2086 # lists
two_at_once() {
	: > "${seen}/rust/.crates-made"
	copy_samples first
	copy_samples second
	ln -sfn first "${work}/link"
	kheaders build "${work}/second" -- ${variables} > "${work}/log.2" 2>&1 &
	inside make -C "${kit}" M="${work}/link" ${variables} RUSTC="env rustc" \
		> "${work}/log.1" 2>&1
	wait $!
	cat "${work}/log.1" "${work}/log.2"
	[ "$(cat "${work}/log.1" "${work}/log.2" | grep -c "building the kernel's crates")" = 1 ]
	[ "$(cat "${work}/log.1" "${work}/log.2" | grep -c "waiting for another make")" = 1 ]
}

only_crates_are_left() {
	! find "${seen}" -name '.crates.*' -o -name '*.rlib' -o -name '.*.cmd' | grep .
}

# A module's own make builds another module.
nested_make() {
	rm -rf "${work}/nested"
	cp -R "${testdir}/data/modules/hello" "${work}/nested"
	mkdir "${work}/nested/inner"
	cp "${dir}/tree/samples/rust/rust_minimal.rs" "${work}/nested/inner"
	echo "obj-m := rust_minimal.o" > "${work}/nested/inner/Kbuild"
	cat >> "${work}/nested/Kbuild" <<-END
		\$(obj)/kheaders_hello.o: \$(obj)/nested
		\$(obj)/nested: ; \$(MAKE) -C ${kit} M=${work}/nested/inner && touch \$@
	END
	# shellcheck disable=SC2086 # a list
	inside make -C "${kit}" M="${work}/nested" ${variables}
	[ -s "${work}/nested/inner/rust_minimal.ko" ]
}

# clippy-driver compiles with less optimization, also in the full tree.
clippy() {
	make_samples "${kit}" clippy CLIPPY=1 > "${work}/log" 2>&1 || {
		cat "${work}/log"
		return 1
	}
	grep -q 'CLIPPY.*rust_minimal.o' "${work}/log"
	[ -s "${work}/clippy/rust_minimal.ko" ]
}

# Nothing is compiled again.
dry_run() {
	before=$(stat -c %y "${work}/nested/inner/rust_minimal.o")
	# shellcheck disable=SC2086 # a list
	inside make -n -C "${kit}" M="${work}/nested/inner" ${variables}
	[ "$(stat -c %y "${work}/nested/inner/rust_minimal.o")" = "${before}" ]
}

# With crates made, nobody needs to write to the tree.
other_output() {
	make_samples "${kit}" output O="${work}/objects"
	full_tree_has_the_same output
	[ -L "${work}/objects/rust/libcore.rmeta" ]
}

unknown_symbol() {
	mkdir -p "${work}/unknown"
	echo "obj-m := unknown.o" > "${work}/unknown/Kbuild"
	sed -e 's/RustMinimal/Unknown/g; s/rust_minimal/unknown/' \
		-e '/^use kernel/a extern "C" { fn no_such_symbol(); }' \
		-e 's/pr_info!("Rust minimal sample (init).*/unsafe { no_such_symbol() };/' \
		"${dir}/tree/samples/rust/rust_minimal.rs" > "${work}/unknown/unknown.rs"
	# shellcheck disable=SC2086 # a list
	if inside make -C "${kit}" M="${work}/unknown" ${variables} > "${work}/log" 2>&1; then
		return 1
	fi
	cat "${work}/log"
	grep -q 'modpost: .*no_such_symbol.* undefined' "${work}/log"
}

# What Arch and others install: crates, and no sources
install_headers() {
	rm -rf "${work}/installed"
	cp -R "${seen}" "${work}/installed"
	(
		cd "${work}/installed"
		rm -rf rust GNUmakefile .kheaders*
		mkdir rust
		cp "${seen}/rust/crates"/* rust
	)
}

# $1: what the archive of these headers says of Rust
make_module() {
	rm -rf "${work}/module-out" "${work}/kit"
	inside ARCH="$(cat "${dir}/arch")" \
		"${topdir}/scripts/module.sh" "${work}/installed" "${work}/module-out"
	mkdir "${work}/kit"
	tar -xJf "${work}/module-out/${release}/kheaders_data.tar.xz" -C "${work}/kit"
	grep -x "RUST=$1" "${work}/kit/.kheaders"
}

module_has_crates() {
	install_headers
	make_module crates
	make_samples "${work}/kit" third
	full_tree_has_the_same third
}

module_has_nothing() {
	rm -rf "${work}/installed/rust"
	make_module no
	refuses ".*: is in Rust, and this archive has nothing for it" \
		make_samples "${work}/kit" module
}

kernel_has_no_rust() {
	sed -i '/^CONFIG_RUST/d' "${work}/kit/include/config/auto.conf"
	refuses ".*: is in Rust, and this kernel was built without CONFIG_RUST" \
		make_samples "${work}/kit" module
}

what_may_go_wrong() {
	release=$(cat "${dir}/obj/include/config/kernel.release")
	run_logged "${dir}/tools.log" \
		inside make -C "${topdir}/tools/kheaders" O="${tools}" "${tools}/kheaders"
	check "${name}: the archive is unpacked" unpack_to_cache
	kit=$(tail -n 1 "${tmp}/output")
	seen=${root}${kit}
	check "${name}: .kheaders tells of Rust" says_rust "${seen}"
	check "${name}: kheaders status: crates are not made" status_says "source, not built yet"
	write_rustc
	check "${name}: another rustc: both are named" \
		refuses "${work}/rustc: is rustc 1.2.3 .another., and .* built with rustc 1\.[0-9.]+ " \
		make_samples "${kit}" module RUSTC="${work}/rustc"
	check "${name}: the same, where one object is in Rust and names are variables" \
		refuses "${work}/rustc: is rustc 1.2.3 .another., and " \
		make_mixed RUSTC="${work}/rustc"
	# Others compile all modules in the tree's directory.
	! grep -q KBUILD_EXTMOD_OUTPUT "${dir}/tree/Makefile" ||
		check "${name}: the same, for the directory of the module alone" \
			refuses "${work}/rustup: is rustc 1.2.3 .another., and " \
			make_mixed RUSTC="${work}/rustup"
	check "${name}: no rustc: named" \
		refuses "no-such-rustc: not found.* install rustc 1\.[0-9.]+ " \
		make_samples "${kit}" module RUSTC=no-such-rustc
	check "${name}: no sources of Rust's library: named" \
		refuses "/no/such: no sources.*rust-src" \
		make_samples "${kit}" module RUST_LIB_SRC=/no/such
	check "${name}: a module in C needs no rustc" make_c_module
	check "${name}: full disk: said, nothing half-made" full_disk
	check "${name}: SIGKILL half-way" kill_half_way
	check "${name}: two at once make crates once" two_at_once
	check "${name}: modules are those of the full tree" full_tree_has_the_same first second
	check "${name}: nothing is left of making crates" only_crates_are_left
	check "${name}: kheaders status: crates are made" status_says "source, built"
	check "${name}: a module in Rust, from the make of another module" nested_make
	check "${name}: make -n compiles nothing again" dry_run
	check "${name}: CLIPPY=1" clippy
	check "${name}: O=" other_output
	check "${name}: a symbol that the kernel has not: modpost fails" unknown_symbol
	check "${name}: make module: crates that are installed" module_has_crates
	check "${name}: make module: nothing is installed for Rust" module_has_nothing
	check "${name}: a kernel without CONFIG_RUST" kernel_has_no_rust
	umount "${root}${cache}"
}

# ---- the others: by O=, and nothing is made in the tree itself
output_makes_crates() {
	make_samples "${kit}" first O="${work}/objects"
	nothing_half_made "${kit}"
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
