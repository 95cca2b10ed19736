#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# dkms builds the same packages with the archive as with Debian's own headers, and the
# modules are the same: the archive is that of a kheaders.ko built out of tree against
# these headers. The lines of the packages are a table of results.
#
# Usage: dkms.t [all | PACKAGE...]
#
# Without arguments, two of the packages. "all" means those in data/dkms-packages-SUITE,
# where "fails" marks a package that does not build with Debian's headers either. Two
# modules of Debian 12's packages are also loaded then. modules.t runs this test in a
# root of another suite.

. "$(dirname "$0")/../lib/tap.sh"

boot=
suite=${KHEADERS_SUITE:-bookworm}
list=${testdir}/data/dkms-packages-${suite}
case ${1-few} in
few) set -- dm-writeboost v4l2loopback ;;
all)
	[ "${suite}" != bookworm ] || boot=yes
	# shellcheck disable=SC2046 # a list
	set -- $(cut -d ' ' -f 1 "${list}")
	;;
esac

if [ "$(id -u)" != 0 ]; then
	check "dkms # SKIP needs root" true
	finish
	exit
fi
"${fetchdir}/packages.sh" build dkms
[ -z "${boot}" ] || "${fetchdir}/packages.sh" qemu
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
	[ -d "${deb}" ] || "${fetchdir}/debian-package.sh" "${suite}" "$1-dkms" "${deb}"
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
	"${testdir}/build/with-headers.sh" "${release}" "${tree}" \
		"${testdir}/build/dkms-package.sh" "${release}" "${dir}/with-$2/$1" \
		$(sources_of "$1")
}

modules_of() {
	find "${dir}/with-archive/$1" -maxdepth 1 -name '*.ko*' | wc -l
}

# Print a checksum of each module, without signature, debug information and the build
# ID, which depends on the debug information.
contents() {
	for ko in ./*.ko*; do
		case ${ko} in
		*.xz) xz -dc "${ko}" ;;
		*) cat "${ko}" ;;
		esac > "${tmp}/this.ko"
		strip -g -R .note.gnu.build-id "${tmp}/this.ko"
		echo "${ko} $(sha256sum < "${tmp}/this.ko")"
	done
}

same_modules() {
	for side in headers archive; do
		(cd "${dir}/with-${side}/$1" && contents) > "${tmp}/${side}"
	done
	diff "${tmp}/headers" "${tmp}/archive"
}

# A package that the headers do not build is skipped if the list says so, and is a
# failure otherwise.
compare() {
	headers=built
	archive=built
	build "$1" headers || headers=fails
	build "$1" archive || archive=fails
	what="$1: headers: ${headers}; archive: ${archive}"
	case ${headers}:${archive} in
	built:built) check "${what}, modules: $(modules_of "$1")" same_modules "$1" ;;
	built:fails) check "${what}" log_of "$1" archive ;;
	fails:*)
		if grep -q -x "$1 fails" "${list}"; then
			check "${what} # SKIP not of this kernel" true
		else
			check "${what}" log_of "$1" headers
		fi
		;;
	esac
}

log_of() {
	tail -n 15 "${dir}/with-$2/$1/log"
	false
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

check "make module against Debian's headers, and unpack" \
	"${testdir}/build/debian-archive.sh" "${dir}"
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
