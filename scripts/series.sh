#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Export the overlay as patches for a kernel tree, with a cover letter.
#
# Usage: series.sh VERSION|DIR|TARBALL DIR
#
# The first is what scripts/fetch/source.sh takes. DIR then has the
# cover letter and the patches, which git am applies, and no other *.patch. Exit status: 0, or 1
# with a line on stderr and DIR as it was.
#
# Each file of scripts/series/ describes a patch: the message and, below "---", the
# changes, one per line, in fields separated by tabs:
#	FILE			the file as make apply leaves it; also a pattern, or DIR/
#	FILE	REGEX		the blocks of the file that match, left out by earlier patches
#	FILE	ENTRY	NEW	a new line in a sorted list, after the line ENTRY
# A block begins at a line that is not indented and follows an empty line. MAINTAINERS
# gets the files that each patch adds.

set -eu
# shellcheck source=environment.sh
. "$(dirname "$0")/environment.sh"
export LC_ALL=C

. "$(dirname "$0")/series/git.sh"
data=${topdir}/scripts/series
tab=$(printf '\t')
title="KERNEL HEADERS IN THE KERNEL (KHEADERS)"
next_title="KERNEL JANITORS"

# Print the changes of patches. $@: patches
entries() {
	for p in "$@"; do
		sed '1,/^---$/d' "${p}"
	done
}

# Print the files of patches, possibly as patterns. $@: patches
files_of() {
	entries "$@" | cut -f 1 | sort -u
}

# Copy only files that the patches touch or apply checks. $1: the destination
copy_touched() {
	{
		printf '%s\n' Makefile Kbuild MAINTAINERS
		(cd "${topdir}" && find kernel Documentation tools/testing/selftests -type f)
		files_of "${data}"/[0-9]*
	} | sort -u > "${tmp}/touched"
	copy_files "${tmp}/touched" "$1"
}

# Print the blocks of $1 that match none of the regular expressions on stdin.
without_blocks() {
	awk -v file="$1" '
	function put_block(    i) {
		for (i in drop)
			if (block ~ drop[i])
				block = ""
		printf "%s", block
		block = ""
	}
	{ drop[NR] = $0 }
	END {
		while ((getline line < file) > 0) {
			if (empty && line ~ /^[^ \t]/)
				put_block()
			block = block line "\n"
			empty = line == ""
		}
		put_block()
	}'
}

# Print list $1 with the new entry $3, in sorted order after entry $2.
with_entry() {
	awk -v entry="$2" -v new="$3" '
	{ text = $0; sub(/^[ \t]*/, "", text) }
	state == 1 && (text == "" || text > new) { print indent new; state = 2 }
	{ print }
	text == entry { indent = substr($0, 1, length($0) - length(text)); state = 1 }
	END { exit state != 2 }' "$1" || die "$1: has no list with $2"
}

# Write a file as make apply leaves it, without the blocks of later patches. $1: the
# file, then the later patches
bring_file() {
	f=$1
	shift
	mkdir -p "$(dirname "${repo}/${f}")"
	cp -p "${final}/${f}" "${repo}/${f}"
	entries /dev/null "$@" | sed -n "s:^${f}${tab}::p" |
		without_blocks "${final}/${f}" > "${repo}/${f}"
}

# Make the changes of a patch. $1: the patch, then all later patches
bring() {
	patch=$1
	shift
	entries "${patch}" > "${tmp}/entries"
	while IFS=${tab} read -r item what new; do
		if [ "${new}" ]; then
			with_entry "${repo}/${item}" "${what}" "${new}" > "${tmp}/list"
			cat "${tmp}/list" > "${repo}/${item}"
			continue
		fi
		(cd "${final}" &&
			find . -type f \( -path "./${item%/}" -o -path "./${item%/}/*" \)) |
			sed 's:^\./::' > "${tmp}/files"
		[ -s "${tmp}/files" ] || die "${patch}: ${item}: make apply installs no such file"
		while read -r file; do
			bring_file "${file}" "$@"
		done < "${tmp}/files"
	done < "${tmp}/entries"
}

# Print F: lines for our own files, not for files that are only edited. $@: patches
maintained() {
	entries "$@" |
		awk -F '\t' 'NF == 1 && $1 !~ "^(init/Kconfig|kernel/Makefile|kernel/.gitignore)$" {
			print "F:\t" $1
		}' | sort -u
}

# Write our entry in MAINTAINERS with the files of the patches $@.
write_maintainers() {
	maintained "$@" > "${tmp}/files"
	awk -v next_title="${next_title}" -v title="${title}" -v who="${name} <${email}>" \
		-v files="${tmp}/files" '
	$0 == next_title {
		printf "%s\nM:\t%s\nL:\tlinux-kernel@vger.kernel.org\nS:\tMaintained\n", title, who
		while ((getline line < files) > 0)
			print line
		print ""
		found = 1
	}
	{ print }
	END { exit !found }' "${source}/MAINTAINERS" > "${repo}/MAINTAINERS" ||
		die "${source}/MAINTAINERS: has no entry ${next_title}, which ours must precede"
}

make_patches() {
	set -- "${data}"/[0-9]*
	brought=
	while [ $# != 0 ]; do
		bring "$@"
		brought="${brought} $1"
		# shellcheck disable=SC2086 # a list
		write_maintainers ${brought}
		sed '/^---$/,$d' "$1" > "${tmp}/message"
		commit -s -F "${tmp}/message"
		shift
	done
}

# Check that the patches contain the whole overlay.
check_whole() {
	(cd "${final}" && find . -type f ! -path './.kheaders/*') | while read -r f; do
		cmp -s "${final}/${f}" "${repo}/${f}" || echo "${f#./}"
	done | while read -r f; do
		[ "${f}" = MAINTAINERS ] ||
			entries "${data}"/[0-9]* | grep -q "^${f}${tab}.*${tab}" ||
			die "${f}: differs from the file that make apply writes;" \
				"name it in a patch in ${data}"
	done
}

[ $# = 2 ] || die "usage: series.sh VERSION|DIR|TARBALL DIR"
[ "$1" ] || die "VERSION is empty; give VERSION=7.3, or KDIR=DIR, a source tree"
begin "$1"
final=${tmp}/final
copy_touched "${repo}"
copy_touched "${final}"
"${topdir}/scripts/overlay.sh" apply "${final}" > /dev/null
git_repo init -q -b base
commit -m "Linux"
git_repo checkout -q -b series
make_patches
check_whole
format_patches "${data}/cover" "$2"
