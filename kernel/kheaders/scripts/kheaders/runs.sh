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
	# programs.mk reports a directory that is not writable.
	[ -w scripts/basic ] || exit 0
	program=scripts/basic/.runs.$$
	trap 'trap "" HUP INT TERM; rm -f "${program}"' EXIT
	trap 'exit 1' HUP INT TERM
	echo '#!/bin/sh' > "${program}"
	chmod 755 "${program}"
fi
status=0
error=$("./${program}" 2>&1) || status=$?
# The exit status of a shell that cannot run a program
case ${status} in
126 | 127)
	echo "kheaders: $(pwd): programs do not run there (${error##*: });" \
		"mount it without noexec, or set O=, a directory elsewhere" >&2
	exit 1
	;;
esac
