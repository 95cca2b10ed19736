#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Generate the series for the kernel's maintainers, against the newest kernel only.
#
# Usage: upstream.sh VERSION|DIR DIR
#
# The first argument is one of source.sh; if it is a git tree, the base commit is taken
# from there. DIR gets the cover letter and the patches, with the recipients that
# get_maintainer.pl prints, and no other *.patch. Exit status: 0, or 1 with a line on
# stderr and DIR as it was.
#
# Each file of scripts/series/upstream/ is a patch, written by hand: the message
# and, below "---", the diff. A line "+ FILE" above the diff names a file of this
# repository that the patch adds unchanged. All differences between overlay and series
# are in this directory.

set -eu
export LC_ALL=C

. "$(dirname "$0")/series/git.sh"
data=${topdir}/scripts/series/upstream

# Print the files of this repository that patch $1 adds.
added() {
	sed -n '1,/^---$/d; /^diff /q; s/^+ //p' "$1"
}

# Print the files that patches touch. $@: patches
touched() {
	for p in "$@"; do
		git apply --numstat "${p}" | cut -f 3
	done
	echo MAINTAINERS
}

# Commit patch $1.
make_commit() {
	git_repo apply --whitespace=error "$1" 2> "${tmp}/log" ||
		die "${source}: $1 does not fit ($(head -n 1 "${tmp}/log"));" \
			"the series is for the newest kernel; set KDIR=, or adapt the patch"
	added "$1" | while read -r f; do
		cp "${topdir}/${f}" "${repo}/${f}"
	done
	sed '/^---$/,$d' "$1" > "${tmp}/message"
	commit -s -F "${tmp}/message"
}

# Print the recipients that the patched MAINTAINERS has for the patches, one per line.
recipients() {
	git_repo diff base series > "${tmp}/diff"
	(cd "${source}" && perl scripts/get_maintainer.pl --no-git --no-git-fallback \
		--no-rolestats --mpath "${repo}/MAINTAINERS" "${tmp}/diff") ||
		die "${source}/scripts/get_maintainer.pl: failed"
}

# The base of a source that is not a git tree is the release.
base_commit() {
	if [ -e "${source}/.git" ]; then
		git -C "${source}" rev-parse HEAD
	else
		echo "v${version}"
	fi
}

[ $# = 2 ] || die "usage: upstream.sh VERSION|DIR DIR"
begin "$1"
set -- "$2" "${data}"/[0-9]*
out=$1
shift
touched "$@" | sort -u > "${tmp}/touched"
copy_files "${tmp}/touched" "${repo}"
git_repo init -q -b base
commit -m "Linux ${version}"
git_repo checkout -q -b series
for patch; do
	make_commit "${patch}"
done
recipients > "${tmp}/recipients"
set --
while read -r who; do
	set -- "$@" --cc "${who}"
done < "${tmp}/recipients"
format_patches "${data}/cover" "${out}" --no-signature --zero-commit "$@"
printf '\nbase-commit: %s\n' "$(base_commit)" >> "${out}/0000-cover-letter.patch"
