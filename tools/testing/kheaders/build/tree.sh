#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Make a copy of a kernel's source with the overlay applied, unless it exists.
#
# Usage: tree.sh KERNEL TREE
#
# KERNEL is an argument of source.sh, TREE is the copy. The copy is made again if the
# source is another one, or may have changed. Logs are beside the copy, and so is
# "source", which names the source and is as old as the copy.

. "$(dirname "$0")/../../../../scripts/common.sh"

[ $# = 2 ] || die "usage: tree.sh KERNEL TREE"
kernel=$1
tree=$2
dir=$(dirname "${tree}")

# Hard links do: the overlay replaces files, it never writes into them.
copy_tree() {
	rm -rf "${tree}.tmp"
	cp -al "$1" "${tree}.tmp" 2> /dev/null || {
		rm -rf "${tree}.tmp"
		cp -a "$1" "${tree}.tmp"
	}
	# a tree of the user's may have been built in
	if [ -f "${tree}.tmp/.config" ]; then
		run_logged "${dir}/mrproper.log" make -C "${tree}.tmp" mrproper
	fi
	mv "${tree}.tmp" "${tree}"
}

mkdir -p "${dir}"
source=$("${fetchdir}/source.sh" "${kernel}")
# A tree of the user's may have changed, a tarball may be another.
stat -c '%n %Z' "${source}" > "${dir}/source.new"
if [ -d "${kernel}" ] || ! cmp -s "${dir}/source.new" "${dir}/source"; then
	rm -rf "${tree}"
	mv "${dir}/source.new" "${dir}/source"
fi
if [ -d "${tree}" ] &&
	! "${topdir}/scripts/overlay.sh" apply "${tree}" > "${dir}/apply.log" 2>&1; then
	"${topdir}/scripts/overlay.sh" unapply "${tree}" > "${dir}/apply.log"
fi
[ -d "${tree}" ] || copy_tree "${source}"
"${topdir}/scripts/overlay.sh" apply "${tree}" > "${dir}/apply.log"
