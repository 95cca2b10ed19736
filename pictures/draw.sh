#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Draw a picture of the README: of a graph, by Graphviz, or of what make bench
# has measured, by jq and gnuplot.
#
# Usage: draw.sh SOURCE.dot|SOURCE.json SVG
#        draw.sh --check SOURCE SVG
#
# The last line of SVG is a checksum of what it was made of. --check says
# whether that is still so, and, where the same version of Graphviz or gnuplot
# is installed, whether it draws the same. Exit status: 0, or 1 with a line on
# stderr.

set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)

die() {
	echo "draw: $*" >&2
	exit 1
}

need() {
	for tool in "$@"; do
		command -v "${tool}" > /dev/null || die "${tool}: not found; install it (Debian: apt-get install graphviz jq gnuplot-nox)"
	done
}

# Two tables: seconds, with median, least and most of each; bytes
# shellcheck disable=SC2016 # the variables are jq's
tables='
.processors as $n | .seconds as $s | .bytes as $b |
def at($case; $build): $s["\($case) -j\($n) \($build)"].wall |
	if . then [.median, .least, .most] else ["?", "?", "?"] end;
def row($what; $case): [$what] + at($case; "own") + at($case; "headers") + at($case; "kit");
(row("cold"; "cold"), row("one header edited"; "edited"), row("nothing changed"; "nothing") | @tsv),
"", "",
([""] + [$b.own, $b.headers, $b.kit | . / 1e6] | @tsv)'

# shellcheck disable=SC2016 # as above
about='"kernel/kheaders.o of Linux \(.kernel), x86_64 defconfig, \(.processors) processors (\(.machine)), " +
"\(.date[:10]), medians of \(.rounds)"'

draw_dot() {
	need dot
	dot -Tsvg "$1"
}

draw_json() {
	need jq gnuplot
	jq -r "${tables}" "$1" > "${tmp}/table"
	gnuplot -e "set datafile separator '\t'; set datafile missing '?'; data = '${tmp}/table'; about = '$(jq -r "${about}" "$1")'" \
		"${here}/bench.gnuplot"
}

draw() {
	"draw_${source##*.}" "${source}" > "${tmp}/svg"
	[ -s "${tmp}/svg" ] || die "${source}: nothing was drawn"
	echo "<!-- made of $(sum) -->" >> "${tmp}/svg"
}

sum() {
	cat "${source}" "${here}/bench.gnuplot" "$0" | sha256sum | cut -d ' ' -f 1
}

# What drew it, as it says itself
version_of() {
	case $1 in
	*.dot) dot -V 2>&1 | sed -n 's/.*version \([0-9.]*\).*/graphviz version \1/p' ;;
	*.json)
		gnuplot -V |
			sed 's/gnuplot \([0-9.]*\) patchlevel \(.*\)/GNUPLOT \1 patchlevel \2/'
		;;
	esac
}

check() {
	[ "$(tail -n 1 "${svg}")" = "<!-- made of $(sum) -->" ] ||
		die "${svg}: not made of ${source} as it is now; make pictures"
	version=$(version_of "${source}" 2> /dev/null) || version=
	if [ -z "${version}" ] || ! grep -q -i -F "${version}" "${svg}"; then
		echo "draw: note: ${svg}: only its checksum was looked at" >&2
		return
	fi
	draw
	cmp -s "${tmp}/svg" "${svg}" || die "${svg}: not what is drawn of ${source}; make pictures"
}

action=draw
if [ "${1-}" = --check ]; then
	action=check
	shift
fi
case $#-${1-} in
2-*.dot | 2-*.json) ;;
*) die "usage: draw.sh [--check] SOURCE.dot|SOURCE.json SVG" ;;
esac
source=$1
svg=$2
[ -f "${source}" ] || die "${source}: no such file"
tmp=$(mktemp -d)
trap 'rm -rf "${tmp}"' EXIT
trap 'exit 1' HUP INT TERM
"${action}"
[ "${action}" = check ] || mv "${tmp}/svg" "${svg}"
