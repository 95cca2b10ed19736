#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Measure the whole build of a kernel and its modules with IKHEADERS=m, against a tree with
# the kernel's own kheaders, in turns, and print a table of medians and ratios.
#
# Usage: bench-whole.sh [KERNEL [ROUNDS]]
#
# KERNEL is an argument of source.sh. The configuration is the small one of the
# guests, for um, with MODVERSIONS; O= builds, all processors. build/bench-whole.json
# has the same figures, with minimum and maximum.

. "$(dirname "$0")/../../../scripts/common.sh"

kernel=${1:-${latest}}
rounds=${2:-3}
unused=include/linux/mfd/abx500.h
used=include/linux/sched.h
dir=${builddir}/$(basename "${kernel}")-whole
processors=$(nproc)
"${fetchdir}/packages.sh" build bench
tmp=$(mktemp -d)
trap 'restore; rm -rf "${tmp}"' EXIT
trap 'exit 1' HUP INT TERM
# shellcheck source=lib/bench.sh
. "${testdir}/lib/bench.sh"

restore() {
	restore_header "${unused}" "${dir}/own/tree" "${dir}/kit/tree"
	restore_header "${used}" "${dir}/own/tree" "${dir}/kit/tree"
}

# A copy, by hard links, so that a benchmark may edit it
own_tree() {
	source=$("${fetchdir}/source.sh" "${kernel}")
	grep -q "^config IKHEADERS" "${source}/init/Kconfig" ||
		die "${kernel}: has no kheaders of its own to compare with; give a kernel from 5.2 on"
	rm -rf "${dir}/own/tree"
	cp -al "${source}" "${dir}/own/tree"
	ln -sfn "${dir}/own/tree" "${dir}/none/tree"
}

command_of() {
	echo "make -C ${dir}/$2/tree O=${dir}/$2/obj ARCH=um -j$3"
}

# $1: the build: none, own or kit, $2: what IKHEADERS is
configure() {
	cat "${testdir}/data/config/guest.config" "${testdir}/data/config/um.config" \
		> "${dir}/$1/options"
	printf 'CONFIG_%s\n' "IKHEADERS=$2" IKHEADERS_KIT=y IKHEADERS_STRIP_COMMENTS=y \
		>> "${dir}/$1/options"
	KCONFIG_ALLCONFIG=${dir}/$1/options run_logged "${dir}/$1/config.log" \
		make -C "${dir}/$1/tree" O="${dir}/$1/obj" ARCH=um allnoconfig
}

# shellcheck disable=SC2046 # a command
prepare() {
	for build in none own kit; do
		mkdir -p "${dir}/${build}/obj"
	done
	own_tree
	"${testdir}/build/tree.sh" "${kernel}" "${dir}/kit/tree"
	configure none n
	configure own m
	configure kit m
	for build in own kit; do
		run_long "${dir}/${build}/all.log" $(command_of "" "${build}" "${processors}")
	done
}

cold() {
	echo "find ${dir}/$1/obj -mindepth 1 -maxdepth 1 ! -name .config -exec rm -rf {} +"
}

unused() {
	edit_header "${dir}/$1/tree" "${unused}"
}

used() {
	edit_header "${dir}/$1/tree" "${used}"
}

nothing() {
	echo true
}

# Cold builds come last: they see headers that are restored.
round() {
	measure nothing "${processors}" own kit
	measure unused "${processors}" own kit
	measure used "${processors}" own kit
	restore
	measure cold "${processors}" none own kit
}

# shellcheck disable=SC2016 # the variables are jq's
summary='
{ kernel: $kernel, date: (now | todate), machine: $machine, processors: $processors,
  rounds: $rounds,
  seconds: seconds }'

# The cost of IKHEADERS=m is a difference of medians.
# shellcheck disable=SC2016 # as above
table='
.processors as $n | .seconds as $s |
def at($case; $build): $s["\($case) -j\($n) \($build)"];
def rows($what; $case; $limit):
	row($what + ": wall, s"; at($case; "kit").wall; at($case; "own").wall; $limit),
	row($what + ": CPU, s"; at($case; "kit").cpu; at($case; "own").cpu; "");
def adds($build; $time): at("cold"; $build)[$time].median - at("cold"; "none")[$time].median;
["", "ours", "", "own", "", "ratio", "at most"],
rows("nothing changed"; "nothing"; "1.02"),
rows("an unused header edited"; "unused"; "1.00"),
rows("sched.h edited"; "used"; "1.00"),
rows("cold"; "cold"; ""),
row("cold, what IKHEADERS=m adds: wall, s"; adds("kit"; "wall"); adds("own"; "wall"); "0.35"),
row("cold, what IKHEADERS=m adds: CPU, s"; adds("kit"; "cpu"); adds("own"; "cpu"); "")'

prepare
for i in $(seq "${rounds}"); do
	echo "round ${i} of ${rounds}" >&2
	round
done
version=$(make -s -C "${dir}/own/tree" kernelversion)
summarize "${summary}" "${builddir}/bench-whole.json" "${table}" --arg kernel "${version}" \
	--argjson rounds "${rounds}"
