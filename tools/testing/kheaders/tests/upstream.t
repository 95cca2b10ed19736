#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The series for the kernel's maintainers passes checkpatch without exception, applies with
# git am, and each patch leaves a tree that builds. At the end the archive equals that of
# make apply, as far as both do the same: if the series is behind the overlay, this fails.
#
# Usage: upstream.t [KERNEL]

. "$(dirname "$0")/../lib/tap.sh"
. "${testdir}/lib/patches.sh"

kernel=${1:-${latest}}
pristine=$("${fetchdir}/source.sh" "${kernel}")
patches=${builddir}/series/upstream
tab=$(printf '\t')
# checkpatch looks up named commits with git, which needs the history.
no_history=
[ -e "${pristine}/.git" ] || no_history="--ignore UNKNOWN_COMMIT_ID"

series() {
	"${topdir}/scripts/upstream.sh" "${kernel}" "${patches}"
}

# $@: more options
options() {
	printf 'CONFIG_%s\n' 64BIT=y MODULES=y MODVERSIONS=y BASIC_MODVERSIONS=y SYSFS=y PROC_FS=y \
		EXPERT=y IKHEADERS=m IKHEADERS_STRIP_COMMENTS=y "$@" > "${tmp}/options"
}

# The archive is a part of the module, or an object of its own. $@: more options
build() {
	options "$@"
	set -- kernel/kheaders.o
	[ ! -e "${tree}/kernel/kheaders_data.S" ] || set -- "$@" kernel/kheaders_data.o
	make_objects "${tmp}/options" "$@"
}

# Only the author signs off.
is_from_somebody() {
	cat "$@" | sed -n 's/^\(From: \|[A-Z][a-z-]*-by: \)//p' | sort -u > "${tmp}/people"
	echo "Some Body <somebody@example.org>" | cmp - "${tmp}/people"
}

# Today's author keeps the module and hears of the patches.
keeps_the_author() {
	grep -q '^MODULE_AUTHOR("Joel Fernandes");$' "${tree}/kernel/kheaders.c" &&
		grep -q '^ *Joel Fernandes <.*>,$\|^Cc: Joel' "$1"
}

# No patch has code or text for another kernel version.
is_for_one_version() {
	for p in "$@"; do
		grep '^+.*\(LINUX_VERSION_CODE\|HAVE_[A-Z]\|KBUILD_EXTMOD\|hostprogs-y\|gpl_future\)' "${p}" || :
		sed '/^diff --git/,$d' "${p}" | grep '\(^\|[^.0-9]\)[3-6]\.[0-9]' |
			grep -v '[0-9] \(MB\|s\)\b' || :
	done > "${tmp}/findings"
	cat "${tmp}/findings"
	[ ! -s "${tmp}/findings" ]
}

# $1: the exit status wanted of gen_kheaders.sh where a file of the list is missing
status_of_missing() {
	mkdir -p "${tmp}/missing/include" "${tmp}/missing/kernel"
	cd "${tmp}/missing"
	: > include/a.h
	printf '%s\n' include/a.h include/none.h > list
	echo include/a.h > objlist
	status=0
	srctree=. TAR=tar XZ=xz sh "${tree}/kernel/gen_kheaders.sh" kernel/k.tar.xz list objlist \
		"" || status=$?
	[ "$((status != 0))" = "$1" ]
}

check_patch() {
	name=$(basename "$1" .patch)
	# shellcheck disable=SC2086 # a list
	check "${name}: checkpatch" checkpatch "$1" ${no_history}
	check "${name}: signed off" is_signed_off "$1"
	check "${name}: git am" git -C "${tree}" am -q --whitespace=error "$1"
	check "${name}: builds" build IKHEADERS_KIT=y
}

# $1: where to; what the archive holds, and a list with modes, owners and times
unpack() {
	rm -rf "${work:?}/$1"
	mkdir "${work}/$1"
	tar -xJf "${obj}/kernel/kheaders_data.tar.xz" -C "${work}/$1"
	tar --full-time -tvJf "${obj}/kernel/kheaders_data.tar.xz" | grep -v '^d' |
		sort -k 6 > "${work}/$1.list"
}

