# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# For tests that edit a header which nothing built-in includes. Sourced by them, after
# tap.sh. ${tree} is the source, ${obj} the O= directory.

: "${tmp:?}"
unused=include/linux/mfd/abx500.h
trap 'restore_unused_header; rm -rf "${tmp}"' EXIT

edit_unused_header() {
	cp "${tree:?}/${unused}" "${tmp}/unused"
	sed '$a extern int kheaders_unused;' "${tmp}/unused" > "${tmp}/edited"
	replace_file "${tmp}/edited" "${tree}/${unused}"
}

# Replace the header by a newer file, so that the next build notices it.
restore_unused_header() {
	[ -f "${tmp}/unused" ] || return 0
	replace_file "${tmp}/unused" "${tree}/${unused}"
	rm "${tmp}/unused"
}

# A command that builds the kernel
links_no_vmlinux() {
	touch -r "${obj:?}/vmlinux" "${tmp}/linked"
	"$@"
	! find "${obj}/vmlinux" -newer "${tmp}/linked" | grep .
}
