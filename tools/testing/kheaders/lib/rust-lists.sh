# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Checks of what the list maker finds for modules in Rust, in a copy of what it reads. Sourced
# by rust.t, with ${dir} and ${work} set.
# shellcheck disable=SC2154 # variables of that

make_lists() {
	rm -rf "${work}/lists"
	mkdir "${work}/lists"
	srctree=${SRCTREE-${dir}/tree} objtree=${work}/obj ARCH=um SRCARCH=um SUBARCH=x86 \
		KBUILD_EXTMOD=${KBUILD_EXTMOD-} \
		CONFIG_IKHEADERS_KIT=y CONFIG_IKHEADERS_RUST="${IKHEADERS_RUST-y}" MAKE=make \
		sh "${dir}/tree/kernel/kheaders_list.sh" "${work}/lists" rust
}

# As another version or configuration leaves it
lists_no_leftover() {
	mkdir "${work}/obj"
	cp -al "${dir}/obj/rust" "${dir}/obj/include" "${dir}/obj/scripts" "${dir}/obj/.config" \
		"${work}/obj"
	mkdir -p "${work}/obj/arch/um/include" "${work}/obj/arch/x86/include"
	for d in um x86; do
		cp -al "${dir}/obj/arch/${d}/include/." "${work}/obj/arch/${d}/include"
	done
	echo "cmd_rust/gone.o := rustc --crate-name gone ../tree/rust/gone.rs
source_rust/gone.o := ../tree/rust/gone.rs" > "${work}/obj/rust/.gone.o.cmd"
	make_lists
	grep -q -x RUST=source "${work}/lists/kheaders-info"
	grep -q -x 'S rust/kernel/lib\.rs' "${work}/lists/kheaders-1.list"
	grep -q -x 'S \.rustfmt\.toml' "${work}/lists/kheaders-0.list"
	if grep gone.rs "${work}/lists"/*; then
		return 1
	fi
}

lists_nothing() {
	make_lists
	grep -q -x RUST=no "${work}/lists/kheaders-info"
	if grep -h '^[SO] rust/' "${work}/lists"/*.list; then
		return 1
	fi
}

lists_nothing_if_off() {
	IKHEADERS_RUST=n lists_nothing
}

# Up to 6.11 helpers are one file, rust/helpers.c.
lists_nothing_older() {
	mkdir "${work}/older"
	ln -s "${dir}/tree"/* "${work}/older"
	rm "${work}/older/rust"
	cp -R "${dir}/tree/rust" "${work}/older"
	mv "${work}/older/rust/helpers/helpers.c" "${work}/older/rust"
	SRCTREE=${work}/older lists_nothing
}

# $1: a crate
list_lacks() {
	if make_lists > "${work}/log" 2>&1; then
		return 1
	fi
	cat "${work}/log"
	[ "$(wc -l < "${work}/log")" = 1 ]
	grep "^kheaders_list: ${work}/obj/.*\.$1\.o\.cmd: missing or empty; run make clean" \
		"${work}/log"
}

# Out of tree, the build directory was moved: its crates will do, or nothing.
lists_moved_build() {
	cp -R "${work}/obj/rust" "${work}/obj/rust.whole"
	sed -i "s:${dir}/tree/:/moved/:g" "${work}/obj/rust"/.*.cmd
	KBUILD_EXTMOD=${work} make_lists
	grep -q -x RUST=crates "${work}/lists/kheaders-info"
	rm "${work}/obj/rust"/*.rmeta "${work}/obj/rust"/*.so
	KBUILD_EXTMOD=${work} make_lists
	grep -q -x RUST=no "${work}/lists/kheaders-info"
	rm -r "${work}/obj/rust"
	mv "${work}/obj/rust.whole" "${work}/obj/rust"
	sed -i "s:${dir}/obj/:${work}/obj/:g" "${work}/obj/rust"/.*.cmd
	KBUILD_EXTMOD=${work} make_lists
	grep -q -x RUST=source "${work}/lists/kheaders-info"
}

says_what_is_missing() {
	rm "${work}/obj/rust/.core.o.cmd"
	list_lacks core
	: > "${work}/obj/rust/.core.o.cmd"
	list_lacks core
	rm "${work}/obj/rust/.kernel.o.cmd"
	: > "${work}/obj/rust/.kernel.o.cmd"
	list_lacks kernel
}
