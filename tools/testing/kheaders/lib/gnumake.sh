# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # used by those who source this, and set by them
#
# For tests that call make in a tree: ${archive} of ${kernel}, x86_64, that kit.t uses, and
# functions. Sourced after tap.sh.

: "${testdir:?}" "${tmp:?}" "${kernel:?}"
dir=$(GOAL=kernel/kheaders_data.o \
	"${testdir}/build/kernel.sh" qemu "${kernel}" kit INIT_STACK_NONE=y)
archive=${dir}/obj/kernel/kheaders_data.tar.xz
make='make'
kit=${tmp}/kit

# A tree as it is unpacked, and what is in it
fresh() {
	rm -rf "${kit}"
	mkdir "${kit}"
	tar -xJf "${archive}" -C "${kit}"
	(cd "${kit}" && find . ! -type d | sort) > "${tmp}/names"
	(cd "${kit}" && find . -type f -exec sha256sum {} +) > "${tmp}/sums"
}

# Nothing was made there, and nothing was changed.
is_fresh() {
	(cd "${kit}" && find . ! -type d | sort) | diff "${tmp}/names" -
	is_unchanged
}

is_unchanged() {
	(cd "${kit}" && sha256sum -c --quiet "${tmp}/sums")
}

copy_module() {
	rm -rf "${tmp}/module"
	cp -R "${testdir}/data/modules/hello" "${tmp}/module"
}

has_module() {
	[ -s "${tmp}/module/kheaders_hello.ko" ]
}

# $@: a command, which may fail; ${status} and ${tmp}/log tell
run() {
	status=0
	"$@" > "${tmp}/log" 2>&1 || status=$?
	cut -c 1-200 "${tmp}/log"
}

# $@: for make
run_make() {
	copy_module
	run "${make}" -C "${kit}" M="${tmp}/module" KBUILD_MODPOST_WARN=1 "$@"
}

builds() {
	run_make "$@"
	[ "${status}" = 0 ] && has_module
}

# What is said by us, in one line and no more: $1: a pattern
says_once() {
	grep '^\(.*\*\*\* \)\{0,1\}kheaders: ' "${tmp}/log" |
		grep -v 'no symbol versions' > "${tmp}/said" || :
	[ "$(wc -l < "${tmp}/said")" = 1 ] && grep -q -e "$1" "${tmp}/said"
}

# $1: a pattern, then a command, which make ends
refused() {
	pattern=$1
	shift
	run "$@"
	[ "${status}" = 2 ] && says_once "${pattern}"
}

# $1: a pattern, then for make
refuses() {
	pattern=$1
	shift
	run_make "$@"
	[ "${status}" = 2 ] && says_once "${pattern}"
}

# $1: a variable for the environment, then a command
with() {
	(
		# shellcheck disable=SC2163 # it has a name and a value
		export "$1"
		shift
		"$@"
	)
}
