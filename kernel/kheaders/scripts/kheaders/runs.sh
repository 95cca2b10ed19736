#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Check that programs run in this tree. They do not on a mount with noexec, or if they
# were built for another machine.
#
# Usage: runs.sh
#
# Exit status: 0, or 1 with a line on stderr.

set -eu

program=scripts/basic/fixdep
if [ ! -e "${program}" ]; then
	program=scripts/basic/.runs.$$
	trap 'trap "" HUP INT TERM; rm -f "${program}"' EXIT
	trap 'exit 1' HUP INT TERM
	# programs.mk reports a directory that is not writable, if it must write there.
	(echo '#!/bin/sh' > "${program}") 2> /dev/null || exit 0
	chmod 755 "${program}"
fi
status=0
error=$("./${program}" 2>&1) || status=$?
# fixdep without arguments ends with 1. Others are of a shell that cannot run a program, or
# takes it for a script.
case ${status} in
0 | 1) ;;
*)
	echo "kheaders: $(pwd): programs do not run there (${error##*: });" \
		"mount it without noexec, or set O=, a directory elsewhere" >&2
	exit 1
	;;
esac
