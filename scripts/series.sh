#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Make the patches that bring the overlay into a kernel tree, as one sends them.
#
# Usage: series.sh VERSION|DIR|TARBALL DIR
#
# The first is what scripts/fetch/source.sh takes. DIR then has the
# cover letter and the patches, which git am applies, and no other *.patch. Exit status: 0, or 1
# with a line on stderr and DIR as it was.
#
# A file of scripts/series/ is a patch: its message and, below "---", what it
# brings, one in a line, fields with tabs between them:
#	FILE			as make apply leaves it; also a pattern, or DIR/
#	FILE	REGEX		the blocks of it that match, which no patch before has
#	FILE	ENTRY	NEW	a line for a list, in order, after the line ENTRY
# A block is what begins with a line that is not indented, after an empty line.
# MAINTAINERS has what each patch brings.

set -eu
# shellcheck source=environment.sh
. "$(dirname "$0")/environment.sh"
export LC_ALL=C

. "$(dirname "$0")/series/git.sh"
data=${topdir}/scripts/series
tab=$(printf '\t')
title="KERNEL HEADERS IN THE KERNEL (KHEADERS)"
next_title="KERNEL JANITORS"

# What a patch brings. $@: patches
entries() {
	for p in "$@"; do
		sed '1,/^---$/d' "${p}"
	done
}

# $@: patches; patterns of files
files_of() {
	entries "$@" | cut -f 1 | sort -u
}

# Only what is touched, and what apply wants to see. $1: where to
copy_touched() {
	{
		printf '%s\n' Makefile Kbuild MAINTAINERS
		(cd "${topdir}" && find kernel Documentation tools/testing/selftests -type f)
		files_of "${data}"/[0-9]*
	} | sort -u > "${tmp}/touched"
	copy_files "${tmp}/touched" "$1"
}

# The blocks of $1 that none of the regular expressions on stdin matches
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

# $1: a list, $2: an entry of it, $3: the new one, which goes behind those that
# follow and sort before it
with_entry() {
	awk -v entry="$2" -v new="$3" '
	{ text = $0; sub(/^[ \t]*/, "", text) }
	state == 1 && (text == "" || text > new) { print indent new; state = 2 }
	{ print }
	text == entry { indent = substr($0, 1, length($0) - length(text)); state = 1 }
	END { exit state != 2 }' "$1" || die "$1: has no list with $2"
}

# As make apply leaves it, less what later patches bring. $1: the file, then
# those patches
bring_file() {
	f=$1
	shift
	mkdir -p "$(dirname "${repo}/${f}")"
	cp -p "${final}/${f}" "${repo}/${f}"
	entries /dev/null "$@" | sed -n "s:^${f}${tab}::p" | without_blocks "${final}/${f}" > "${repo}/${f}"
}

# $1: the patch, then those after it
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
		(cd "${final}" && find . -type f \( -path "./${item%/}" -o -path "./${item%/}/*" \)) |
			sed 's:^\./::' > "${tmp}/files"
		[ -s "${tmp}/files" ] || die "${patch}: ${item}: make apply installs no such file"
		while read -r file; do
			bring_file "${file}" "$@"
		done < "${tmp}/files"
	done < "${tmp}/entries"
}

# What is ours, not what apply and this edit. $@: patches
maintained() {
	entries "$@" | awk -F '\t' 'NF == 1 && $1 !~ "^(init/Kconfig|kernel/Makefile|kernel/.gitignore)$" {
		print "F:\t" $1
	}' | sort -u
}

# The entry, as of the patches $@
write_maintainers() {
	maintained "$@" > "${tmp}/files"
	awk -v next_title="${next_title}" -v title="${title}" -v who="${name} <${email}>" -v files="${tmp}/files" '
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

# Nothing of the overlay is left out.
check_whole() {
	(cd "${final}" && find . -type f ! -path './.kheaders/*') | while read -r f; do
		cmp -s "${final}/${f}" "${repo}/${f}" || echo "${f#./}"
	done | while read -r f; do
		[ "${f}" = MAINTAINERS ] || entries "${data}"/[0-9]* | grep -q "^${f}${tab}.*${tab}" ||
			die "${f}: differs from the file that make apply writes; name it in a patch in ${data}"
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
