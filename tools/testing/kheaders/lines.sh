#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Make the table of kernel lines in Documentation from the results that tests record.
#
# Usage: lines.sh table RESULTS
#        lines.sh update
#
# Each line of RESULTS has a kernel line, what was shown (applied, built, booted or
# modules), the test and the latest date. "table" prints the results as
# reStructuredText; "update" merges build/results into data/results, and writes the table
# of that to the document.

. "$(dirname "$0")/../../../scripts/common.sh"

document=${topdir}/Documentation/kbuild/kheaders.rst
committed=${testdir}/data/results

# Print a row for each line, also without results. A cell has the tests, each with its
# date.
table() {
	# shellcheck disable=SC2086 # a list
	{
		printf '%s\n' ${lines}
		cat "$1"
	} | sort -V | awk '
	function print_rule(    c) {
		for (c = 0; c <= columns; c++)
			printf "%s%s", substr(dashes, 1, width[c]), c < columns ? "  " : "\n"
	}
	function print_row(    c, row) {
		for (c = 0; c <= columns; c++)
			row = row sprintf("%-" width[c] "s  ", text[c])
		sub(/ *$/, "", row)
		print row
	}
	function fit(c, string) {
		if (length(string) > width[c])
			width[c] = length(string)
		return string
	}
	BEGIN {
		dashes = sprintf("%200s", "")
		gsub(/ /, "=", dashes)
		columns = split("Applied Built Booted Modules", name, " ")
		name[0] = "Line"
		for (c = 0; c <= columns; c++)
			fit(c, name[c])
	}
	{
		if (!($1 in seen)) {
			seen[$1]
			line[++n] = fit(0, $1)
		}
		if (NF == 1)
			next
		sub(/\.t$/, "", $3)
		cell[$1, $2] = cell[$1, $2] (cell[$1, $2] == "" ? "" : ", ") $3 " " $4
		for (c = 1; c <= columns; c++)
			if (tolower(name[c]) == $2)
				fit(c, cell[$1, $2])
	}
	END {
		print_rule()
		for (c = 0; c <= columns; c++)
			text[c] = name[c]
		print_row()
		print_rule()
		for (i = 1; i <= n; i++) {
			text[0] = line[i]
			for (c = 1; c <= columns; c++) {
				text[c] = cell[line[i], tolower(name[c])]
				if (text[c] == "")
					text[c] = "-"
			}
			print_row()
		}
		print_rule()
	}'
}

update() {
	sort -k 4 "${committed}" "${builddir}/results" |
		awk '{ last[$1 " " $2 " " $3] = $4 }
			END { for (key in last) print key, last[key] }' |
		sort -V > "${committed}.new"
	mv "${committed}.new" "${committed}"
	{
		sed '/^\.\. make lines writes this table$/q' "${document}"
		echo
		table "${committed}"
		echo
		sed -n '/^\.\. end of the table$/,$p' "${document}"
	} > "${document}.new"
	cat "${document}.new" > "${document}"
	rm "${document}.new"
}

case ${1-}-$# in
table-2) table "$2" ;;
update-1) update ;;
*) die "usage: lines.sh table RESULTS, or lines.sh update" ;;
esac
