#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The archive has the same bytes wherever, whenever and by whomever it is made.
#
# Usage: repro.t [KERNEL]

without_root=yes
. "$(dirname "$0")/../lib/own-mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"

# The configuration names the version of rustc, which only one user may have.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
kernel=${1:-${latest}}
"${fetchdir}/packages.sh" build host
# shellcheck source=../lib/packer.sh
. "${testdir}/lib/packer.sh"

sha256_of() {
	sha256sum < "$1/kernel/kheaders_data.tar.xz"
}

# $1: how many pieces to remove, so that they are made again, $@: words before make
same_with() {
	pieces=$1
	shift
	find "${obj}/kernel" -name 'kheaders-[0-9].tar.xz' | sort | head -n "${pieces}" | xargs rm
	remake "$@"
	[ "$(wc -l < "${tmp}/made")" = $((pieces + 1)) ]
	[ "$(sha256_of "${obj}")" = "${sha256}" ]
}

same() {
	same_with "${all_pieces}" "$@"
}

# With the real xz, which takes long
same_in_part() {
	same_with 3 "$@"
}

# $1: the source tree, $2: the object tree, configured as the first one; host programs
# are the same as there
build() (
	use_ccache
	export CCACHE_BASEDIR="${builddir}"
	make -C "$1" O="$2" ARCH=x86_64 olddefconfig > "${tmp}/log"
	# shellcheck disable=SC2086 # a list
	make -C "$1" O="$2" ARCH=x86_64 -j2 kernel/kheaders_data.o ${variables} > "${tmp}/log"
)

# A locale that sorts otherwise (Kbuild sets the part that sort goes by), another umask,
# one job, and for root another name of the host, another kernel, and one processor
other_environment() {
	mkdir "${tmp}/locales"
	localedef -i en_US -f UTF-8 "${tmp}/locales/en_US.UTF-8"
	printf 'B\na\n' | LOCPATH=${tmp}/locales LC_ALL=en_US.UTF-8 sort > "${tmp}/sorted"
	printf 'a\nB\n' | cmp - "${tmp}/sorted"
	variables="${variables} LC_COLLATE=en_US.UTF-8"
	set -- taskset -c 0 env LOCPATH="${tmp}/locales" LANG=en_US.UTF-8 \
		LC_ALL=en_US.UTF-8 TZ=Asia/Tokyo
	[ "$(id -u)" != 0 ] ||
		set -- unshare -u sh -c 'hostname elsewhere; exec setarch --uname-2.6 "$@"' sh "$@"
	umask 077
	jobs=1
	same "$@"
}

unpack() {
	rm -rf "$1"
	mkdir "$1"
	tar -xJf "${archive}" -C "$1"
	sed -i '/^ID=/d' "$1/.kheaders"
}

# A program that no module needs, as after make headers, and leftovers of another
# configuration: programs with their .cmd files, and generated sources
left="scripts/asn1_compiler scripts/sign-file scripts/dtc/dtc scripts/dtc/dtc-lexer.lex.c
	scripts/dtc/dtc-parser.tab.h scripts/gendwarfksyms/gendwarfksyms certs/extract-cert"
other_programs() {
	make -C "${tree}" O="${obj}" ARCH=x86_64 scripts_unifdef
	for f in ${left}; do
		mkdir -p "${obj}/${f%/*}"
		cp "${obj}/scripts/unifdef" "${obj}/${f}"
		cp "${obj}/scripts/.unifdef.cmd" "${obj}/${f%/*}/.${f##*/}.cmd"
	done
	same env
}

# Only the times differ. $1: a time, $2: the same time as tar prints it
dated() {
	unpack "${tmp}/undated"
	remake env KBUILD_BUILD_TIMESTAMP="$1"
	tar --utc -tvJf "${archive}" > "${tmp}/listed"
	[ -s "${tmp}/listed" ]
	if grep -v " $2 " "${tmp}/listed"; then
		return 1
	fi
	unpack "${tmp}/dated"
	diff -r "${tmp}/undated" "${tmp}/dated"
}

