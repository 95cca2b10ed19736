#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Build the crates that modules in Rust are compiled against, unless they exist: in
# rust/crates, with links to them in rust/.
#
# Usage: crates.sh FILE VARIABLE=VALUE...
#
# FILE is the source of a module, for messages; the other arguments are for make. rustc.sh
# runs this at the top of the tree, and sets ${MAKE}, ${RUSTC} (a command),
# ${RUSTC_VERSION_TEXT} (of the compiler that built the kernel), ${RUSTC_LLVM_VERSION} (of its
# LLVM, or empty), ${RUST} (as in .kheaders), ${INLINE_HELPERS} (y or empty), ${LLVM_LINK},
# ${RUN}, which is the same for all sources of one make, and ${from}, the directory in which
# Kbuild runs rustc. Users may set ${RUST_LIB_SRC}.
#
# shellcheck disable=SC2086 # RUSTC is a command

set -eu
: "${MAKE:?}" "${RUSTC:?}" "${RUN:?}" "${from:?}"

here=$(pwd)/rust

die() {
	echo "kheaders: $*" >&2
	exit 1
}

check_archive() {
	[ "${RUSTC_VERSION_TEXT}" ] ||
		die "$1: is in Rust, and this kernel was built without CONFIG_RUST;" \
			"use another kernel"
	case ${RUST} in
	source | crates) ;;
	*)
		die "$1: is in Rust, and this archive has nothing for it;" \
			"use the kernel's full tree, or from 6.12 on IKHEADERS_RUST=y"
		;;
	esac
}

# Symbol names differ between compilers, even between builds of the same version. In another
# directory, rustup may run another one. $2: the directory
check_rustc() {
	version=$(cd "$2" && ${RUSTC} --version 2> /dev/null) ||
		die "${RUSTC}: not found, to build $1; install ${RUSTC_VERSION_TEXT}, or set RUSTC="
	[ "${version}" = "${RUSTC_VERSION_TEXT}" ] ||
		die "${RUSTC}: is ${version}, and the kernel was built with" \
			"${RUSTC_VERSION_TEXT}; install that one, or set RUSTC="
}

check_llvm_link() {
	[ "${INLINE_HELPERS}" ] || return 0
	[ "${LLVM_LINK}" ] ||
		die "LLVM_LINK: not set, to build $1; set LLVM=1, as for the kernel"
	command -v "${LLVM_LINK}" > /dev/null ||
		die "${LLVM_LINK}: not found, to build $1;" \
			"install LLVM of rustc's version, or set LLVM="
	major=$("${LLVM_LINK}" --version | sed -n 's/.*version \([0-9]*\).*/\1/p' | head -n 1)
	wanted=$((${RUSTC_LLVM_VERSION:-0} / 10000))
	[ "${major:-0}" -ge "${wanted}" ] ||
		die "${LLVM_LINK}: is LLVM ${major}, and rustc has ${wanted}, to build $1;" \
			"install that, or set LLVM="
}

# e_machine of ELF
machine_of() {
	od -A n -t x1 -j 18 -N 2 "$1" 2> /dev/null
}

# rustc loads the libraries of macros, so installed crates are for hosts of one architecture.
check_macros() {
	host=$(machine_of /proc/self/exe) || return 0
	for library in rust/lib*.so; do
		[ ! -e "${library}" ] || [ "$(machine_of "${library}")" = "${host}" ] ||
			die "${here}/${library##*/}: was built on another architecture," \
				"and $1 needs it;" \
				"build on that one, or use an archive with RUST=source"
	done
}

check_needs() {
	[ -w rust ] ||
		die "${here}: not writable, and crates must be made;" \
			"run make once as the owner, or set O="
	command -v flock > /dev/null ||
		die "flock: not found, and crates must be made; install it (Debian: util-linux)"
	library=${RUST_LIB_SRC:-$(${RUSTC} --print sysroot)/lib/rustlib/src/rust/library}
	[ -f "${library}/core/src/lib.rs" ] ||
		die "${library}: no sources of Rust's library;" \
			"install them (Debian: rust-src), or set RUST_LIB_SRC="
}

# make and its children inherit the lock. So if make is killed, the lock is held until
# the last child has ended. Other users cannot open the file, and so cannot lock it. If
# crates could not be made, the file names the make that has said so.
lock() {
	(umask 077 && : >> rust/.lock) 2> /dev/null ||
		die "${here}/.lock: cannot be opened; run make as its owner, or set O="
	# That of a copied tree may have another mode.
	chmod 600 rust/.lock 2> /dev/null || :
	exec 9>> rust/.lock
	flock -n 9 9>&9 || {
		echo "  waiting for another make of the crates in ${here}"
		flock 9 9>&9
		[ -d rust/crates ] || [ "$(cat rust/.lock)" != "${RUN}" ] || exit 1
	}
}

failed() {
	# What is half-made may have filled the disk.
	rm -rf "${out}"
	echo "${RUN}" 2> /dev/null > rust/.lock || :
	die "${here}: crates not made; see the error above; if there is none, memory was full;" \
		"if it is in ${library}, those sources are of another version than rustc"
}

# Build in a temporary directory and rename it, because all crates of a tree must come
# from one run.
make_crates() {
	: > rust/.lock
	rm -rf rust/.crates.*
	out=rust/.crates.$$
	trap 'trap "" HUP INT TERM; rm -rf "${out}"' EXIT
	trap 'exit 1' HUP INT TERM
	mkdir -p "${out}/crates"
	echo "  building the kernel's crates for Rust, once:" \
		"a minute or two, 1.5 GB of memory, 200 MB of disk"
	"${MAKE}" --no-print-directory -f Makefile -f rust/kheaders.mk "$@" \
		RUSTC="${RUSTC}" M= MO= KBUILD_EXTMOD= \
		KRUSTFLAGS= RUSTFLAGS_KERNEL= CLIPPY= may-sync-config= need-compiler=1 \
		kheaders-crates="${out}" kheaders-crates || failed
	find "${out}" -name crates -prune -o \
		\( -name '*.rmeta' -o -name '*.so' -o -name helpers_module.bc \) -print \
		> "${out}/list"
	while read -r crate; do
		# a tenth is zeros
		fallocate -d "${crate}" 2> /dev/null || :
		mv "${crate}" "${out}/crates"
	done < "${out}/list"
	# After a power failure, no crate must be empty. Not every sync takes names.
	sync "${out}/crates"/* 2> /dev/null || sync
	mv "${out}/crates" rust/crates
}

link_crates() {
	for crate in rust/crates/lib*; do
		[ -e "rust/${crate##*/}" ] || ln -s "crates/${crate##*/}" rust/
	done
	if [ -e rust/crates/helpers_module.bc ] && [ ! -e rust/helpers/helpers_module.bc ]; then
		ln -s ../crates/helpers_module.bc rust/helpers/
	fi
}

file=$1
shift
check_archive "${file}"
check_rustc "${file}" "${from}"
check_llvm_link "${file}"
[ "${RUST}" = source ] || check_macros "${file}"
if [ "${RUST}" = source ] && ! { [ -e rust/.crates-made ] && [ -d rust/crates ]; }; then
	check_rustc "${file}" .
	check_needs
	lock
	[ -d rust/crates ] || make_crates "$@"
	link_crates
	: > rust/.crates-made
fi
