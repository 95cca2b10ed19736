#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The tarball contains all files, and the same files give the same bytes, whoever makes the
# tarball, wherever and whenever.

. "$(dirname "$0")/../lib/tap.sh"

cd "${topdir}"
umask 022
chmod 755 "${tmp}"

# The files that git tracks or, without git, all files that are not built
files() {
	if [ -e .git ]; then
		git ls-files
	else
		find . -path ./build -prune -o -type f -print | sed 's:^\./::'
	fi | sort
}

dist_is_made() {
	tarball=$(scripts/dist.sh "${tmp}/dist")
	[ "${tarball}" = "${tmp}/dist/kheaders-$(sed -n 's/^VERSION := //p' \
		tools/kheaders/Makefile).tar.xz" ]
	[ "$(ls -A "${tmp}/dist")" = "$(basename "${tarball}")" ]
	tar -xJf "${tarball}" -C "${tmp}"
}

# With their modes, as far as these count
has_all_files() {
	files > "${tmp}/list"
	[ "$(wc -l < "${tmp}/list")" -ge 100 ]
	(cd "${tmp}"/kheaders-* && find . -type f | sed 's:^\./::' | sort) | diff "${tmp}/list" -
	while read -r f; do
		cmp "${f}" "${tmp}"/kheaders-*/"${f}"
		[ -x "${f}" ] || [ ! -x "$(echo "${tmp}"/kheaders-*/"${f}")" ]
	done < "${tmp}/list"
}

tells_nothing_else() {
	tar --numeric-owner --utc -tvJf "${tmp}"/dist/*.xz | awk '{ print $1, $2, $4, $5 }' |
		sort -u > "${tmp}/kinds"
	cat "${tmp}/kinds"
	[ "$(wc -l < "${tmp}/kinds")" = 2 ]
	grep -q '^-rw-r--r-- 0/0 ' "${tmp}/kinds"
	grep -q '^-rwxr-xr-x 0/0 ' "${tmp}/kinds"
}

same_of_unpacked() {
	(cd "${tmp}"/kheaders-* && find . -exec touch {} + && scripts/dist.sh "${tmp}/again")
	cmp "${tmp}"/dist/*.xz "${tmp}"/again/*.xz
}

# $1: a directory for a clone, which has only committed files
clone() {
	git clone -q --no-hardlinks "${topdir}" "$1"
}

# root makes one of these clones, and another user the other.
same_of_clones() {
	clone "${tmp}/clone"
	"${tmp}/clone/scripts/dist.sh" "${tmp}/one"
	mkdir "${tmp}/other"
	umask 077
	clone "${tmp}/other/deeper"
	set -- env TZ=Asia/Kolkata LC_ALL=C.UTF-8 "${tmp}/other/deeper/scripts/dist.sh" \
		"${tmp}/other/out"
	if [ "$(id -u)" = 0 ]; then
		chown -R 65534:65534 "${tmp}/other"
		set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	fi
	"$@"
	cmp "${tmp}"/one/*.xz "${tmp}"/other/out/*.xz
}

# Before anything is fetched
refuses_blank() {
	mkdir "${tmp}/a b"
	cp -R "${tmp}"/kheaders-* "${tmp}/a b/kheaders"
	for goal in demo check check-lint; do
		if make -C "${tmp}/a b/kheaders" "${goal}" > "${tmp}/log" 2>&1; then
			return 1
		fi
		cat "${tmp}/log"
		grep 'a b/kheaders: no kernel can be built below a name with a blank' "${tmp}/log"
	done
	[ ! -e "${tmp}/a b/kheaders/build" ]
}

check "make dist" dist_is_made
check "all files are in it" has_all_files
check "one owner, one time, two modes" tells_nothing_else
check "the same of the unpacked tarball" same_of_unpacked
check "a directory in which no kernel can be built: said at once" refuses_blank
if [ -e .git ]; then
	check "the same of two clones, by users with another umask and time zone" same_of_clones
	rm "${tmp}/clone/README.md"
	check_fails "a file is gone" "README.md: Cannot stat" \
		"${tmp}/clone/scripts/dist.sh" "${tmp}/gone"
	check "a file is gone: nothing is left" [ -z "$(ls -A "${tmp}/gone")" ]
fi
finish
