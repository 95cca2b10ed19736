#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Modules in Rust, for a kernel with CONFIG_RUST, build from the archive with the same
# bytes as in the full tree, and load in a guest; failures are reported.
#
# Usage: rust.t [KERNEL]
#
# The kernel is built in a root of Debian sid, with whose compiler modules are built.
# Needs root.

. "$(dirname "$0")/../lib/own-mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=lib/in-root.sh
. "${testdir}/lib/in-root.sh"

kernel=${1-${latest}}
"${fetchdir}/packages.sh" build hosts
"${fetchdir}/source.sh" "${kernel}" > /dev/null
root=$("${fetchdir}/rust-root.sh")
mkdir -p "${root}${topdir}"
mount --bind "${topdir}" "${root}${topdir}"
mount -t proc proc "${root}/proc"
dir=$(inside "${testdir}/build/kernel.sh" um "${kernel}" rust RUST=y IKHEADERS_RUST=y \
	MODVERSIONS=n STATIC_LINK=y)
work=${dir}/rust
kit=${work}/kit
archive=${dir}/obj/kernel/kheaders_data.tar.xz
samples="CONFIG_SAMPLE_RUST_MINIMAL=m CONFIG_SAMPLE_RUST_PRINT=m CONFIG_SAMPLE_RUST_MISC_DEVICE=m"

rm -rf "${work}"
mkdir -p "${work}/guest"

# $1: the directory, which is made anew
unpack() {
	rm -rf "$1"
	mkdir -p "$1"
	tar -xJf "${archive}" -C "$1"
}

# $1: a name; a copy of the samples
copy_samples() {
	rm -rf "${work:?}/$1"
	cp -R "${dir}/tree/samples/rust" "${work}/$1"
}

# $1: a build directory, $2: a name for the module; then for make. User-mode Linux
# loads no module that has relocations by way of a global offset table.
# shellcheck disable=SC2086 # a list
make_samples() {
	build=$1
	name=$2
	shift 2
	copy_samples "${name}"
	inside make -C "${build}" M="${work}/${name}" ${samples} \
		RUSTFLAGS_MODULE=-Zdirect-access-external-data=yes "$@"
}

run_guest() {
	cp "${work}/first"/*.ko "${work}/guest"
	"${testdir}/boot/boot.sh" -r "${root}" um "${dir}/image" "${testdir}/guest/rust.sh" "${work}/guest"
}

full_tree_has_the_same() {
	for name in rust_minimal rust_print rust_misc_device; do
		cmp "${work}/full/${name}.ko" "${work}/first/${name}.ko"
		cmp "${work}/full/${name}.ko" "${work}/second/${name}.ko"
	done
}

says_rust() {
	grep -x RUST=source "${kit}/.kheaders"
	grep -x "RUSTC_VERSION_TEXT='$(inside rustc --version)'" "${kit}/.kheaders"
}

# $1: what make has to say, in one line of its own, then as for make_samples
refuses() {
	pattern=$1
	shift
	if make_samples "$@" > "${work}/log" 2>&1; then
		return 1
	fi
	cat "${work}/log"
	[ "$(grep -c "^kheaders: " "${work}/log")" = 1 ]
	grep -q -E "^kheaders: ${pattern}" "${work}/log"
}

nothing_half_made() {
	! find "${kit}/rust" -name '.crates*' -o -name 'crates' -o -name '*.rmeta' -o -name '*.so' | grep .
}

write_rustc() {
	printf '#!/bin/sh\necho "rustc 1.2.3 (another)"\n' > "${work}/rustc"
	chmod +x "${work}/rustc"
}

# Beside a program in Rust, too, which is nothing of the kernel's
make_c_module() {
	rm -rf "${work}/c"
	cp -R "${testdir}/data/modules/hello" "${work}/c"
	echo 'fn main() { println!("hello"); }' > "${work}/c/main.rs"
	inside make -C "${kit}" M="${work}/c" RUSTC=no-such-rustc
	nothing_half_made
}

# A file system that is full before the crates are made; one for both roots
full_disk() {
	mount -t tmpfs -o size=80m tmpfs "${kit}"
	mount --bind "${kit}" "${root}${kit}"
	tar -xJf "${archive}" -C "${kit}"
	refuses ".*: crates not made; see above, and whether disk or memory is full" "${kit}" module
	nothing_half_made
}

# When the first crate is being made
kill_half_way() {
	mount -o remount,size=400m "${kit}"
	copy_samples module
	# shellcheck disable=SC2086 # a list
	inside setsid make -C "${kit}" M="${work}/module" ${samples} > "${work}/log" 2>&1 &
	until grep -q 'RUSTC L.*/core.o' "${work}/log"; do
		kill -0 $!
		sleep 1
	done
	group=$(pgrep -f "make -C ${kit} M=${work}/module" | head -n 1)
	kill -s KILL -- "-$(ps -o pgid= -p "${group}" | tr -d ' ')"
	if wait $!; then
		return 1
	fi
	[ ! -e "${kit}/rust/crates" ]
}

