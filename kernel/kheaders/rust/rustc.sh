#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Run rustc, or clippy. For a source of a module, first check that rustc is the kernel's, and
# build the crates that modules are compiled against, unless they exist.
#
# Usage: rustc.sh ARGUMENT...
#
# Kbuild runs this where it would run rustc, so nothing of this happens for a module in C.
# rust/kheaders.mk sets ${KHEADERS_RUSTC}, the command to run, and ${KHEADERS_CRATES}, one that
# makes the crates.

set -eu
: "${KHEADERS_RUSTC:?}" "${KHEADERS_CRATES:?}"

# What Kbuild exports is not for the make of the crates. $1: the source, for messages
make_crates() {
	from=$(pwd)
	file=${from}/$1
	[ "${1#/}" = "$1" ] || file=$1
	cd "${0%/*}/.."
	# shellcheck disable=SC2046 # names
	unset OBJTREE RUST_MODFILE MAKELEVEL \
		$(sed -n 's/^[[:blank:]]*export \([A-Za-z_ ]*\).*/\1/p' Makefile)
	export from file
	umask 022
	eval "${KHEADERS_CRATES}"
}

for word; do
	case ${word} in
	*.rs)
		(make_crates "${word}")
		;;
	esac
done
# shellcheck disable=SC2086 # a command, possibly with arguments
exec ${KHEADERS_RUSTC} "$@"
