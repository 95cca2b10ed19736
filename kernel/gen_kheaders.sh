#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Pack kheaders.tar.xz from pieces. Each piece is a part of one tar and is compressed by
# xz on its own. So several pieces can be packed at once, and an unchanged piece is not
# packed again.
#
# Usage: gen_kheaders.sh piece PIECE LIST STRIP...
#        gen_kheaders.sh archive ARCHIVE INFO GNUMAKEFILE SYMVERS all|vmlinux BTF PIECE...
#        gen_kheaders.sh btf BTF VMLINUX OBJCOPY...
#
# kheaders_list.sh writes LIST. Files with the letter L are in the directory of LIST:
# kheaders_list.sh and kernel/Makefile.kheaders write them. STRIP is the command that
# copies files and strips comments. INFO is packed as .kheaders, with three lines appended:
# SYMVERS=, ID= (a hash of all contents) and LAST= (the last file). The file SYMVERS is
# packed as Module.symvers, BTF as vmlinux. GNUMAKEFILE and SYMVERS are empty without the
# kit, BTF in most builds. Run by kernel/Makefile.kheaders, which sets ${srctree},
# ${objtree}, ${TAR}, ${XZ} and ${KBUILD_BUILD_TIMESTAMP}.
#
# shellcheck disable=SC2086 # commands with their options

set -eu
: "${srctree:?}" "${objtree:?}" "${TAR:?}" "${XZ:?}"

# The archive must not depend on the build host, and these variables could change it.
unset CDPATH GREP_OPTIONS POSIXLY_CORRECT QUOTING_STYLE TAR_OPTIONS XZ_OPT XZ_DEFAULTS
export LC_ALL=C TZ=UTC0

mode=$1
out=$2
shift 2
# Per process: an interrupted run may still be cleaning up when the next one starts.
stage=${out}.tmp$$
root=${stage}/root
depfile=$(dirname "${out}")/.${out##*/}.d
own=$(dirname "$0")/kheaders

# Ignore signals, so that the cleanup completes.
cleanup() {
	trap '' HUP INT TERM
	rm -rf "${stage}"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

die() {
	echo "gen_kheaders: $*" >&2
	exit 1
}

# A program reports its own errors, unless it is killed.
run() {
	"$@" || {
		status=$?
		[ "${status}" -le 128 ] || die "$1: killed by signal $((status - 128))"
		exit 1
	}
}

# Write the checksum of file $1. sha256sum does not say why it fails.
write_sum() {
	sha256sum < "$1" > "${stage}/sum" ||
		die "${out}: its checksum cannot be written; is the disk full?"
}

# XZ and TAR are commands, possibly with options.
check_programs() {
	command -v ${XZ%% *} > /dev/null || die "${XZ}: not found; install xz-utils, or set XZ="
	command -v ${TAR%% *} > /dev/null || die "${TAR}: not found; install GNU tar, or set TAR="
	case $(${TAR} --version 2>&1) in
	*"GNU tar"*) ;;
	*) die "${TAR}: is not GNU tar, which is needed; set TAR=" ;;
	esac
}

# Does tar accept $1 as a time? If not, tar warns, uses another time and succeeds. tar
# also takes blanks for today's date, and a path for the time of that file; refuse both.
# The date command cannot be used: busybox's and toybox's reject the output of date -R.
is_time() {
	case $1 in
	[/.]*) return 1 ;;
	*[![:blank:]]*) ;;
	*) return 1 ;;
	esac
	case $(${TAR} --mtime="$1" -cf /dev/null -T /dev/null 2>&1) in
	*"unknown date format"*) return 1 ;;
	esac
}

# Make ${stage}/tar of the names in ${stage}/names, without the blocks of zeros
# that end a tar. The result does not depend on user, umask or clock. 1980 is the
# earliest time that every unpacker can set. --format=gnu, because the ustar format
# differs between versions of GNU tar.
make_tar() {
	timestamp=${KBUILD_BUILD_TIMESTAMP:-1980-01-01}
	is_time "${timestamp}" || die "KBUILD_BUILD_TIMESTAMP=${timestamp}: not a date"
	run ${TAR} --format=gnu --no-recursion --owner=0 --group=0 --numeric-owner \
		--mode=u=rwX,go=rX,ug-s --mtime="${timestamp}" \
		--blocking-factor=1 -cf "${stage}/whole" -C "${root}" -T "${stage}/names"
	size=$(wc -c < "${stage}/whole")
	head -c $((size - 1024)) "${stage}/whole" > "${stage}/tar"
}

# One block per piece: make provides the parallelism. -T2 makes xz record block
# sizes, which allows parallel decompression. CRC32 is the only check that embedded
# decoders support.
compress() {
	run ${XZ} --check=crc32 --lzma2=preset=6,nice=48,lc=4,pb=0 \
		--block-size=64MiB -T2 -c "$1" > "$2"
}