# A tmpfs lists its files in the order in which these were made, other file
# systems in one of names. Headers are copied, at new times, or are symbolic
# links, as some build systems have them; others are links.
other_tree() {
	mkdir -p "${other}/tree/include" "${other}/obj"
	if [ "$(id -u)" = 0 ]; then
		mount -t tmpfs tmpfs "${other}/tree/include"
	fi
	cd "${tree}"
	find . ! -type d | sort -R > "${tmp}/files"
	grep -v '/include/' "${tmp}/files" | tr '\n' '\0' |
		xargs -0 cp -al --parents -t "${other}/tree"
	grep '/include/' "${tmp}/files" | tr '\n' '\0' | xargs -0 cp -P --parents -t "${other}/tree"
	if [ "$(id -u)" = 0 ]; then
		(cd include && find linux) > "${tmp}/order"
		(cd "${other}/tree/include" && find linux) > "${tmp}/other-order"
		sort "${tmp}/order" > "${tmp}/sorted"
		sort "${tmp}/other-order" | cmp - "${tmp}/sorted"
		if cmp "${tmp}/order" "${tmp}/other-order"; then
			return 1
		fi
	fi
	for file in include/net/*.h arch/x86/include/asm/a*.h; do
		ln -sf "${tree}/${file}" "${other}/tree/${file}"
	done
	cp "${obj}/.config" "${other}/obj"
	build "${other}/tree" "${other}/obj"
	[ "$(sha256_of "${other}/obj")" = "${sha256}" ]
}

in_tree() {
	mv "${other}/obj/.config" "${other}/tree"
	rm -rf "${other}/obj"
	build "${other}/tree" "${other}/tree"
	[ "$(sha256_of "${other}/tree")" = "${sha256}" ]
}

# In the tree that was built in; files that it shares stay root's.
other_user() {
	find "${other}" ! -type d -links +1 -o -exec chown -h 65534:65534 {} +
	rm -f "${other}"/tree/kernel/kheaders-[0-9].tar.xz
	# shellcheck disable=SC2086 # a list
	HOME=/ setpriv --reuid=65534 --regid=65534 --clear-groups \
		make -C "${other}/tree" ARCH=x86_64 -j2 kernel/kheaders_data.o ${variables}
	stat -c %u "${other}/tree/kernel/kheaders_data.tar.xz" | grep -x 65534
	[ "$(sha256_of "${other}/tree")" = "${sha256}" ]
}

can_be_reached() {
	setpriv --reuid=65534 --regid=65534 --clear-groups ls "$1" > /dev/null 2>&1
}

# $1: a suite of Debian, then packages; they are in ${tmp}/$1
fetch() {
	suite=$1
	shift
	for package in "$@"; do
		"${fetchdir}/debian-package.sh" "${suite}" "${package}" "${tmp}/deb"
		mkdir -p "${tmp}/${suite}"
		cp -a "${tmp}/deb/." "${tmp}/${suite}"
		rm -rf "${tmp}/deb"
	done
}

# $1: a suite, $2: a name below bin; make ${tmp}/other/$2, which runs it with the
# libraries of the suite and leaves a line in ${tmp}/$2-runs
wrap() {
	ld=$(find "${tmp}/$1" -name 'ld-linux-x86-64.so.2' | head -n 1)
	ld=${ld:-/lib64/ld-linux-x86-64.so.2}
	libraries=$(find "${tmp}/$1" -name 'lib*.so.*' -exec dirname {} + | sort -u | tr '\n' ':')
	printf '%s\n' '#!/bin/sh' "echo >> ${tmp}/$2-runs" \
		"exec ${ld} --library-path ${libraries} $(find "${tmp}/$1" -path "*bin/$2") \"\$@\"" \
		> "${tmp}/other/$2"
	chmod +x "${tmp}/other/$2"
	"${tmp}/other/$2" --version
}

# A newer tar and an older xz
other_versions() {
	fetch sid tar libc6 libacl1 libselinux1 libpcre2-8-0
	fetch bullseye xz-utils liblzma5
	mkdir "${tmp}/other"
	wrap sid tar
	wrap bullseye xz
	same_in_part env PATH="${tmp}/other:${PATH}"
	[ "$(wc -l < "${tmp}/tar-runs")" -gt "${pieces}" ] &&
		[ "$(wc -l < "${tmp}/xz-runs")" -gt "${pieces}" ]
}

remake env > /dev/null
sha256=$(sha256_of "${obj}")
check "variables of tar's and xz's" same_in_part env TAR_OPTIONS=-v XZ_OPT=-9
check "tar of Debian sid, xz of bullseye" other_versions

use_quick_xz
remake env > /dev/null
sha256=$(sha256_of "${obj}")
check "locale, time zone, umask, host, kernel, one processor" other_environment
jobs=8
check "-j8, and host programs that were built before" other_programs
for f in ${left}; do
	rm -f "${obj}/${f}" "${obj}/${f%/*}/.${f##*/}.cmd"
done
check "KBUILD_BUILD_TIMESTAMP" dated "Sun Jan  2 03:04:05 UTC 2022" "2022-01-02 03:04"
check "KBUILD_BUILD_TIMESTAMP: a day" dated 2022-01-03 "2022-01-03 00:00"
check "and back" same env

# Beside the tree, as links need the same file system
other=$(mktemp -d "${dir}/repro.XXXXXX")
chmod 755 "${other}"
trap 'restore_header; umount -q "${other}/tree/include" || :; rm -rf "${tmp}" "${other}"' EXIT
if [ "$(id -u)" = 0 ]; then
	check "another tree, its files at other times and in another order" other_tree
else
	check "another tree, its files at other times" other_tree
	check "another tree, its files in another order # SKIP needs root" true
fi
check "in the tree itself" in_tree
if [ "$(id -u)" = 0 ] && can_be_reached "${other}"; then
	check "another user" other_user
else
	check "another user # SKIP needs root, and a directory that others can reach" true
fi
finish
