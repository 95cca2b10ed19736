#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Run rustc, or clippy. For a source of a module, first check that rustc is the kernel's, and
# build the crates that modules are compiled against, unless they exist.
#
# Usage: rustc.sh ARGUMENT...
#
# Kbuild runs this where it would run rustc, so nothing of this happens for a module in C.
# rust/kheaders.mk sets ${KHEADERS_RUSTC}, the command to run, and ${KHEADERS_CRATES}.

set -eu
: "${KHEADERS_RUSTC:?}" "${KHEADERS_CRATES:?}"

# Kbuild compiles in spite of -n and -q; then nothing else is made.
is_dry_run() {
	case ${MAKEFLAGS%% *} in
	-*) return 1 ;;
	*[nq]*) ;;
	*) return 1 ;;
	esac
}

# Flags of make for jobs and silence. Not its jobserver: others that wait for the same crates
# hold its tokens. Without -j, use all processors, because the user waits.
flags_for_make() {
	flags=
	jobs=-j$(nproc 2> /dev/null || echo 1)
	for word in ${MAKEFLAGS%%-- *}; do
		case ${word} in
		-j[0-9]*) jobs=${word} ;;
		-*) ;;
		*s*) flags=s ;;
		esac
	done
	echo "${flags} ${jobs}"
}

# What Kbuild exports is not for the make of the crates. $1: the source, for messages
make_crates() {
	flags=$(flags_for_make)
	from=$(pwd)
	file=${from}/$1
	[ "${1#/}" = "$1" ] || file=$1
	cd "${0%/*}/.."
	# shellcheck disable=SC2046 # names
	unset OBJTREE RUST_MODFILE MAKELEVEL \
		$(sed -n 's/^[[:blank:]]*export \([A-Za-z_ ]*\).*/\1/p' Makefile)
	export MAKEFLAGS="${flags}" from file
	umask 022
	eval "${KHEADERS_CRATES}"
}

for word; do
	case ${word} in
	*.rs)
		is_dry_run || (make_crates "${word}")
		;;
	esac
done
# shellcheck disable=SC2086 # a command, possibly with arguments
exec ${KHEADERS_RUSTC} "$@"
