# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Functions that the tests of the packer share. Sourced by them, after tap.sh and with
# ${kernel} set. The tests build kernel/kheaders_data.o of one tree, ${tree}, in ${obj}, and
# check ${archive}. Their changes to a header of the tree are undone at the end.

: "${testdir:?}" "${topdir:?}" "${tmp:?}" "${kernel:?}"
dir=$(GOAL=kernel/kheaders_data.o \
	"${testdir}/build/kernel.sh" qemu "${kernel}" kit INIT_STACK_NONE=y)
tree=${dir}/tree
obj=${dir}/obj
archive=${obj}/kernel/kheaders_data.tar.xz
header=include/linux/list.h
# shellcheck disable=SC2034 # used by those who source this
all_pieces=$(sed -n 's/^kheaders-piece-numbers := //p' "${topdir}/kernel/Makefile.kheaders" | wc -w)
cp "${tree}/${header}" "${tmp}/header"
trap 'restore_header; rm -rf "${tmp}"' EXIT

restore_header() {
	replace_file "${tmp}/header" "${tree}/${header}"
}

# $1: a word that the header then has
edit_header() {
	sed "\$a extern int kheaders_$1;" "${tmp}/header" > "${tmp}/edited"
	replace_file "${tmp}/edited" "${tree}/${header}"
}

# These tests check what is packed, not how small it gets.
use_quick_xz() {
	variables="XZ=${testdir}/programs/quick-xz.sh"
}

# For tests that edit what is packed and nothing else: run only what a whole make runs in
# kernel/, which is a sixth of its processor time. Kernels up to 6.1 cannot.
use_kernel_only() {
	! grep -q '^run-command:' "${tree}/Makefile" || kernel_only=yes
}

# A whole make is needed after all when the configuration has changed.
is_configured() {
	[ -z "$(find "${obj}/.config" -newer "${obj}/include/config/auto.conf")" ]
}

# $@: words before make; ${variables}: variables of make
# shellcheck disable=SC2086 # a list
run_make() {
	set -- "$@" make -C "${tree}" O="${obj}" ARCH=x86_64 -j"${jobs:-2}" ${variables-}
	if [ "${kernel_only-}" ] && is_configured; then
		# shellcheck disable=SC2016 # the dollars are for make
		"$@" run-command KBUILD_RUN_COMMAND='+$(MAKE) $(build)=kernel need-modorder=1 kernel/kheaders_data.o'
	else
		"$@" kernel/kheaders_data.o
	fi
}

# Run make, and list the files that it makes in ${tmp}/made. $@: words before make
remake() {
	run_make "$@" > "${tmp}/log" 2>&1 || {
		tail "${tmp}/log"
		return 1
	}
	sed -n 's:^  GEN *kernel/::p' "${tmp}/log" | grep '\.tar\.xz' > "${tmp}/made" || :
	cat "${tmp}/made"
}

# $1: how many pieces are made, and the archive
makes() {
	remake env
	[ "$(grep -c '^kheaders-[0-9]' "${tmp}/made")" = "$1" ]
	grep -q -x kheaders_data.tar.xz "${tmp}/made"
}

makes_nothing() {
	remake env
	[ ! -s "${tmp}/made" ]
}

# $1: the contents of the header, or of $2
archive_has() {
	tar -xJOf "${archive}" "./${2:-${header}}" | grep -q "$1"
}