two_at_once() {
	make_samples "${kit}" first > "${work}/log.1" 2>&1 &
	make_samples "${kit}" second > "${work}/log.2" 2>&1
	wait $!
	[ "$(cat "${work}/log.1" "${work}/log.2" | grep -c "building the kernel's crates")" = 1 ]
	[ "$(cat "${work}/log.1" "${work}/log.2" | grep -c "waiting for another make")" = 1 ]
}

only_crates_are_left() {
	! find "${kit}" -name '.crates.*' -o -name '*.rlib' -o -name '.*.cmd' | grep .
}

# With crates made, nobody needs to write to the tree.
other_output() {
	make_samples "${kit}" output O="${work}/objects"
	cmp "${work}/full/rust_minimal.ko" "${work}/output/rust_minimal.ko"
	[ -L "${work}/objects/rust/libcore.rmeta" ]
}

unknown_symbol() {
	mkdir -p "${work}/unknown"
	echo "obj-m := unknown.o" > "${work}/unknown/Kbuild"
	sed -e 's/RustMinimal/Unknown/g; s/rust_minimal/unknown/' -e '/^use kernel/a extern "C" { fn no_such_symbol(); }' \
		-e 's/pr_info!("Rust minimal sample (init).*/unsafe { no_such_symbol() };/' \
		"${dir}/tree/samples/rust/rust_minimal.rs" > "${work}/unknown/unknown.rs"
	if inside make -C "${kit}" M="${work}/unknown" > "${work}/log" 2>&1; then
		return 1
	fi
	cat "${work}/log"
	grep -q 'modpost: .*no_such_symbol.* undefined' "${work}/log"
}

check "${kernel}: the archive is unpacked" unpack "${kit}"
check "${kernel}: .kheaders tells of Rust" says_rust
write_rustc
check "${kernel}: another rustc: both are named" \
	refuses "${work}/rustc: is rustc 1.2.3 .another., and the kernel was built with rustc 1\.[0-9.]+ " \
	"${kit}" module RUSTC="${work}/rustc"
check "${kernel}: no rustc: named" refuses "no-such-rustc: not found.* install rustc 1\.[0-9.]+ " \
	"${kit}" module RUSTC=no-such-rustc
check "${kernel}: no sources of Rust's library: named" refuses "/no/such: no sources.*rust-src" \
	"${kit}" module RUST_LIB_SRC=/no/such
check "${kernel}: a module in C needs no rustc" make_c_module
check "${kernel}: the full tree makes modules" make_samples "${dir}/obj" full ARCH=um
check "${kernel}: full disk: said, nothing half-made" full_disk
check "${kernel}: SIGKILL half-way" kill_half_way
check "${kernel}: two at once make crates once" two_at_once
check "${kernel}: they are those of the full tree" full_tree_has_the_same
check "${kernel}: nothing is left of making crates" only_crates_are_left
check "${kernel}: O=" other_output
check "${kernel}: a symbol that the kernel has not: modpost fails" unknown_symbol
check "${kernel}: the guest ends well" run_guest
relay "${kernel}" "${work}/guest/rust.tap"
check "${kernel}: all was run" plan_ran "${work}/guest/rust.tap"
finish
