# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What may go wrong when modules in Rust are built, and what the kheaders command says of
# crates. Sourced by rust.t, with its variables and functions.
# shellcheck disable=SC2154 # variables of that

tools=${builddir}/tools-rust
cache=/var/cache/kheaders

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
		cd "${work}/installed" || exit
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

# As of arm64
crates_of_another_host() {
	cp -R "${work}/kit" "${work}/foreign"
	printf '\267\0' |
		dd of="${work}/foreign/rust/libmacros.so" bs=1 seek=18 conv=notrunc
	refuses ".*/libmacros\.so: was built on another architecture, and .* needs it" \
		make_samples "${work}/foreign" module
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
	check "${name}: the same, of another architecture" crates_of_another_host
	check "${name}: make module: nothing is installed for Rust" module_has_nothing
	check "${name}: a kernel without CONFIG_RUST" kernel_has_no_rust
	umount "${root}${cache}"
}
