# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# List the files that modules in Rust need. Sourced by kheaders_list.sh.
#
# shellcheck disable=SC2154 # the variables of kheaders_list.sh
# shellcheck disable=SC2038 # names without blanks

: "${srctree:?}" "${objtree:?}"

has_rust() {
	[ "${CONFIG_IKHEADERS_RUST-}" = y ] && is_enabled CONFIG_RUST && [ -d "${objtree}/rust" ]
}

# Print the sources of the crates that are in directory $1, relative to it. The kernel's
# build has noted them in .cmd files in ${objtree}/rust; it may call the directory . or ..
crate_sources() {
	set -- "$1/"
	[ "$1" != "${objtree}/" ] || set -- "$1" ./
	[ "$1" != "${objtree%/*}/" ] || set -- "$1" ../
	[ "${srctree}" != "${objtree}" ] || set -- "$@" ""
	# shellcheck disable=SC2038 # no blanks in Kbuild's names
	find "${objtree}/rust" -name '.*.cmd' -exec grep -l -e --crate-name {} + |
		xargs sed -n -e 's/^source_.* := //p' -e 's/^ *\([^ $]*\) *\\*$/\1/p' |
		awk -v dirs="$(printf '%s|' "$@")" '
		BEGIN { n = split(dirs, dir, "|") - 1 }
		! /\.(rlib|rmeta|so)$/ {
			for (i = 1; i <= n; i++)
				if (index($0, dir[i] "rust/") == 1)
					print substr($0, length(dir[i]) + 1)
		}' | sort -u
}

# The compiled crates, for one version of rustc, of installed headers without sources. A
# kernel's own build has crates as well, which are not packed.
existing_crates() {
	existing rust/lib*.rmeta rust/lib*.so rust/helpers/helpers_module.bc
}

# The form of the crates: source, or crates if installed headers have only those
rust() {
	if ! has_rust; then
		echo no
	elif [ -f "${srctree}/rust/helpers/helpers.c" ] &&
		[ "$(crate_sources "${objtree}" | head -n 1)" ]; then
		echo source
	elif [ "${KBUILD_EXTMOD-}" ] && [ "$(cd "${objtree}" && existing_crates)" ]; then
		echo crates
	else
		echo no
	fi
}

# shellcheck disable=SC2154 # rust is set by kheaders_list.sh
# The sources, other files that the Makefile names, and helpers in C if they are inlined
src_rust() {
	[ "${rust}" = source ] || return 0
	crate_sources "${srctree}"
	echo rust/Makefile
	existing rust/bindgen_parameters rust/*/*_helper.h rust/helpers/helpers.c
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
