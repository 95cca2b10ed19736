#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Everything works on a clean Debian of another suite: packages and programs are built, the
# tests that need no guest pass, and so does the demo. Each installs the packages that it
# needs.
#
# Usage: hosts.t [SUITE[:PART[,PART]...]]...
#
# PART is "goals", "demo", or a test; by default all of them. Needs root, and a network.

. "$(dirname "$0")/../lib/own-mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=lib/in-root.sh
. "${testdir}/lib/in-root.sh"

[ $# != 0 ] || set -- trixie sid
parts="goals demo dist loud bad-input userland overlay vendor watch strip lint docs"
"${fetchdir}/packages.sh" build hosts

# A user's machine, with an unpacked make dist
prepare() {
	make_root "${root}" "${suite}"
	mkdir -p "${root}/root/kheaders"
	tar -xJf "$("${topdir}/scripts/dist.sh" "${tmp}/dist")" -C "${root}/root/kheaders" \
		--strip-components=1
	! need_sources || link_sources
	# Only below a mount point can a test have mounts of its own.
	mount --rbind "${root}" "${root}"
}

# All tests need kernel sources; the demo fetches its own.
need_sources() {
	for part in ${these}; do
		case ${part} in
		goals | demo) ;;
		*) return 0 ;;
		esac
	done
	return 1
}

# Use the machine's sources, which are fetched only once.
link_sources() {
	mkdir -p "${root}/root/kheaders/build/src"
	for version in ${spread}; do
		source=$("${fetchdir}/source.sh" "${version}")
		cp -al "${source}" "${root}/root/kheaders/build/src"
	done
}

in_repository() {
	inside env -C /root/kheaders ${V:+"V=${V}"} "$@"
}

versions() {
	in_repository sh -c 'make --version; gcc --version; tar --version; xz --version
		python3 --version; busybox; clang --version; dpkg-query -W dash libarchive-dev' |
		grep -E '^(GNU Make|gcc|tar|xz|Python|BusyBox|.*clang version|dash|libarchive)'
}

# The command runs there, and a program is linked with the library.
makes_tools() {
	in_repository make tools
	in_repository build/tools/kheaders --version | grep '^kheaders [1-9]'
	in_repository make install
	inside kheaders --help
	in_repository cc -o /root/threads tools/testing/kheaders/programs/threads.c \
		-I/usr/local/include -L/usr/local/lib -lkheaders -Wl,-rpath,/usr/local/lib
}

# Against the newest headers of the suite, and then without them
makes_module() {
	apt install --no-install-recommends linux-headers-"$(inside dpkg --print-architecture)"
	release=$(cd "${root}/lib/modules" && echo *)
	in_repository make module KDIR="/lib/modules/${release}/build"
	modinfo -F vermagic "${root}/root/kheaders/build/module/${release}/kheaders.ko" |
		grep "^${release} "
	! inside test -e "/lib/modules/${release}/build/vmlinux" ||
		tar -tJf "${root}/root/kheaders/build/module/${release}/kheaders_data.tar.xz" |
		grep -x ./vmlinux
	apt purge 'linux-headers-*' 'linux-kbuild-*'
}

# By the command, and by tar and make
builds_module() {
	archive=$(cd "${root}/root/kheaders" && echo build/module/*/kheaders_data.tar.xz)
	in_repository build/tools/kheaders extract --archive "${archive}" /root/tree
	inside mkdir /root/tar
	in_repository tar -xJf "${archive}" -C /root/tar
	diff -r "${root}/root/tree" "${root}/root/tar"
	in_repository cp -R tools/testing/kheaders/data/modules/hello /root
	inside make -C /root/tree M=/root/hello modules
	modinfo -F vermagic "${root}/root/hello/kheaders_hello.ko" |
		grep "^$(sed -n 's/^RELEASE=//p' "${root}/root/tar/.kheaders") "
	inside mkdir /root/cache
	in_repository /root/threads "${archive}" /root/cache
}

makes_deb() {
	in_repository make deb
	inside sh -c 'apt-get install -y /root/kheaders/build/deb/*.deb'
	[ "$(inside sh -c 'command -v kheaders; /usr/bin/kheaders --version' | wc -l)" = 2 ]
}

goals() {
	check "${suite}: make tools, install" makes_tools
	check "${suite}: make module" makes_module
	check "${suite}: a module is built from its archive" builds_module
	check "${suite}: make deb" makes_deb
}

# $1: a test, which must run all planned lines without a failure
passes() {
	in_repository "tools/testing/kheaders/tests/$1.t" > "${tmp}/tap" || :
	grep -A 30 '^not ok' "${tmp}/tap" || :
	plan_ran "${tmp}/tap"
	! grep '^not ok' "${tmp}/tap"
}

# $1: a part
part() {
	case $1 in
	goals) goals ;;
	demo) check "${suite}: make demo" in_repository make demo ;;
	*) check "${suite}: $1.t" passes "$1" ;;
	esac
}

for suite_parts in "$@"; do
	suite=${suite_parts%%:*}
	root=${builddir}/hosts/${suite}
	these=$(echo "${suite_parts#"${suite}"}" | tr :, '  ')
	these=${these:-${parts}}
	check "${suite}: a root" prepare
	for part in ${these}; do
		part "${part}"
	done
	versions 2> /dev/null | sed "s/^/# ${suite}: /"
done
finish
