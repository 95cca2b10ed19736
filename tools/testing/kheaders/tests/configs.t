#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Every configuration fragment can be merged on every version, and all its options then
# hold, apart from known exceptions.
#
# Usage: configs.t [VERSION]...

. "$(dirname "$0")/../lib/tap.sh"

# shellcheck disable=SC2086 # a list
[ $# != 0 ] || set -- ${versions}
"${fetchdir}/packages.sh" build android

# The one place for what does not hold: version or all, fragment, option, why. rust.t
# has a kernel with RUST.
exceptions='
all kheaders IKHEADERS_RUST depends on RUST, and no fragment sets that
all kheaders-debug IKHEADERS_RUST depends on RUST, and no fragment sets that
all kheaders-android IKHEADERS_RUST depends on RUST, which GKI sets
5.10 kheaders-android LTO_CLANG_THIN came with 5.12
5.10 kheaders-android CFI_CLANG came with 5.13
5.10 kheaders-android CFI came with 6.18, before that it is CFI_CLANG
6.1 kheaders-android CFI came with 6.18, before that it is CFI_CLANG
6.12 kheaders-android CFI came with 6.18, before that it is CFI_CLANG
7.2 kheaders-android CFI_CLANG is CFI since 6.18
7.3 kheaders-android CFI_CLANG is CFI since 6.18
'

# $1: a version, $2: a fragment, $3: an option
is_exception() {
	case ${exceptions} in
	*"
$1 $2 $3 "* | *"
all $2 $3 "*) ;;
	*) return 1 ;;
	esac
}

# The oldest LLVM of Debian 12 that the newest kernel takes; 5.10
# finds the architecture by the prefix.
make_variables() {
	case $1 in
	*-android) echo ARCH=arm64 LLVM=1 LLVM_IAS=1 CROSS_COMPILE=aarch64-linux-gnu- ;;
	*) echo ARCH=x86_64 ;;
	esac
}

# $1: the fragment
merge() {
	rm -f "${obj}/.config"
	# shellcheck disable=SC2046 # variables
	PATH=/usr/lib/llvm-19/bin:${PATH} make -C "${tree}" O="${obj}" $(make_variables "$1") \
		defconfig "$1.config" > "${tmp}/log" 2>&1 || {
		cat "${tmp}/log"
		return 1
	}
}

# Print the options of a fragment: option, value; n for an option that is off
lines_of() {
	sed -n -e 's/^CONFIG_\([A-Z0-9_]*\)=/\1 /p' \
		-e 's/^# CONFIG_\([A-Z0-9_]*\) is not set/\1 n/p' "$1"
}

value_of() {
	value=$(sed -n "s/^CONFIG_$1=//p" "${obj}/.config")
	echo "${value:-n}"
}

# Do all options of a fragment hold, except for known exceptions, which must not hold?
# $1: a version, $2: the fragment
holds() {
	result=0
	while read -r option wanted; do
		value=$(value_of "${option}")
		if is_exception "$1" "$2" "${option}"; then
			[ "${value}" != "${wanted}" ] || {
				echo "${option}=${value} holds, and is a known exception"
				result=1
			}
		elif [ "${value}" != "${wanted}" ]; then
			echo "${option}=${value}, not ${wanted}"
			result=1
		fi
	done < "${tmp}/lines"
	return "${result}"
}

for version; do
	tree=${builddir}/configs-${version}
	obj=${tmp}/obj
	rm -rf "${tree}" "${obj}"
	cp -al "$("${fetchdir}/source.sh" "${version}")" "${tree}"
	"${topdir}/scripts/overlay.sh" apply "${tree}" > "${tmp}/log"
	for f in "${topdir}"/kernel/configs/*.config; do
		fragment=$(basename "${f}" .config)
		lines_of "${f}" > "${tmp}/lines"
		check "${version}: ${fragment}.config is found and merged" merge "${fragment}"
		check "${version}: ${fragment}.config: its $(wc -l < "${tmp}/lines") lines hold, or are known not to" \
			holds "${version}" "${fragment}"
	done
	rm -rf "${tree}"
done
finish
