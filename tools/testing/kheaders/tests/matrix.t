#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# All combinations of kernels, architectures, compilers and ways to build pass
# matrix-cell.sh.
#
# Usage: matrix.t [all]
#
# Without arguments, a selection runs. With "all", ${VERSIONS}, ${ARCHES} and ${CC} are
# lists to select from; an unset list means all. A combination that has passed with the
# same overlay is not repeated, so the test can be stopped at any time.

. "$(dirname "$0")/../lib/tap.sh"

arches='x86_64 i386 arm64 arm riscv64 ppc64le s390x mips64el um'
compilers='gcc clang'
# Seconds that a cell may take; exceeding them only adds "slow", because the machine may
# be busy.
limit=240
dir=${builddir}/matrix
results=${dir}/results

# CC= and KERNEL= from our command line must not reach the kernel's make.
wanted_compilers=${CC-}
unset CC MAKEFLAGS MFLAGS

# Every version, and each pair of a compiler, a kind of output and a way, in as few builds
# as can be; kernels.t has um.
few='
5.10 arm64 gcc O= m
6.1 s390x gcc in-tree m
6.12 arm clang O= m
7.2 riscv64 gcc O= y
7.3 x86_64 clang in-tree y'

# Build everything in one way first, so that many results appear early. The last two
# values change fastest, because such cells share a build.
all_cells() {
	for output in O= in-tree; do
		for version in ${VERSIONS:-${versions}}; do
			for arch in ${ARCHES:-${arches}}; do
				for compiler in ${wanted_compilers:-${compilers}}; do
					echo "${version} ${arch} ${compiler} ${output} m"
					echo "${version} ${arch} ${compiler} ${output} y"
				done
			done
		done
	done
}

# A checksum of everything that the results depend on
overlay_sum() {
	(cd "${topdir}" && find kernel init scripts/overlay.sh tools/testing/kheaders/data/modules \
		tools/testing/kheaders/build/matrix-cell.sh -type f -exec sha256sum {} + |
		sort | sha256sum)
}

# Results of another overlay are of no use, what has failed is tried again, and a
# tree of the user's may have changed.
keep_results() {
	mkdir -p "${dir}"
	overlay_sum > "${dir}/overlay.new"
	cmp -s "${dir}/overlay.new" "${dir}/overlay" || rm -f "${results}"
	mv "${dir}/overlay.new" "${dir}/overlay"
	touch "${results}"
	sed -i '/ failed /d' "${results}"
	for version in ${VERSIONS-}; do
		[ ! -e "${version}" ] || sed -i "\\,^${version} ,d" "${results}"
	done
}

# Add the verdict, the seconds and the reason to the cell, in ${results}.
run_cell() {
	begin=$(seconds)
	status=0
	# shellcheck disable=SC2086 # five words
	"${testdir}/build/matrix-cell.sh" ${cell} > "${tmp}/reason" 2> "${tmp}/output" || status=$?
	case ${status} in
	0) verdict=passed ;;
	2) verdict=n/a ;;
	*)
		verdict=failed
		grep '^matrix-cell: ' "${tmp}/output" | tail -n 1 |
			sed 's/^matrix-cell: //' > "${tmp}/reason"
		;;
	esac
	echo "${cell} ${verdict} $(($(seconds) - begin)) $(cat "${tmp}/reason")" >> "${results}"
}

# Remove the build of a cell, unless the next cell can use it, or the cell has failed
# and the build is needed for analysis. $1: the cell, $2: the next cell
remove_build() {
	if [ "$1" ] && [ "${1% *}" != "${2% *}" ] &&
		! grep -q "^${1% *} . failed " "${results}"; then
		build=${1##*/}
		echo "${build% *}" | tr -d = | tr ' ' - | sed "s:^:${dir}/:" | xargs rm -rf
	fi
}

# Print a row for each kernel and architecture, with seconds for each cell that passed.
table() {
	awk '{
		row = $1 " " $2
		if (!(row in rows)) {
			rows[row]
			order[++n] = row
		}
		column = $3 " " $4 " " $5
		cell[row, column] = $6 == "passed" ? $7 : $6 == "failed" ? "FAILED" : "n/a"
		if ($6 != "passed") {
			why = ""
			for (i = 8; i <= NF; i++)
				why = why " " $i
			reasons[row " " $3 ": " $6 ":" why] = 1
		}
	}
	END {
		columns = split("gcc in-tree m,gcc in-tree y,gcc O= m,gcc O= y," \
			"clang in-tree m,clang in-tree y,clang O= m,clang O= y", name, ",")
		printf "%-14s", ""
		for (c = 1; c <= columns; c++)
			printf " %-16s", name[c]
		print ""
		for (r = 1; r <= n; r++) {
			printf "%-14s", order[r]
			for (c = 1; c <= columns; c++)
				printf " %-16s", ((order[r], name[c]) in cell) ? \
					cell[order[r], name[c]] : "-"
			print ""
		}
		for (why in reasons)
			print why | "sort -V"
	}' "${results}"
}

# Report the result in ${results}. $1: the cell
report_cell() {
	grep "^$1 " "${results}" | tail -n 1 > "${tmp}/line"
	read -r version arch compiler output way verdict time reason < "${tmp}/line"
	what="${version} ${arch} ${compiler} ${output} ${way}: ${time} s"
	[ "${time}" -le "${limit}" ] || what="${what}, slow"
	case ${verdict} in
	passed)
		report ok "${what}"
		record "${failed}" "$("${fetchdir}/source.sh" "${version}")" modules
		;;
	n/a) report ok "${what} # SKIP ${reason}" ;;
	*) report "not ok" "${what}" ;;
	esac
}

amount=${1-few}
case ${amount} in
few)
	cells=$(echo "${few}" | sed 1d)
	results=${tmp}/results
	touch "${results}"
	;;
all)
	cells=$(all_cells)
	keep_results
	;;
*) die "usage: matrix.t [all]" ;;
esac
"${fetchdir}/packages.sh" build kit matrix
total=$(echo "${cells}" | wc -l)
echo "${cells}" > "${tmp}/cells"
before=
while read -r cell; do
	remove_build "${before}" "${cell}"
	before=${cell}
	echo "# $((count + 1)) of ${total}: ${cell}"
	grep -q "^${cell} " "${results}" || run_cell < /dev/null
	report_cell "${cell}"
done < "${tmp}/cells"
remove_build "${before}" ""
table | sed 's/^/# /'
finish
