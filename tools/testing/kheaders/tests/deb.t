#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The Debian packages are built, checked by lintian, and in a chroot installed, used,
# upgraded, removed and purged. Needs root, and a network for the packages that these
# depend on.
#
# shellcheck disable=SC2016,SC2046,SC2086 # variables of others; lists

. "$(dirname "$0")/../lib/own-mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=lib/in-root.sh
. "${testdir}/lib/in-root.sh"

"${fetchdir}/packages.sh" build tools deb deb-check
dir=${builddir}/packages
root=${dir}/root
overlay=/usr/share/kheaders-overlay
ours="kheaders kheaders-overlay libkheaders-dev libkheaders1"

# $1: the number of the build, $2: the directory of scripts/deb.sh
build() {
	"$2/scripts/deb.sh" "${dir}/$1" > "${tmp}/debs"
	for package in ${ours}; do
		grep "/${package}_[^/]*\.deb$" "${tmp}/debs" || return
	done
}

writes_to_build_only() {
	[ -z "$(find "${topdir}" \( -name .git -o -path "${builddir}" \) -prune -o \
		-newer "${tmp}/begin" -type f -print)" ]
}

# Build the next version from the tarball of make dist, in the unpacked directory.
build_next() {
	rm -rf "${dir}/next"
	mkdir "${dir}/next"
	tar -xJf "${dir}"/1/*.tar.xz -C "${dir}/next" --strip-components=1
	sed -i "s/^VERSION := .*/VERSION := ${next}/" "${dir}/next/tools/kheaders/Makefile"
	sed -i "1s/(.*)/(${next})/" "${dir}/next/debian/changelog"
	build 2 "${dir}/next"
}

