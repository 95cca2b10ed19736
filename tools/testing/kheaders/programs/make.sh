#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A fake make that needs no compiler: it creates the programs that the kheaders command
# looks for.
#
# Usage: make -s -C TREE ...

cd "$3" || exit
mkdir -p scripts/basic scripts/mod || exit
for f in scripts/basic/fixdep scripts/mod/modpost; do
	[ -e "${f}" ] || { : > "${f}" && chmod +x "${f}"; } || exit
done
