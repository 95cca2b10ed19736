#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's own checks pass on a tree with the overlay: warnings with all modules
# configured, sparse, coccicheck, kernel-doc, kselftest and random configurations.
#
# Usage: kbuild.t [KERNEL]...

. "$(dirname "$0")/../lib/tap.sh"

[ $# != 0 ] || set -- "${latest}"
objects="kernel/kheaders.o kernel/kheaders_data.o"

make_it() {
	make -C "${tree}" O="${obj}" ARCH=x86_64 -j"$(nproc)" "$@"
}

# Let make continue after warnings in other files.
allmodconfig() {
	echo "# CONFIG_WERROR is not set" > "${tmp}/all.config"
	KCONFIG_ALLCONFIG=${tmp}/all.config make_it allmodconfig
}

# Build our objects and programs again, without a warning about our files or files
# generated for them. $@: for make
without_words() {
	rm -f "${obj}"/kernel/kheaders*.o "${obj}/kernel/kheaders_strip"
	# shellcheck disable=SC2086 # a list
	make_it "$@" ${objects} > "${tmp}/log" 2>&1 || {
		tail -n 20 "${tmp}/log"
		return 1
	}
	! grep -E 'kheaders[^ ]*:[0-9]+:|kheaders.*(warning|error)' "${tmp}/log"
}

# 7.x leaves it out where it does not know what gcc does.
takes_sparse() {
	[ ! -f "${tree}/scripts/checker-valid.sh" ] ||
		[ "$("${tree}/scripts/checker-valid.sh" sparse)" = 1 ]
}

# Each semantic patch that the tree has
coccicheck() {
	without_words C=2 CHECK="${tree}/scripts/coccicheck" MODE=report
	grep -q 'CHECK .*kheaders.c' "${tmp}/log"
}

restore_source() {
	[ ! -f "${tmp}/source" ] || mv -f "${tmp}/source" "${source}"
}

# A check that finds nothing in our files finds a planted defect. $1: a pattern, then
# the arguments of without_words
finds_defect() {
	pattern=$1
	shift
	cp -p "${source}" "${tmp}/source"
	cat "${source}" - > "${source}.new" <<-END
		int kheaders_planted(int a)
		{
			switch (a) {
			default:
				a++;
			};
			return a;
		}
	END
	mv -f "${source}.new" "${source}"
	without_words "$@" > "${tmp}/words" || :
	restore_source
	cat "${tmp}/words"
	grep -q "kheaders.c:.*${pattern}" "${tmp}/words"
}

kernel_doc() {
	script=scripts/kernel-doc
	[ -x "${tree}/${script}" ] || script=tools/docs/kernel-doc
	"${tree}/${script}" -none "${tree}"/kernel/kheaders*.[ch] > "${tmp}/log" 2>&1
	cat "${tmp}/log"
	[ ! -s "${tmp}/log" ]
}

# The kernel that runs is another: all four are run, and say so or pass.
kselftest() {
	make_it TARGETS=kheaders kselftest > "${tmp}/log" 2>&1
	cat "${tmp}/log"
	[ "$(grep -c '^ok [0-9]* selftests: kheaders:' "${tmp}/log")" = 4 ]
}

# $1: the seed; all is random but what the archive needs.
random_configuration() {
	printf 'CONFIG_%s\n' SYSFS=y IKHEADERS=y > "${tmp}/all.config"
	rm -f "${obj}/.config"
	KCONFIG_SEED=$1 KCONFIG_ALLCONFIG=${tmp}/all.config make_it randconfig > "${tmp}/log" 2>&1
	grep -q -x CONFIG_IKHEADERS=y "${obj}/.config"
}

# Build the archive with the current configuration.
packs() {
	# shellcheck disable=SC2086 # a list
	make_it ${objects} > "${tmp}/log" 2>&1 || {
		tail -n 20 "${tmp}/log"
		return 1
	}
	tar -tJf "${obj}/kernel/kheaders_data.tar.xz" | grep -q -x ./include/linux/list.h
}

"${fetchdir}/packages.sh" build lint kbuild
trap 'restore_source; rm -rf "${tmp}"' EXIT
for kernel in "$@"; do
	dir=${builddir}/$(basename "${kernel}")-kbuild
	tree=${dir}/tree
	obj=${dir}/obj
	source=${tree}/kernel/kheaders.c
	"${testdir}/build/tree.sh" "${kernel}" "${tree}"
	mkdir -p "${obj}"
	check "${kernel}: kernel-doc" kernel_doc
	check "${kernel}: allmodconfig" allmodconfig
	check "${kernel}: kselftest" kselftest
	check "${kernel}: no warning with W=1, all of kernel/" without_words W=1 kernel/
	check "${kernel}: W=1 finds a defect" finds_defect "no previous prototype" W=1
	if takes_sparse; then
		check "${kernel}: sparse" without_words C=2
		check "${kernel}: sparse finds a defect" finds_defect "Should it be static" C=2
	else
		check "${kernel}: sparse # SKIP make finds it too old; lint.t has that of ${usual}" true
	fi
	check "${kernel}: coccicheck" coccicheck
	check "${kernel}: coccicheck finds a defect" finds_defect "Unneeded semicolon" \
		C=2 CHECK="${tree}/scripts/coccicheck" MODE=report
	for seed in 1 2 3 4 5 6 7 8 9 10; do
		check "${kernel}: random configuration ${seed}" random_configuration "${seed}"
		check "${kernel}: random configuration ${seed}: the archive" packs
	done
done
finish