lintian_is_content() {
	lintian --allow-root --fail-on error,warning "${dir}"/1/*.changes
}

prepare_root() {
	make_root "${root}"
	mkdir -p "${root}/mnt/debs" "${root}/mnt/linux" "${root}/mnt/test"
	mount --bind "${dir}" "${root}/mnt/debs"
	mount -t tmpfs tmpfs "${root}/mnt/test"
	listing > "${tmp}/before"
}

# All but what apt and dpkg keep, and the test's own
listing() {
	inside find / -xdev \( -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/cache/apt \
		-o -path /var/log -o -path /mnt -o -path /tmp \) -prune \
		-o -printf '%M %U:%G %p %l\n' | sort
}

# $1: the number of the build
install() {
	apt install $(cd "${dir}" && printf '/mnt/debs/%s ' "$1"/kheaders_*.deb \
		"$1"/kheaders-overlay_*.deb "$1"/libkheaders1_*.deb "$1"/libkheaders-dev_*.deb)
}

# $1: the version
has_version() {
	inside kheaders --version
	inside kheaders --version | grep -x "kheaders $1"
	[ "$(inside pkg-config --modversion libkheaders)" = "$1" ]
	for package in ${ours}; do
		[ "$(inside dpkg-query -W \
			-f '${db:Status-Abbrev}${Version}' "${package}")" = "ii $1" ]
	done
}

unit_is_not_enabled() {
	inside find /usr/lib/systemd /lib/systemd -name kheaders-link.service | grep .
	! inside find /etc/systemd /var/lib/systemd -name 'kheaders-link.service' | grep .
}

files_are_as_they_were() {
	inside dpkg --verify ${ours} > "${tmp}/changed"
	cat "${tmp}/changed"
	[ ! -s "${tmp}/changed" ]
}

# $1: apply or unapply, by the package's script, which cannot write where it is
overlay_does() {
	inside "${overlay}/scripts/overlay.sh" "$1" /mnt/linux
}

same_as_ours() {
	cp -al "${pristine}" "${dir}/linux-ours"
	"${topdir}/scripts/overlay.sh" apply "${dir}/linux-ours"
	diff -r "${dir}/linux-ours" "${dir}/linux"
}

# For the newest kernel of the suite
makes_module() {
	apt install --no-install-recommends linux-headers-"$(inside dpkg --print-architecture)"
	release=$(ls "${root}/lib/modules")
	inside "${overlay}/scripts/module.sh" "/lib/modules/${release}/build" /mnt/test/module
	cp "${root}/mnt/test/module/${release}/kheaders_data.tar.xz" "${root}/mnt/test/archive"
	echo "${release}" > "${tmp}/release"
	apt purge 'linux-headers-*' 'linux-kbuild-*'
	[ ! -e "${root}/lib/modules/${release}" ]
}

extracts() {
	inside kheaders extract --archive /mnt/test/archive /mnt/test/extracted
	mkdir "${root}/mnt/test/tar"
	tar -xJf "${root}/mnt/test/archive" -C "${root}/mnt/test/tar"
	diff -r "${root}/mnt/test/tar" "${root}/mnt/test/extracted"
}

finds_tree() {
	inside kheaders path --archive /mnt/test/archive > "${tmp}/path"
	grep '^/var/cache/kheaders/[^/]*$' "${tmp}/path"
	[ -f "${root}$(cat "${tmp}/path")/GNUmakefile" ]
}

# This also works without /lib/modules, as in a container.
makes_link() {
	[ ! -e "${root}/lib/modules" ]
	inside kheaders link --archive /mnt/test/archive --release "${release}"
	[ "$(readlink "${root}/lib/modules/${release}/build")" = "$(cat "${tmp}/path")" ]
}

# A link made by someone else, which is not ours
link_of_others() {
	mkdir -p "${root}/lib/modules/0.1"
	ln -s /usr/src/linux-0.1 "${root}/lib/modules/0.1/build"
}

builds_module() {
	rm -rf "${root}/mnt/test/hello"
	cp -R "${testdir}/data/modules/hello" "${root}/mnt/test"
	inside make -C "/lib/modules/${release}/build" M=/mnt/test/hello modules
	modinfo -F vermagic "${root}/mnt/test/hello/kheaders_hello.ko" | grep "^${release} "
}

program_is_built() {
	cp "${testdir}/programs/threads.c" "${root}/mnt/test"
	inside sh -c 'cc -Wall -Werror -o /mnt/test/threads /mnt/test/threads.c \
		$(pkg-config --cflags --libs libkheaders)'
	readelf -d "${root}/mnt/test/threads" | grep 'NEEDED.*libkheaders\.so\.1'
}

program_runs() {
	inside mkdir -p /mnt/test/cache
	[ -d "${root}$(inside /mnt/test/threads /mnt/test/archive /mnt/test/cache)" ]
}

cache_is_there() {
	[ "$(readlink "${root}/lib/modules/${release}/build")" = "$(cat "${tmp}/path")" ]
	builds_module
}

removed() {
	apt remove ${ours}
	! inside sh -c 'command -v kheaders'
}

# Links that were there before come back.
purged() {
	restored=${root}/lib/modules/0.3
	mkdir "${restored}"
	for name in build source; do
		ln -s "$(cat "${tmp}/path")" "${restored}/${name}"
		ln -s "/was/${name}" "${restored}/.${name}.before-kheaders"
	done
	apt purge kheaders
	[ "$(readlink "${restored}/build")" = /was/build ]
	[ "$(readlink "${restored}/source")" = /was/source ]
	[ "$(find "${restored}" -type l | wc -l)" = 2 ]
	[ ! -e "${root}/var/cache/kheaders" ]
	[ ! -e "${root}/lib/modules/${release}" ]
	[ "$(readlink "${root}/lib/modules/0.1/build")" = /usr/src/linux-0.1 ]
}

nothing_is_left() {
	rm -r "${root}/lib/modules"
	apt autoremove --purge
	listing > "${tmp}/after"
	diff "${tmp}/before" "${tmp}/after"
}

version=$(sed -n 's/^VERSION := //p' "${topdir}/tools/kheaders/Makefile")
next=${version}.1
rm -rf "${dir}"
mkdir -p "${dir}"
touch "${tmp}/begin"
check "make deb" build 1 "${topdir}"
check "it writes to build/ only" writes_to_build_only
check "lintian: no error, no warning" lintian_is_content
check "make deb of an unpacked make dist, a higher version" build_next

check "a chroot" prepare_root
check "install" install 1
check "kheaders --version" has_version "${version}"
check "the unit is there, and not enabled" unit_is_not_enabled

pristine=$("${fetchdir}/source.sh" "${usual}")
cp -al "${pristine}" "${dir}/linux"
mount --bind "${dir}/linux" "${root}/mnt/linux"
mount --bind "${root}${overlay}" "${root}${overlay}"
mount -o remount,bind,ro "${root}${overlay}"
check "overlay: apply" overlay_does apply
check "overlay: the same as make apply" same_as_ours
check "overlay: unapply" overlay_does unapply
check "overlay: every byte restored" diff -r "${pristine}" "${dir}/linux"
check "overlay: kheaders.ko for Debian's kernel" makes_module
umount "${root}${overlay}" "${root}/mnt/linux"
release=$(cat "${tmp}/release")

check "kheaders extract: as tar does" extracts
check "kheaders path" finds_tree
check "kheaders link" makes_link
check "with the link, a module is built" builds_module
check "a program is built by pkg-config" program_is_built
check "it runs" program_runs
link_of_others

check "upgrade" install 2
check "it has the higher version" has_version "${next}"
check "the unit is not enabled now" unit_is_not_enabled
check "no file of the packages has changed" files_are_as_they_were
check "the tree and the link are still there" cache_is_there
check "remove" removed
check "the tree and the link are still there" cache_is_there
check "purge: cache and link are gone, those of others are not" purged
check "nothing is left" nothing_is_left
finish
