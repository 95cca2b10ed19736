#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The patches of make series pass the tree's own checkpatch, apply with git am, and leave
# a tree that builds; all patches together equal make apply, except for some lists that
# apply does not edit.
#
# Usage: series.t [VERSION]...

. "$(dirname "$0")/../lib/tap.sh"
. "${testdir}/lib/patches.sh"

[ $# != 0 ] || set -- "${longterm}" "${latest}"

# Lists that make apply leaves to those who send or merge the series
lists="Documentation/admin-guide/index.rst
Documentation/kbuild/index.rst
MAINTAINERS
tools/testing/selftests/Makefile"

series() {
	"${topdir}/scripts/series.sh" "${version}" "${builddir}/series/${version}"
}

# Newer checkpatch versions warn that bin_attributes should be const; this one cannot
# be, because its size is set when the module is loaded. They also take the line that
# includes kernel/Makefile.kheaders in kernel/Makefile for the file's own name.
checkpatch_but_two() {
	checkpatch "$1" || ! grep -v -e 'WARNING: struct bin_attribute should normally be const$' \
		-e "WARNING: It's generally not useful to have the filename in the file$" \
		"${tmp}/findings"
}

# The module, and the archive where it is an object of its own by then
build() {
	objects=kernel/kheaders.o
	! grep -q kheaders_data.S "${tree}/kernel/Makefile.kheaders" 2> /dev/null ||
		objects="${objects} kernel/kheaders_data.o"
	printf 'CONFIG_%s=y\n' 64BIT MODULES MODVERSIONS BASIC_MODVERSIONS SYSFS PROC_FS EXPERT \
		IKHEADERS_KIT IKHEADERS_PROC IKHEADERS_STRIP_COMMENTS > "${tmp}/options"
	echo CONFIG_IKHEADERS=m >> "${tmp}/options"
	# shellcheck disable=SC2086 # a list
	make_objects "${tmp}/options" ${objects}
}

is_what_apply_makes() {
	cp -al "${pristine}" "${work}/applied"
	"${topdir}/scripts/overlay.sh" apply "${work}/applied"
	rm -rf "${work}/applied/.kheaders"
	{ diff -r -q -x .git "${work}/applied" "${tree}" || :; } > "${tmp}/differ"
	for d in "${work}/applied" "${tree}"; do
		(cd "${d}" && find Documentation init kernel tools -type f -perm -u+x | sort) \
			> "${tmp}/$(basename "${d}")"
	done
	cmp "${tmp}/applied" "${tmp}/$(basename "${tree}")"
	sed 's:^Files .* and .*/series-test/[^/]*/\(.*\) differ$:\1:' "${tmp}/differ" |
		sort > "${tmp}/names"
	echo "${lists}" | diff - "${tmp}/names"
}

# shellcheck disable=SC2086 # a list
lists_only_grow() {
	cd "${tree}"
	git diff --numstat base -- ${lists} > "${tmp}/numbers"
	awk '$2 != 0 || !$1 { exit 1 } END { exit NR != 4 }' "${tmp}/numbers"
}

# Every new file has a maintainer.
is_maintained() {
	cd "${tree}"
	git diff --name-only --diff-filter=A base > "${tmp}/new"
	[ "$(wc -l < "${tmp}/new")" -ge 20 ]
	while read -r f; do
		perl scripts/get_maintainer.pl --no-git --no-git-fallback -f "${f}" |
			grep -q somebody@example.org || {
			echo "${f}: nobody's"
			return 1
		}
	done < "${tmp}/new"
}

check_patch() {
	name=$(basename "$1" .patch)
	check "${version}: ${name}: checkpatch" checkpatch_but_two "$1"
	check "${version}: ${name}: signed off" is_signed_off "$1"
	check "${version}: ${name}: git am" git -C "${tree}" am -q --whitespace=error "$1"
	check "${version}: ${name}: builds" build
}

versions=$*
for version in ${versions}; do
	pristine=$("${fetchdir}/source.sh" "${version}")
	rm -rf "${work}"
	check "${version}: make series" series
	set -- "${builddir}/series/${version}"/*.patch
	check "${version}: cover letter" is_cover_letter "$1"
	check "${version}: cover letter: checkpatch" checkpatch_but_two "$1"
	shift
	check "${version}: at least eight patches" [ $# -ge 8 ]
	check "${version}: the tree as it was" \
		make_repository "${builddir}/series/${version}"/*.patch
	check "${version}: the tree as it was: builds" build
	for patch; do
		check_patch "${patch}"
	done
	check "${version}: the same as make apply makes, but for four lists" is_what_apply_makes
	check "${version}: lists only grow" lists_only_grow
	check "${version}: all that is new is maintained" is_maintained
done

# Called by a hook of git, as it were, which names another repository
leaves_others_alone() {
	git init -q "${work}/others"
	GIT_DIR="${work}/others/.git" series
	[ -z "$(git -C "${work}/others" for-each-ref)" ]
	! git -C "${work}/others" config branch.series.description
}
check "a repository of others is left alone" leaves_others_alone
before=$(cat "${builddir}/series/${version}"/*.patch | cksum)
check_fails "no user.email" "no user.email.*git config --global user.email" \
	env GIT_CONFIG_VALUE_1= "${topdir}/scripts/series.sh" "${version}" \
	"${builddir}/series/${version}"
mkdir "${work}/bad"
check_fails "not a kernel tree" "not a kernel source tree" \
	"${topdir}/scripts/series.sh" "${work}/bad" "${builddir}/series/${version}"
cp -p "${pristine}/Kbuild" "${pristine}/Makefile" "${work}/bad"
check_fails "no kheaders of its own" "no kheaders of its own" \
	"${topdir}/scripts/series.sh" "${work}/bad" "${builddir}/series/${version}"
check "the patches are as they were" \
	[ "$(cat "${builddir}/series/${version}"/*.patch | cksum)" = "${before}" ]
finish
