#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# List the tests: name, goals of make that run the test, and its description.
#
# Usage: list.sh GOAL...
#
# The description is the beginning of the test's first comment, up to the first colon,
# semicolon or full stop. A test that no goal runs is listed without a goal.

. "$(dirname "$0")/../../../scripts/common.sh"

for goal in "$@"; do
	T='' "${testdir}/check.sh" -n "${goal#check-}" | sed "s/$/ ${goal}/"
done | awk '
	FNR == NR {
		goals[$1] = goals[$1] " " $2
		next
	}
	FNR == 1 {
		text = ""
		printed = 0
	}
	/^#/ && FNR > 3 {
		sub(/^# ?/, "")
		text = text $0 " "
	}
	(!/./ || text ~ /[:;.] /) && FNR > 3 && !printed {
		name = FILENAME
		gsub(/^.*\/|\.t$/, "", name)
		sub(/[:;.] .*/, "", text)
		printf "     %-10s%-24s %s\n", name, goals[name], text
		printed = 1
	}' - "${testdir}"/tests/*.t
