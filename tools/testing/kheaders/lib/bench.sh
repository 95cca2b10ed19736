# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Functions that the benchmarks share. Sourced by them; they set ${tmp} and ${processors},
# and define command_of CASE BUILD JOBS, which prints the command to measure, and a function
# for each case that prints the command to run before that in a build.

: "${tmp:?}" "${processors:?}"
measured=0

# $1: the case, $2: jobs, then the builds, each of which is measured once
measure() {
	case=$1
	jobs=$2
	shift 2
	for build in "$@"; do
		set -- "$@" -n "${case} -j${jobs} ${build}" -p "$("${case}" "${build}")" \
			"$(command_of "${case}" "${build}" "${jobs}")"
		shift
	done
	hyperfine --style none --runs 1 --export-json "${tmp}/$((measured += 1)).json" "$@" \
		> "${tmp}/log" 2>&1 || {
		tail "${tmp}/log" >&2
		die "${case}: hyperfine failed, see above"
	}
}

# Trees share files by hard links, so a header is replaced, never written. $1: the
# tree, $2: the header; print what edits it, each time in another way
edit_header() {
	[ -f "${tmp}/$2" ] || {
		mkdir -p "${tmp}/${2%/*}"
		cp "$1/$2" "${tmp}/$2"
	}
	echo "sed \"\\\$a extern int bench_\$(date +%N);\" ${tmp}/$2 > $1/$2.new; mv -f $1/$2.new $1/$2"
}

# $1: the header, then trees
restore_header() {
	header=$1
	shift
	for tree in "$@"; do
		[ ! -f "${tmp}/${header}" ] || replace_file "${tmp}/${header}" "${tree}/${header}"
	done
}

# For the results of all rounds: seconds of what was measured; and columns: what,
# ours, from the least to the most, the own one, likewise, the ratio, and what it
# may be at most
# shellcheck disable=SC2016,SC2034 # the variables are jq's; used by those who source this
bench_jq='
def figures: sort | { median: ((.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2),
	least: first, most: last };
def seconds: [.[].results[]] | group_by(.command) | map({
	key: .[0].command,
	value: { wall: (map(.mean) | figures), cpu: (map(.user + .system) | figures) } }) |
	from_entries;
def r: . * 100 | round / 100 | tostring;
def middle: if type == "object" then .median else . end;
def spread: if type == "object" then "\(.least | r)-\(.most | r)" else "" end;
def row($what; $ours; $own; $limit): [$what, ($ours | middle | r), ($ours | spread),
	($own | middle | r), ($own | spread), (($ours | middle) / ($own | middle) | r), $limit];
'

# $1: what makes a summary of all results, with bench_jq, $2: the file it goes to, $3:
# what makes rows of that; the rest: for jq
summarize() {
	summary=$1
	json=$2
	table=$3
	shift 3
	machine=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
	jq -s --arg machine "${machine:-$(uname -m)}" --argjson processors "${processors}" "$@" \
		"${bench_jq} ${summary}" "${tmp}"/*.json > "${json}.new"
	mv -f "${json}.new" "${json}"
	jq -r "${bench_jq} ${table} | @tsv" "${json}" |
		awk -F '\t' '{ printf "%-44s %9s %-15s %9s %-15s %6s %8s\n",
			$1, $2, $3, $4, $5, $6, $7 }'
}
