#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Measure the whole build of a kernel and its modules with IKHEADERS=m, against a tree with
# the kernel's own kheaders, in turns, and print a table of medians and ratios.
#
# Usage: bench-whole.sh [KERNEL [CONFIG [ROUNDS]]]
#
# KERNEL is an argument of source.sh; O= builds, all processors. CONFIG is "small", that of
# the guests, for um, with MODVERSIONS, or "defconfig", that of x86_64, with MODVERSIONS: no
# cold build then, and objects come from ccache, also after sched.h was edited. That adds
# nothing that objects would show. Compiling takes most of the time and is the same in both
# trees: with less of it, the ratio says more of what is not.
# build/bench-whole.json or bench-whole-defconfig.json has the same figures, with minimum
# and maximum.

. "$(dirname "$0")/../../../scripts/common.sh"

kernel=${1:-${latest}}
config=${2:-small}
rounds=${3:-3}
unused=include/linux/mfd/abx500.h
used=include/linux/sched.h
case ${config} in
small)
	arch=um
	name=whole
	;;
defconfig)
	arch=x86_64
	name=whole-defconfig
	;;
*) die "${config}: neither small nor defconfig" ;;
esac
dir=${builddir}/$(basename "${kernel}")-${name}
processors=$(nproc)
"${fetchdir}/packages.sh" build check bench
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
	echo "make -C ${dir}/$2/tree O=${dir}/$2/obj ARCH=${arch} -j$3"
}

# $1: the build, then for make
make_config() {
	run_logged "${dir}/$1/config.log" \
		make -C "${dir}/$1/tree" O="${dir}/$1/obj" ARCH="${arch}" "$2"
}

# $1: the build: none, own or kit, $2: what IKHEADERS is
configure() {
	options=${dir}/$1/options
	printf 'CONFIG_%s\n' "IKHEADERS=$2" IKHEADERS_KIT=y IKHEADERS_STRIP_COMMENTS=y \
		MODVERSIONS=y > "${options}"
	if [ "${config}" = small ]; then
		cat "${testdir}/data/config/guest.config" "${testdir}/data/config/um.config" \
			>> "${options}"
		KCONFIG_ALLCONFIG=${options} make_config "$1" allnoconfig
	else
		make_config "$1" defconfig
		cat "${options}" >> "${dir}/$1/obj/.config"
		make_config "$1" olddefconfig
	fi
}

# The objects of both trees come from one ccache, whatever sched.h has.
cached() {
	use_ccache
	export CCACHE_BASEDIR="${dir}" CCACHE_IGNOREHEADERS="../tree/${used}"
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
		(
			cached
			run_long "${dir}/${build}/all.log" \
				$(command_of "" "${build}" "${processors}")
		)
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
	[ "${config}" = small ] || return 0
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
def rows($what; $case; $limit): at($case; "kit") as $kit | at($case; "own") as $own |
	row($what + ": wall, s"; $kit.wall; $own.wall; $limit),
	row($what + ": CPU, s"; $kit.cpu; $own.cpu; "");
def adds($build; $time): at("cold"; $build)[$time].median - at("cold"; "none")[$time].median;
["", "ours", "", "own", "", "ratio", "at most"],
rows("nothing changed"; "nothing"; "1.02"),
rows("an unused header edited"; "unused"; "1.00"),
rows("sched.h edited"; "used"; "1.00"),
if at("cold"; "none") then
	rows("cold"; "cold"; ""),
	row("cold, what IKHEADERS=m adds: wall, s"; adds("kit"; "wall"); adds("own"; "wall");
		"0.35"),
	row("cold, what IKHEADERS=m adds: CPU, s"; adds("kit"; "cpu"); adds("own"; "cpu"); "")
else empty end'

prepare
[ "${config}" = small ] || cached
for i in $(seq "${rounds}"); do
	echo "round ${i} of ${rounds}" >&2
	round
done
version=$(make -s -C "${dir}/own/tree" kernelversion)
summarize "${summary}" "${builddir}/bench-${name}.json" "${table}" --arg kernel "${version}" \
	--argjson rounds "${rounds}"
