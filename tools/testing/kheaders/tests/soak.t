#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A kernel with all checkers on (KASAN, lockdep, kmemleak, sleep in atomic context)
# reports nothing: during the kselftests, during many loads and unloads under load, and
# during loads in which allocations fail; see guest/soak.sh.
#
# Usage: soak.t [KERNEL:TYPE:ROUNDS]...
#
# TYPE is the type of guest, um or qemu, which has two processors; ROUNDS is the number
# of times that kheaders.ko is loaded under load.

. "$(dirname "$0")/../lib/tap.sh"

[ $# != 0 ] || set -- "${longterm}:um:20"

# Then what a module takes, and what makes allocations fail
options="$(sed -n 's/^CONFIG_\(.*=[ym]\)$/\1/p' "${topdir}/kernel/configs/kheaders-debug.config")
	NET=y PREEMPT=y KASAN_VMALLOC=y FAULT_INJECTION=y FAILSLAB=y FAULT_INJECTION_DEBUG_FS=y"

# Patterns that must not occur in the log. A kobject that cannot be added for lack of
# memory is reported as well, which is no fault.
reports='BUG|WARNING|KASAN:|UBSAN:|INFO:|possible |unreferenced|kmemleak: [0-9]|Oops|cut here|stall'
reports="${reports}|general protection|refcount_t:|kobject_add.*EEXIST|sysfs: cannot"

# Kconfig says nothing of those that it drops.
has_options() {
	for option in ${options}; do
		case ${option} in
		*=[ym]) grep -x "CONFIG_${option}" "${dir}/obj/.config" || {
			echo "not there: ${option}"
			return 1
		} ;;
		esac
	done
}

# $1: a module, then more for make
build_module() {
	source=${tmp}/modules/$1
	shift
	run_logged "${dir}/modules.log" make -C "${dir}/obj" ARCH="${arch}" M="${source}" "$@" \
		modules
	cp "${source}"/*.ko "${guest}/built"
}

# What the guest gets: see guest/soak.sh
prepare_guest() {
	guest=${dir}/guest-soak
	rm -rf "${guest}" "${tmp}/modules"
	mkdir -p "${guest}/built"
	cp -R "${dir}/modules" "${guest}"
	"${testdir}/build/kselftest.sh" "${dir}" "${guest}/kselftest"
	cc -O2 -Wall -o "${guest}/fail-nth" "${testdir}/programs/fail-nth.c"
	cp -R "${testdir}/data/modules" "${tmp}/modules"
	cp -R "${testdir}/data/faults" "${tmp}/modules"
	for module in hello exports inlines faults; do
		build_module "${module}"
	done
	build_module uses KBUILD_EXTRA_SYMBOLS="${tmp}/modules/exports/Module.symvers"
}

run_guest() {
	GUEST_HIDE="${builddir}" "${testdir}/boot/boot.sh" -a "SOAK_ROUNDS=${rounds}" "${type}" \
		"${dir}/image" "${testdir}/guest/soak.sh" "${guest}"
}

all_ran() {
	kselftest_ran "${guest}/kselftest.tap" && plan_ran "${guest}/soak.tap" &&
		! grep SKIP "${guest}/kselftest.tap"
}

# Split the log at the start of provoked faults; both parts must exist.
split_log() {
	sed '/soak: faults/,$d' "${guest}/console" > "${tmp}/log"
	sed '1,/soak: faults/d' "${guest}/console" > "${tmp}/log-of-faults"
	[ -s "${tmp}/log" ] && [ -s "${tmp}/log-of-faults" ]
}

no_report() {
	! grep -E -A 30 "${reports}" "${tmp}/log"
}

# $1: a pattern; a line with it is taken for a report.
is_reported() {
	cat "${tmp}/log-of-faults"
	grep -E "${reports}" "${tmp}/log-of-faults" | grep -q -e "$1"
}

for spec in "$@"; do
	kernel=${spec%%:*}
	rounds=${spec##*:}
	type=${spec#*:}
	type=${type%:*}
	[ "${type}" = um ] || "${fetchdir}/packages.sh" build qemu
	# shellcheck disable=SC2086 # a list
	dir=$("${testdir}/build/kernel.sh" "${type}" "${kernel}" soak ${options})
	arch=$(cat "${dir}/arch")
	prepare_guest
	kernel="${kernel} ${type} soak"
	check "${kernel}: the kernel has all checkers" has_options
	check "${kernel}: the guest ends well" run_guest
	relay "${kernel}" "${guest}/kselftest.tap"
	relay "${kernel}" "${guest}/soak.tap"
	grep '^# ' "${guest}/soak.tap" || :
	check "${kernel}: all was run, nothing skipped" all_ran
	check "${kernel}: faults were provoked" split_log
	check "${kernel}: no report in the log before" no_report
	check "${kernel}: a WARN_ON is reported" is_reported "WARNING: .*faults"
	check "${kernel}: a leak is reported" \
		is_reported "kmemleak: [0-9]* new suspected memory leaks"
	check "${kernel}: sleep in atomic context is reported" \
		is_reported "sleeping function called"
	check "${kernel}: locks in two orders are reported" is_reported "possible circular locking"
	check "${kernel}: use after free is reported" is_reported "KASAN: .*use-after-free"
done
finish
