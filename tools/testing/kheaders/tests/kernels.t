#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Kernels with the overlay in them, booted: the kselftests run there, modules
# are built from the archive and loaded.
#
# Usage: kernels.t [KERNEL:m|y]...

. "$(dirname "$0")/../tap.sh"

[ $# != 0 ] || set -- 5.10:m 6.1:m 6.12:y 7.3:y

# What the guest gets: see guest-check.sh
prepare_guest() {
	guest=${dir}/guest-check
	rm -rf "${guest}"
	mkdir -p "${guest}/sources"
	cp -R "${dir}/modules" "${guest}"
	cp -R "${here}/modules/." "${guest}/sources"
	run_logged "${dir}/kselftest.log" make -C "${dir}/tree/tools/testing/selftests" \
		O="${dir}/kselftest" TARGETS=kheaders INSTALL_PATH="${guest}/kselftest" install
}

run_guest() {
	GUEST_HIDE="${builddir}" "${here}/guest.sh" -t 400 um "${dir}/image" \
		"${here}/guest-check.sh" "${guest}"
}

# $1: a file of TAP; those of kselftest's programs come after "# "
relay() {
	sed -n -E 's/^(# )?((not )?ok) [0-9]+ (- )?(.*)/\2|\5/p' "$1" > "${tmp}/lines"
	: > "${tmp}/output"
	while IFS='|' read -r verdict what; do
		case ${what} in
		*SKIP*) ;;
		*) report "${verdict}" "${kernel}: ${what}" ;;
		esac
	done < "${tmp}/lines"
}

# $1: a Module.symvers; the kernel's own symbols, sorted
of_vmlinux() {
	awk -F '\t' '$3 == "vmlinux"' "$1" | sort
}

# The module's file is its name where modpost writes it, "_" for "-" elsewhere.
of_module() {
	awk -F '\t' -v OFS='\t' '$3 ~ /kheaders_exports$/ { $3 = "kheaders_exports"; print }' "$1" | sort
}

same_symvers() {
	of_vmlinux "${dir}/obj/Module.symvers" > "${tmp}/a"
	of_vmlinux "${guest}/symvers" > "${tmp}/b"
	[ -s "${tmp}/a" ] && diff "${tmp}/a" "${tmp}/b"
}

same_symvers_of_module() {
	of_module "${guest}/symvers-exports" > "${tmp}/a"
	of_module "${guest}/symvers-loaded" > "${tmp}/b"
	[ "$(wc -l < "${tmp}/a")" = 3 ] && diff "${tmp}/a" "${tmp}/b"
}

has_versions() {
	grep -q '^CONFIG_MODVERSIONS=y' "${dir}/obj/.config" &&
		[ "$(grep -c '^0x00000000' "${guest}/symvers")" -lt 10 ]
}

# The four programs, and all that guest-check.sh planned
all_ran() {
	[ "$(grep -c -E '^(not )?ok [0-9]+ selftests: kheaders:' "${guest}/kselftest.tap")" = 4 ]
	grep -q -x "1..$(grep -c -E '^(not )?ok ' "${guest}/modules.tap")" "${guest}/modules.tap"
}

# Built in, there is no module to load and unload.
only_module_skipped() {
	grep -E '^ok .* # SKIP' "${guest}/kselftest.tap" > "${tmp}/skipped"
	grep -q 'module.sh # SKIP' "${tmp}/skipped"
	[ "$(wc -l < "${tmp}/skipped")" = 1 ]
}

for spec in "$@"; do
	kernel=${spec%:*}
	name=
	[ "${spec#*:}" = m ] || name=builtin
	# shellcheck disable=SC2086 # nothing, or a name and an option
	dir=$("${here}/kernel.sh" um "${kernel}" ${name} ${name:+IKHEADERS=y})
	kernel="${kernel} =${spec#*:}"
	prepare_guest
	check "${kernel}: the guest ends well" run_guest
	relay "${guest}/kselftest.tap"
	relay "${guest}/modules.tap"
	check "${kernel}: all was run" all_ran
	if [ -z "${name}" ]; then
		check "${kernel}: no kselftest skipped" [ "$(grep -c SKIP "${guest}/kselftest.tap")" = 0 ]
	else
		check "${kernel}: only module.sh skipped" only_module_skipped
	fi
	check "${kernel}: MODVERSIONS is on" has_versions
	check "${kernel}: kheaders.symvers is Module.symvers" same_symvers
	check "${kernel}: and has what a loaded module exports" same_symvers_of_module
done
finish
