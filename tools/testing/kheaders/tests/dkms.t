#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# dkms builds the same packages with the archive as with Debian's own headers: the archive
# is that of a kheaders.ko built out of tree against these headers.
#
# Usage: dkms.t [all | PACKAGE...]
#
# Without arguments, two of the packages. With "all", modules are also loaded. modules.t
# runs this test in a root of another suite.

. "$(dirname "$0")/../lib/tap.sh"

boot=
case ${1-few} in
few) set -- dm-writeboost v4l2loopback ;;
all)
	boot=yes
	# shellcheck disable=SC2046 # a list
	set -- $(cat "${testdir}/data/dkms-packages")
	;;
esac

if [ "$(id -u)" != 0 ]; then
	check "dkms # SKIP needs root" true
	finish
	exit
fi
"${fetchdir}/packages.sh" build dkms qemu
debian=$("${fetchdir}/debian-kernel.sh")
release=$(ls "${debian}/lib/modules")
dir=${builddir}/dkms
guest=${dir}/guest
mkdir -p "${dir}"

says() {
	grep -q -x "$1" "${dir}/tree/.kheaders"
}

# $1: a package; print its source
fetch() {
	deb=${dir}/deb/$1
	[ -d "${deb}" ] || "${fetchdir}/debian-package.sh" "${KHEADERS_SUITE:-bookworm}" "$1-dkms" "${deb}"
	echo "${deb}"/usr/src/*
}

# $1: a package; its source, and those of others that it needs
sources_of() {
	fetch "$1"
	case $1 in
	west-chamber) fetch xtables-addons ;;
	esac
}

# $1: a package, $2: "headers" or "archive", to build it with
build() {
	tree=${debian}
	[ "$2" = headers ] || tree=${dir}/tree
	# shellcheck disable=SC2046 # a list
	"${testdir}/build/with-headers.sh" "${release}" "${tree}" "${testdir}/build/dkms-package.sh" "${release}" \
		"${dir}/with-$2/$1" $(sources_of "$1")
}

modules_of() {
	find "${dir}/with-archive/$1" -maxdepth 1 -name '*.ko*' | wc -l
}

# The modules here, and of another suite what in them is the same wherever the
# headers are, which messages, signatures and debug information are not
contents() {
	for ko in ./*.ko*; do
		echo "${ko}"
		[ "${KHEADERS_SUITE-}" ] || continue
		case ${ko} in
		*.xz) xz -dc "${ko}" ;;
		*) cat "${ko}" ;;
		esac > "${tmp}/this.ko"
		modinfo -F vermagic "${tmp}/this.ko"
		nm "${tmp}/this.ko" | sed 's/^[0-9a-f ]*//'
		objcopy -O binary -j .text "${tmp}/this.ko" "${tmp}/text"
		sha256sum < "${tmp}/text"
	done
}

same_modules() {
	for side in headers archive; do
		(cd "${dir}/with-${side}/$1" && contents) > "${tmp}/${side}"
	done
	diff "${tmp}/headers" "${tmp}/archive"
}

compare() {
	if ! build "$1" headers; then
		case $1 in
		librem-ec-acpi | lttng-modules | openrazer-driver)
			check "$1: not even the headers build it # SKIP" true
			;;
		*) check "$1: headers: fails" false ;;
		esac
	elif ! build "$1" archive; then
		tail -n 15 "${dir}/with-archive/$1/log" | sed 's/^/#   /'
		check "$1: headers: built; archive: fails" false
	else
		check "$1: headers: built; archive: built, modules: $(modules_of "$1")" same_modules "$1"
	fi
}

# Debian's own kernel boots, shows the archive and loads what was built.
boot() {
	rm -rf "${guest}"
	mkdir -p "${guest}"
	cp "${dir}/module/${release}/kheaders.ko" "${dir}/module/${release}/kheaders_data.tar.xz" \
		"${dir}/with-archive/v4l2loopback/v4l2loopback.ko" \
		"${dir}/with-archive/openvpn-dco/ovpn-dco-v2.ko" "${guest}"
	"${testdir}/boot/initrd.sh" "${debian}" "${release}" "${guest}/initrd"
	"${testdir}/boot/boot.sh" -i "${guest}/initrd" -a "GUEST_MODULES=${debian}/lib/modules" \
		qemu "${debian}/boot/vmlinuz-${release}" "${testdir}/guest/dkms.sh" "${guest}"
}

guest_says() {
	cat "${guest}/report"
	grep -q -e "$1" "${guest}/report"
}

check "make module against Debian's headers, and unpack" "${testdir}/build/debian-archive.sh" "${dir}"
check "release" says "RELEASE=${release}"
check "programs, as Debian has no sources of them" says TOOLS=programs
check "symbol versions are inside" says SYMVERS=yes
for package in "$@"; do
	compare "${package}"
done
if [ "${boot}" ]; then
	check "Debian's kernel boots" boot
	check "it shows the archive" guest_says "archive is the same"
	check "v4l2loopback is loaded" guest_says "^v4l2loopback .* Live"
	check "ovpn-dco-v2 is loaded" guest_says "^ovpn_dco_v2 .* Live"
fi
finish
