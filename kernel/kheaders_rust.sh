# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# List the files that modules in Rust need. Sourced by kheaders_list.sh.
#
# shellcheck disable=SC2154 # the variables of kheaders_list.sh

: "${srctree:?}" "${objtree:?}"

# Print what the crate kernel is made of, from the .cmd files of the kernel's build in
# ${objtree}/rust: each names the sources of a crate and the crates that it uses, of which
# those of rustc itself are elsewhere. What an earlier build has left there is not named.
crate_deps() {
	awk -v objtree="${objtree}" '
	function refuse(file) {
		print "kheaders_list: " file ": missing or empty;", \
			"run make clean, and build again" > "/dev/stderr"
		exit 1
	}
	function cmd_of(crate) {
		match(crate, "[^/]*$")
		name = substr(crate, RSTART)
		if (sub(/^lib/, "", name) && sub(/\.rmeta$/, ".o", name))
			return substr(crate, 1, RSTART - 1) "." name ".cmd"
		return substr(crate, 1, RSTART - 1) "." substr(crate, RSTART) ".cmd"
	}
	function read(file,    line, status, n) {
		if (file in seen)
			return
		seen[file]
		while ((status = (getline line < file)) > 0) {
			if (line !~ /^source_/ && line !~ /^ *[^ $]+ *\\?$/)
				continue
			sub(/^source_.* := /, "", line)
			gsub(/[ \\]/, "", line)
			if (line !~ /\.(rlib|rmeta|so)$/) {
				print line
				n++
			} else if (line ~ /^(\.\/)?rust\// || index(line, objtree "/rust/") == 1) {
				read(cmd_of(line))
			}
		}
		close(file)
		if (status < 0 || !n)
			refuse(objtree "/" file)
	}
	BEGIN { read("rust/.kernel.o.cmd") }'
}

# Print the sources of the crates that are in directory $1, relative to it; the build may
# call the directory . or ..
crate_sources() {
	set -- "$1/"
	[ "$1" != "${objtree}/" ] || set -- "$1" ./
	[ "$1" != "${objtree%/*}/" ] || set -- "$1" ../
	[ "${srctree}" != "${objtree}" ] || set -- "$@" ""
	for f in ${crate_deps}; do
		for dir; do
			case ${f} in
			"${dir}rust/"*) echo "${f#"${dir}"}" ;;
			esac
		done
	done
}

# The compiled crates, for one version of rustc, of installed headers without sources. A
# kernel's own build has crates as well, which are not packed.
existing_crates() {
	existing rust/lib*.rmeta rust/lib*.so rust/helpers/helpers_module.bc
}

# Are the files that the build has noted those of the two trees? They are not once a tree has
# been moved.
finds_sources() {
	crate_deps=$(cd "${objtree}" && crate_deps 2> /dev/null) &&
		crate_sources "${srctree}" | grep -x rust/kernel/lib.rs > /dev/null &&
		crate_sources "${objtree}" | grep -x rust/bindings/bindings_generated.rs > /dev/null
}

has_sources() {
	[ -f "${srctree}/rust/helpers/helpers.c" ] && [ -f "${objtree}/rust/.kernel.o.cmd" ]
}

# Set ${rust}, the form of the crates: source, or crates if installed headers, or a build
# that was moved, have only those
find_rust() {
	rust=no
	if [ "${CONFIG_IKHEADERS_RUST-}" != y ] || ! is_enabled CONFIG_RUST; then
		return
	fi
	if [ -z "${KBUILD_EXTMOD-}" ]; then
		if has_sources; then
			rust=source
			crate_deps=$(cd "${objtree}" && crate_deps)
		fi
	elif has_sources && finds_sources; then
		rust=source
	elif [ "$(cd "${objtree}" && existing_crates)" ]; then
		rust=crates
	fi
}

# The sources, other files that the Makefile names, and helpers in C if they are inlined
src_rust() {
	[ "${rust}" = source ] || return 0
	crate_sources "${srctree}"
	echo rust/Makefile
	existing rust/bindgen_parameters rust/*/*_helper.h rust/helpers/helpers.c
	# for goals such as FILE.rsi, and CLIPPY=1
	existing .rustfmt.toml .clippy.toml
	if is_enabled CONFIG_RUST_INLINE_HELPERS; then
		find rust/helpers -name '*.[ch]'
	fi
}

obj_rust() {
	case ${rust} in
	source)
		crate_sources "${objtree}"
		existing scripts/target.json
		;;
	crates)
		existing_crates
		existing scripts/target.json
		;;
	esac
}

rust_files() {
	echo S
	(cd "${srctree}" && src_rust)
	echo O
	(cd "${objtree}" && obj_rust)
}

# GNUmakefile always includes kheaders.mk. rustc.sh refuses a module in Rust that cannot be
# built.
own_rust() {
	echo rust/kheaders.mk
	echo rust/rustc.sh
	echo rust/crates.sh
	[ "${rust}" != source ] || echo rust/Kbuild
}
