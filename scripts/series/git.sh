# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Functions that series.sh and upstream.sh share. Both make the patches in a git
# repository in ${tmp}/repo, and source this file.

# shellcheck source=../common.sh
. "$(dirname "$0")/common.sh"

# $1: user.name or user.email
identity() {
	value=$(git -C "${topdir}" config "$1" || :)
	[ "${value}" ] ||
		die "git has no $1, and patches are signed off; set it: git config --global $1 ..."
	echo "${value}"
}

# Run git in the repository, without the user's and the system's settings.
git_repo() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 git -C "${repo}" -c core.autocrlf=false \
		-c user.name="${name}" -c user.email="${email}" -c commit.gpgSign=false "$@"
}

# $@: options of git commit
commit() {
	git_repo add -f -A .
	git_repo commit -q "$@"
}

# $1: VERSION or DIR, as source.sh takes it
begin() {
	name=$(identity user.name)
	email=$(identity user.email)
	source=$("${fetchdir}/source.sh" "$1")
	[ -f "${source}/kernel/gen_kheaders.sh" ] ||
		die "${source}: has no kheaders of its own, which the series replaces;" \
			"use 5.2 or later"
	version=$(sed -n 's/^VERSION = //p; s/^PATCHLEVEL = /./p; s/^SUBLEVEL = /./p' \
		"${source}/Makefile" | tr -d '\n')
	tmp=$(mktemp -d)
	trap 'trap "" HUP INT TERM; rm -rf "${tmp}"' EXIT
	trap 'exit 1' HUP INT TERM
	repo=${tmp}/repo
}

# $1: names of files, $2: where to copy those that the source has
copy_files() {
	mkdir -p "$2"
	(cd "${source}" && while read -r f; do
		[ ! -f "${f}" ] || cp -p --parents "${f}" "$2"
	done < "$1")
}

# $1: the cover letter, $2: the directory for it and the patches, then options
format_patches() {
	git_repo config branch.series.description "$(sed "s/@VERSION@/${version}/g" "$1")"
	mkdir -p "$2"
	out=$(realpath "$2")
	shift 2
	git_repo format-patch -q --cover-letter --cover-from-description=subject "$@" \
		-o "${tmp}/patches" base..series
	rm -f "${out}"/*.patch
	mv "${tmp}/patches"/* "${out}"
	printf '%s\n' "${out}"/*.patch
}
