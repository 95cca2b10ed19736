# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# For tests that edit a file of a kernel's source and build again, such as a header which
# nothing built-in includes. Sourced by them, after tap.sh. ${tree} is the source, ${obj}
# the O= directory.

: "${tmp:?}"
unused=include/linux/mfd/abx500.h
trap 'restore_file; rm -rf "${tmp}"' EXIT

# Add a line. Up to restore_file, only one file is edited. $1: its name, $2: the line
edit_file() {
	cp "${tree:?}/$1" "${tmp}/restore"
	echo "$1" > "${tmp}/restore-name"
	sed "\$a $2" "${tmp}/restore" > "${tmp}/edited"
	replace_file "${tmp}/edited" "${tree}/$1"
}

edit_unused_header() {
	edit_file "${unused}" "extern int kheaders_unused;"
}

# Replace the file by a newer one, so that the next build notices it.
restore_file() {
	[ -f "${tmp}/restore-name" ] || return 0
	replace_file "${tmp}/restore" "${tree}/$(cat "${tmp}/restore-name")"
	rm "${tmp}/restore-name"
}

# A command that builds the kernel
links_no_vmlinux() {
	touch -r "${obj:?}/vmlinux" "${tmp}/linked"
	"$@"
	! find "${obj}/vmlinux" -newer "${tmp}/linked" | grep .
}
