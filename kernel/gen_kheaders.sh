#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Pack kheaders.tar.xz.
#
# Usage: gen_kheaders.sh STRIP ARCHIVE SRCLIST OBJLIST FILE:NAME...
#
# STRIP is the command that copies files and takes out comments. SRCLIST names
# files below ${srctree}, OBJLIST files below ${objtree}; each FILE goes in as
# NAME. Beside ARCHIVE, kheaders-id gets a hash of all that, which .kheaders
# has, too. ${TAR}, ${XZ} and ${KBUILD_BUILD_TIMESTAMP} are Kbuild's. Run by
# kernel/Makefile.kheaders.
#
# shellcheck disable=SC2086 # commands with their options

set -eu
: "${srctree:?}" "${objtree:?}" "${TAR:?}" "${XZ:?}"

# Nothing of the build host may show, and these would.
unset TAR_OPTIONS XZ_OPT XZ_DEFAULTS
export LC_ALL=C TZ=UTC0

strip=$1
archive=$2
srclist=$3
objlist=$4
shift 4

stage=${archive}.tmp
dir=$(dirname "${archive}")
depfile=${dir}/.${archive##*/}.d

cleanup() {
	rm -rf "${stage}"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

die() {
	echo "gen_kheaders: $*" >&2
	exit 1
}

# Both are commands, maybe with options.
check_programs() {
	command -v ${XZ%% *} > /dev/null || die "${XZ}: not found; install xz-utils, or set XZ="
	command -v ${TAR%% *} > /dev/null || die "${TAR}: not found; install GNU tar, or set TAR="
	case $(${TAR} --version 2>&1) in
	*"GNU tar"*) ;;
	*) die "${TAR}: is not GNU tar, which is needed; set TAR=" ;;
	esac
}

# $1: a directory, $2: a list of files below it
copy_stripped() {
	${strip} "$1" "${stage}/root" < "$2"
}

# Names and contents; the modes follow from them.
hash_contents() {
	(cd "${stage}/root" && find . -type f) > "${stage}/files"
	sort "${stage}/files" > "${stage}/sorted"
	(cd "${stage}/root" && xargs sha256sum < ../sorted) > "${stage}/sums"
	sha256sum < "${stage}/sums" > "${stage}/sum"
	cut -d ' ' -f 1 < "${stage}/sum" > "${stage}/id"
}

# The empty rules let make go on, to new lists, where a file is gone.
write_depfile() {
	sed -e "s:^:${archive}\: ${srctree}/:p" -e "s:^${archive}\: \(.*\):\1\::" "${srclist}"
	sed -e "s:^:${archive}\: ${objtree}/:p" -e "s:^${archive}\: \(.*\):\1\::" "${objlist}"
}

check_programs
cleanup
mkdir -p "${stage}/root"
copy_stripped "${srctree}" "${srclist}"
copy_stripped "${objtree}" "${objlist}"
for own in "$@"; do
	cp "${own%:*}" "${stage}/root/${own##*:}"
done
hash_contents
sed 's/^/ID=/' "${stage}/id" >> "${stage}/root/.kheaders"

# Neither do user, umask, clock and directory order show. 1980 is the earliest
# time that every unpacker can set.
${TAR} --format=ustar --sort=name --owner=0 --group=0 --numeric-owner \
	--mode=u=rwX,go=rX,ug-s --mtime="${KBUILD_BUILD_TIMESTAMP:-1980-01-01 00:00:00Z}" \
	-cf "${stage}/tar" -C "${stage}/root" .

# Blocks of their own let several processors pack and unpack; any number of
# threads but one gives the same bytes. Small unpackers know CRC32 alone.
${XZ} --check=crc32 --lzma2=preset=6,lc=4,pb=0 --block-size=8MiB -T2 \
	-c "${stage}/tar" > "${stage}/tar.xz"

write_depfile > "${stage}/depfile"
mv -f "${stage}/depfile" "${depfile}"
mv -f "${stage}/id" "${dir}/kheaders-id"
mv -f "${stage}/tar.xz" "${archive}"
