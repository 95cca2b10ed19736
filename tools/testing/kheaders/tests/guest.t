#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest that panics, hangs or says nothing is a failure; what a script
# returns is what guest.sh returns.

. "$(dirname "$0")/../tap.sh"

dir=$("${here}/kernel.sh" um 6.1)

# $1: exit status wanted, $2: what stderr must have, then the script's lines
ends() {
	want=$1
	pattern=$2
	shift 2
	printf '%s\n' '#!/bin/sh' "$@" > "${tmp}/script"
	chmod +x "${tmp}/script"
	mkdir -p "${tmp}/guest"
	status=0
	"${here}/guest.sh" -t "${limit}" -a "${append}" um "${dir}/image" "${tmp}/script" "${tmp}/guest" \
		2> "${tmp}/stderr" || status=$?
	cat "${tmp}/stderr"
	echo "status ${status}, wanted ${want}"
	[ "${status}" = "${want}" ] && grep -q -e "${pattern}" "${tmp}/stderr" "${tmp}/guest/console"
}

append=
limit=60
check "status 0" ends 0 "" true
check "status 7" ends 7 "" "exit 7"
check "what the script says is on the console" ends 0 "here I am" "echo here I am"
check "no verdict" ends 125 "ended without a verdict" "busybox poweroff -f"
append="init=/no/such/init"
check "a panic" ends 125 "Kernel panic" true
append=
limit=10
check "a hang" ends 124 "no verdict within 10 s" "sleep 1000"
limit=60
check "the host's headers are not there" ends 0 "" "! ls -A /usr/src | grep ."
check "the host's file system stays as it is" ends 0 "" "echo > /usr/bin/kheaders-was-here"
check "nothing written to the host" [ ! -e /usr/bin/kheaders-was-here ]
finish
