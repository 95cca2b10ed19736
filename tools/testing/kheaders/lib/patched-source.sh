# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# For scripts that build another project with our patch and libkheaders. Sourced by them,
# after common.sh.

: "${topdir:?}"

# Make DIR/source, with the patch, and install libkheaders in DIR. $1: the directory in
# contrib/, $2: the project's source, $3: DIR, which is removed first
make_patched_source() {
	rm -rf "$3"
	mkdir -p "$3"
	cp -R "$2" "$3/source"
	for patch in "${topdir}/contrib/$1"/*.patch; do
		patch -d "$3/source" -p1 -F 0 < "${patch}"
	done
	make -s -C "${topdir}/tools/kheaders" O="$3/tools" PREFIX="$3" install
}
