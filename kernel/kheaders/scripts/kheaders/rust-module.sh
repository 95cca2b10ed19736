#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Print the name of a source in Rust that is part of a module, or nothing.
#
# Usage: rust-module.sh DIR
#
# Such a source uses the crate "kernel", and a Makefile or Kbuild names its object. Others in
# the directory of a module may be ordinary programs, or files of this tree.

set -eu

tree=$(pwd -P)
top=$(cd -P "$1" && pwd)

# Is $1 named in its directory, or in one above it up to ${top}?
is_named() {
	object=${1%.rs}.o
	dir=${1%/*}
	while ! grep -q -s -w -F -e "${object#"${dir}"/}" "${dir}/Makefile" "${dir}/Kbuild"; do
		[ "${dir}" != "${top}" ] || return
		dir=${dir%/*}
	done
}

find "${top}" -path "${tree}" -prune -o -name '*.rs' -exec grep -l 'kernel::' {} + 2> /dev/null |
	while read -r source; do
		if is_named "${source}"; then
			echo "${source}"
			break
		fi
	done
