#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Measure the packer against the kernel's own kheaders, and kheaders path against tar, in
# turns, and print a table of medians and ratios.
#
# Usage: bench.sh [KERNEL [ROUNDS]]
#
# KERNEL is an argument of source.sh; x86_64, defconfig, O= build, all processors.
# build/bench.json has the same figures, with minimum and maximum; build/bench.svg is a
# chart of them. Unpacks in a tmpfs, which needs root.

. "$(dirname "$0")/../../../scripts/common.sh"

[ "$(id -u)" = 0 ] || die "bench: mounts a tmpfs; run it as root"
. "${testdir}/lib/own-mounts.sh"
kernel=${1:-${latest}}
rounds=${2:-5}
header=include/net/sock.h
"${fetchdir}/packages.sh" build bench tools
make -s -C "${topdir}/tools/kheaders" O="${builddir}/bench-tools"
pair=$("${testdir}/build/pair.sh" "${kernel}")
mkdir -p "${pair}/unpacked"
mount -t tmpfs -o mode=755 tmpfs "${pair}/unpacked"
tmp=$(mktemp -d)
trap 'restore; rm -rf "${tmp}"' EXIT
trap 'exit 1' HUP INT TERM
processors=$(nproc)
# shellcheck source=lib/bench.sh
. "${testdir}/lib/bench.sh"

restore() {
	restore_header "${header}" "${pair}/own/tree" "${pair}/kit/tree"
}

# $1: the build, $2: jobs; print the command that is measured, which makes the
# archive into an object
build() {
	goal=kheaders_data.o
	[ "$1" != own ] || goal=kheaders.o
	echo "make -C ${pair}/$1/tree O=${pair}/$1/obj ARCH=x86_64 -j$2 kernel/${goal}"
}

# $1: the case, then as above
command_of() {
	archive=${pair}/kit/obj/kernel/kheaders_data.tar.xz
	case $1-$2 in
	unpack-own) echo "tar -xJf ${archive} -C ${pair}/unpacked" ;;
	unpack-kit | again-kit)
		echo "${builddir}/bench-tools/kheaders path --archive ${archive} --cache ${pair}/unpacked"
		;;
	*)
		shift
		build "$@"
		;;
	esac
}

# Print the commands that run before the measured one. $1: the build
cold() {
	echo "find ${pair}/$1/obj/kernel -maxdepth 1 -name '*kheaders*' ! -type d -delete"
}

edited() {
	edit_header "${pair}/$1/tree" "${header}"
}

nothing() {
	echo true
}

unpack() {
	echo "find ${pair}/unpacked -mindepth 1 -delete"
}

again() {
	command_of unpack "$1"
}

round() {
	measure cold "${processors}" own headers kit
	[ "${processors}" = 1 ] || measure cold 1 headers
	measure edited "${processors}" own kit
	restore
	build own "${processors}" | sh > "${tmp}/log" 2>&1
	build kit "${processors}" | sh > "${tmp}/log" 2>&1
	# These commands are so short that one run says little.
	for _ in 1 2 3 4 5; do
		measure nothing "${processors}" own headers kit
		measure unpack "${processors}" own kit
		measure again "${processors}" kit
	done
}

size() {
	stat -c %s "${pair}/$1/obj/kernel/kheaders_data.tar.xz"
}

# The results of all rounds by what was measured
# shellcheck disable=SC2016 # the variables are jq's
summary='
{ kernel: $kernel, date: (now | todate), machine: $machine, processors: $processors,
  rounds: $rounds,
  bytes: { own: $own, headers: $headers, kit: $kit },
  seconds: seconds }'

# shellcheck disable=SC2016 # as above
table='
.processors as $n | .seconds as $s | .bytes as $b |
def at($case; $build): $s["\($case) -j\($n) \($build)"];
["", "ours", "", "own", "", "ratio", "at most"],
row("cold, headers alone: wall, s"; at("cold"; "headers").wall; at("cold"; "own").wall; "0.30"),
row("cold, headers alone: CPU, s"; at("cold"; "headers").cpu; at("cold"; "own").cpu; "0.60"),
row("cold, with the kit: wall, s"; at("cold"; "kit").wall; at("cold"; "own").wall; "0.36"),
row("one header edited: wall, s"; at("edited"; "kit").wall; at("edited"; "own").wall; "0.12"),
row("nothing changed, headers alone: wall, s"; at("nothing"; "headers").wall;
	at("nothing"; "own").wall; "1.00"),
row("nothing changed, with the kit: wall, s"; at("nothing"; "kit").wall;
	at("nothing"; "own").wall; "1.00"),
row("kheaders path, beside tar -xJf: wall, s"; at("unpack"; "kit").wall;
	at("unpack"; "own").wall; "0.65"),
(at("again"; "kit").wall | map_values(. * 1000) |
	["kheaders path again: wall, ms", (.median | r), spread, "", "", "", "5"]),
row("headers alone: bytes"; $b.headers; $b.own; "1.00"),
row("with the kit: bytes"; $b.kit; $b.own; "1.10"),
(if $n > 1 then row("headers alone, -j\($n) beside -j1: wall, s"; at("cold"; "headers").wall;
	$s["cold -j1 headers"].wall; "") else empty end)'

for i in $(seq "${rounds}"); do
	echo "round ${i} of ${rounds}" >&2
	round
done
version=$(make -s -C "${pair}/own/tree" kernelversion)
summarize "${summary}" "${builddir}/bench.json" "${table}" --arg kernel "${version}" \
	--argjson rounds "${rounds}" --argjson own "$(size own)" \
	--argjson headers "$(size headers)" --argjson kit "$(size kit)"
"${topdir}/pictures/draw.sh" "${builddir}/bench.json" "${builddir}/bench.svg"