# $1: a letter of the list, $2: the directory of its files
copy_stripped() {
	sed -n "s/^$1 //p" "${stage}/list" > "${stage}/copy"
	run ${strip} "$2" "${root}" < "${stage}/copy"
}

# If a file is gone, the empty rule lets make continue, so that new lists are made. With
# one rule for each file, make would take twice as long to read the depfile, in each build.
write_depfile() {
	sed -e '/^D/d' -e "s:^S :${srctree}/:" -e "s:^O :${objtree}/:" -e "s:^L \(.*/\)*:${made}:" \
		-e "s:^K :${own}/:" "${stage}/list" > "${stage}/files"
	{
		printf 'kheaders-files := '
		tr '\n' ' ' < "${stage}/files"
		# shellcheck disable=SC2016 # the dollars are for make
		printf '\n%s: $(kheaders-files)\n$(kheaders-files):\n' "${out}"
	} > "${stage}/depfile"
}

# The piece gets the time just before its files were read, so that make packs it again
# if a file changes meanwhile.
piece() {
	list=$1
	made=$(dirname "${list}")/kheaders-
	shift
	strip=$*
	sed 's/^\(. [^ ]*\).*/\1/' "${list}" > "${stage}/list"
	sed -n 's/^D //p' "${stage}/list" > "${stage}/directories"
	(cd "${root}" && xargs mkdir -p .) < "${stage}/directories"
	copy_stripped S "${srctree}"
	copy_stripped O "${objtree}"
	sed -n 's/^L //p' "${stage}/list" | while read -r f; do
		cp "${made}${f##*/}" "${root}/${f}"
	done
	sed -n 's/^K //p' "${stage}/list" | while read -r f; do
		cp "${own}/${f}" "${root}/${f}"
	done
	sed 's:^..:./:' "${stage}/list" > "${stage}/names"
	make_tar
	write_sum "${stage}/tar"
	compress "${stage}/tar" "${stage}/tar.xz"
	write_depfile
	touch -r "${stage}/begun" "${stage}/tar.xz"
	mv -f "${stage}/sum" "${out%.tar.xz}.sum"
	mv -f "${stage}/depfile" "${depfile}"
	mv -f "${stage}/tar.xz" "${out}"
}

# $1: the file, $2: its name in the archive
add_file() {
	cp "$1" "${root}/$2"
	echo "./$2" >> "${stage}/names"
	cat "$1" >> "${stage}/all"
}

# Print the value of SYMVERS= in .kheaders. $1: the file SYMVERS, $2: all or vmlinux
symvers_inside() {
	if [ -z "$1" ]; then
		echo no
	elif ! grep -q -m 1 "$(printf '\tvmlinux\t')" "$1"; then
		echo "gen_kheaders: warning: Module.symvers: not made yet, or without vmlinux;" \
			"the archive has no symbol versions; build vmlinux and all modules" >&2
		echo no
	elif [ "$2" = all ]; then
		echo yes
	else
		echo "$2"
	fi
}

# Builds of modules read only the BTF of vmlinux. vmlinux may be a file with BTF only.
btf() {
	vmlinux=$1
	shift
	if [ "$(head -c 4 "${vmlinux}" | tail -c 3)" = ELF ]; then
		"$@" --only-section=.BTF --dump-section ".BTF=${stage}/btf" \
			"${vmlinux}" "${stage}/elf" \
			2> /dev/null || : > "${stage}/btf"
	else
		cp "${vmlinux}" "${stage}/btf"
	fi
	mv -f "${stage}/btf" "${out}"
}

# The first part of the archive has the files that are known last or change most
# often: .kheaders and, with the kit, GNUmakefile, Module.symvers and vmlinux (BTF).
archive() {
	info=$1
	gnumakefile=$2
	symvers=$3
	inside=$(symvers_inside "${symvers}" "$4")
	btf=$5
	shift 5
	add_file "${info}" .kheaders
	[ -z "${gnumakefile}" ] || add_file "${gnumakefile}" GNUmakefile
	[ "${inside}" = no ] || add_file "${symvers}" Module.symvers
	[ ! -s "${btf}" ] || add_file "${btf}" vmlinux
	for piece in "$@"; do
		cat "${piece%.tar.xz}.sum" >> "${stage}/all"
	done
	write_sum "${stage}/all"
	{
		echo "SYMVERS=${inside}"
		sed 's/^\([0-9a-f]*\).*/ID=\1/' "${stage}/sum"
		sed -n '$s/^. \([^ ]*\).*/LAST=\1/p' "${piece%.tar.xz}.list"
	} >> "${root}/.kheaders"
	make_tar
	compress "${stage}/tar" "${stage}/first"
	tail -c 1024 "${stage}/whole" > "${stage}/end"
	compress "${stage}/end" "${stage}/last"
	cat "${stage}/first" "$@" "${stage}/last" > "${stage}/tar.xz"
	mv -f "${stage}/tar.xz" "${out}"
}

check_programs
rm -rf "${stage}"
mkdir -p "${root}"
: > "${stage}/begun"
"${mode}" "$@"