# This kernel build has no vmlinux, and so no Module.symvers.
builds_a_module() {
	no_elf_file "${work}/kit"
	make -C "${work}/kit" -f scripts/Makefile.extmod-programs
	cp -R "${testdir}/data/modules/hello" "${work}/module"
	make -C "${work}/kit" M="${work}/module" KBUILD_MODPOST_WARN=1 modules
	modinfo -F vermagic "${work}"/module/*.ko |
		grep "$(cat "${obj}/include/config/kernel.release") "
}

# As after a build in the source tree, where programs in tools/ have no .cmd files
lists_no_program() {
	(cd "${obj}" && find tools -type f -perm /1) > "${tmp}/programs"
	grep -q -x tools/objtool/objtool "${tmp}/programs"
	(cd "${obj}" && xargs cp --parents -t "${tree}" < "${tmp}/programs")
	(cd "${tree}" && SRCARCH=x86 CONFIG_OBJTOOL=y scripts/package/extmod-list sources) \
		> "${tmp}/sources"
	(cd "${tree}" && xargs rm < "${tmp}/programs")
	grep -q -x tools/objtool/check.c "${tmp}/sources"
	! grep -x -F -f "${tmp}/programs" "${tmp}/sources"
}

# With vmlinux, which is linked by now, and all modules. kheaders.ko defines what
# kheaders.c declares weak.
has_symvers_of_the_build() {
	options IKHEADERS_KIT=y
	make_objects "${tmp}/options" all
	grep -q "${tab}vmlinux${tab}" "${obj}/Module.symvers"
	tar -xJOf "${obj}/kernel/kheaders_data.tar.xz" ./Module.symvers |
		cmp - "${obj}/Module.symvers"
	[ "$(nm "${obj}/kernel/kheaders.ko" | grep -c ' [RVW] kernel_headers_data')" = 2 ]
}

build_overlay() {
	cd "${tree}"
	git checkout -q base
	"${topdir}/scripts/overlay.sh" apply "${tree}"
	options IKHEADERS_KIT=n
	make_objects "${tmp}/options" kernel/kheaders.o kernel/kheaders_data.o
	unpack applied
}

# The archives differ only in files that the overlay alone packs; see
# admin-guide/kheaders.rst.
is_up_to_date() {
	grep -v ' \./\(\.kheaders\|include/generated/\(compile\|utsversion\)\.h\)$' \
		"${work}/applied.list" |
		diff - "${work}/series.list"
	diff -r "${work}/applied" "${work}/series" > "${tmp}/differ" || :
	! grep -v -x -e "Only in ${work}/applied: \.kheaders" \
		-e "Only in ${work}/applied/include/generated: \(compile\|utsversion\)\.h" \
		"${tmp}/differ"
}

rm -rf "${work}"
check "make series UPSTREAM=1" series
check "the tree as it was" make_repository "${patches}"/*.patch
check "the tree as it was: a header that is missing goes unnoticed" status_of_missing 0
set -- "${patches}"/*.patch
cover=$1
check "cover letter" is_cover_letter "${cover}"
# shellcheck disable=SC2086 # a list
check "cover letter: checkpatch" checkpatch "${cover}" ${no_history}
check "cover letter: the base" grep -q -x -E 'base-commit: (v[0-9.]+|[0-9a-f]{40})' "${cover}"
check "nobody else signs" is_from_somebody "$@"
check "nothing for other versions" is_for_one_version "$@"
shift
for patch; do
	check_patch "${patch}"
	case ${patch} in
	*/0001-*) check "${name}: a header that is missing fails it" status_of_missing 1 ;;
	esac
done
check "the author stays" keeps_the_author "${cover}"
check "with the kit: unpacked" unpack kit
check "with the kit: no program of the host, and a module is built" builds_a_module
check "with the kit: nor of one built in the source tree" lists_no_program
check "the whole kernel: kheaders.ko has its Module.symvers" has_symvers_of_the_build
check "headers alone: builds" build IKHEADERS_KIT=n
check "and is unpacked" unpack series
check "make apply: builds" build_overlay
check "the series is not behind the overlay" is_up_to_date

mkdir "${work}/bad"
cp -p "${pristine}/Kbuild" "${pristine}/Makefile" "${work}/bad"
mkdir "${work}/bad/kernel"
: > "${work}/bad/kernel/gen_kheaders.sh"
before=$(cat "${patches}"/*.patch | cksum)
check_fails "another kernel" "does not fit" \
	"${topdir}/scripts/upstream.sh" "${work}/bad" "${patches}"
check "the patches are as they were" [ "$(cat "${patches}"/*.patch | cksum)" = "${before}" ]
finish
