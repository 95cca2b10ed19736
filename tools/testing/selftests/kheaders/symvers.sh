#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# modpost accepts the archive's Module.symvers, which has the symbols that .kheaders
# names.

. "$(dirname "$0")/functions.sh"

tab=$(printf '\t')
export_macro="EXPORT_(SYMBOL(_GPL)?(_FUTURE)?|UNUSED_SYMBOL(_GPL)?)"
columns="0x[0-9a-f]{8}${tab}[A-Za-z0-9_.]+${tab}[A-Za-z0-9_/.-]+${tab}${export_macro}"
line="^${columns}(${tab}[^${tab}]*)?\$"

is_well_formed() {
	[ -s "${symvers}" ] && ! grep -v -E "${line}" "${symvers}"
}

has_no_name_twice() {
	[ -z "$(cut -f 2 "${symvers}" | sort | uniq -d)" ]
}

has_printk() {
	grep -q "${tab}_\{0,1\}printk${tab}vmlinux${tab}EXPORT_SYMBOL" "${symvers}"
}

# Built in, kheaders is linked before any module is seen by modpost.
says_whose_they_are() {
	if is_module; then
		grep -qx SYMVERS=yes "${tmp}/.kheaders"
	else
		grep -qx SYMVERS=vmlinux "${tmp}/.kheaders" &&
			! grep -v "${tab}vmlinux${tab}" "${symvers}"
	fi
}

need_archive
tmp=$(mktemp -d)
trap 'rm -rf "${tmp}"' EXIT
symvers=${tmp}/Module.symvers
tar -xJf "${file}" -C "${tmp}" ./.kheaders
! grep -qx TOOLS=none "${tmp}/.kheaders" || skip_all "no kit, CONFIG_IKHEADERS_KIT is off"
tar -xJf "${file}" -C "${tmp}" ./Module.symvers

check "lines are those of a Module.symvers" is_well_formed
check "no symbol twice" has_no_name_twice
check "printk is there" has_printk
check ".kheaders says whose symbols they are" says_whose_they_are
finish
