#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The commands in README.md work exactly as written for a new user: in a chroot with Debian
# that at first has only the tarball of make dist and the packages of debootstrap, and then
# in a guest that boots the kernel built there. Needs root, and a network for Debian's
# packages.
#
# A block of commands is an indented block. All are run, except the first ones, demo and
# check, which check-all runs. To save time, the test provides a small configuration for
# User-mode Linux as the user's .config, with ARCH=um in the environment, so that the
# kernel can boot here. apt asks no questions. In the chroot, uname -r prints the
# release of Debian's headers.
#
# shellcheck disable=SC2016 # variables of others

. "$(dirname "$0")/../lib/own-mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=lib/in-root.sh
. "${testdir}/lib/in-root.sh"

kernel=${usual}
quick="Quick start"
own="Your own kernel"
module="A distribution's kernel"
android="Android"
container="Containers and images"
dir=${builddir}/readme
root=${dir}/root
image=${dir}/image
guest=${dir}/guest

# Blocks to ${tmp}/blocks, named by their heading and number below it
extract() {
	mkdir "${tmp}/blocks"
	awk -v dir="${tmp}/blocks" '
	/^---/ { heading = last; number = 0 }
	/^    / {
		if (last !~ /^    /)
			number++
		print substr($0, 5) > (dir "/" heading " " number)
	}
	{ last = $0 }' "${topdir}/README.md"
}

# $1: a heading, $2: the number of the block below it; print where it is
block() {
	echo "$1 $2" >> "${tmp}/run"
	cat "${tmp}/blocks/$1 $2" > "${tmp}/block"
	echo "${tmp}/block"
}

# Run a block at the top of the unpacked tarball, up to what fails.
# $1: the root, then a heading and a number
in_chroot() {
	to=$1
	shift
	cat "$(block "$@")"
	cp "${tmp}/block" "${to}/root/block"
	chroot_env "${to}" ${arch:+"ARCH=${arch}"} sh -e -c 'cd /root/kheaders-*; . /root/block'
}

all_blocks_were_run() {
	echo "See it work 1" >> "${tmp}/run"
	ls "${tmp}/blocks" > "${tmp}/all"
	sort -u "${tmp}/run" | diff "${tmp}/all" -
}

# Make the machine of a new user. $1: the root
make_user() {
	make_root "$1"
	echo 'APT::Get::Assume-Yes "true";' > "$1/etc/apt/apt.conf.d/90kheaders-test"
	tar -xJf "$("${topdir}/scripts/dist.sh" "${dir}/dist")" -C "$1/root"
	mkdir -p "$1/path/to"
	cp -R "${testdir}/data/modules/hello" "$1/path/to/module"
}

# $1: where, below ${root}
make_linux() {
	cp -al "$("${fetchdir}/source.sh" "${kernel}")" "${root}$1"
}

make_config() {
	cat "${testdir}/data/config/guest.config" > "${tmp}/config"
	cat "${testdir}/data/config/um.config" >> "${tmp}/config"
	make -C "${root}/path/to/linux" O="${tmp}/obj" ARCH=um KCONFIG_ALLCONFIG="${tmp}/config" \
		allnoconfig
	cp "${tmp}/obj/.config" "${root}/path/to/linux"
}

own_kernel() {
	arch=um
	in_chroot "${root}" "${own}" 1
	release=$(cat "${root}/path/to/linux/include/config/kernel.release")
	find "${root}/lib/modules/${release}" -name 'kheaders.ko' | grep .
}

unapplied() {
	make -C "${root}/path/to/linux" ARCH=um mrproper
	inside sh -c 'cd /root/kheaders-*; make unapply KDIR=/path/to/linux'
	diff -r "$("${fetchdir}/source.sh" "${kernel}")" "${root}/path/to/linux"
}

# Debian's newest headers, as if that kernel ran
make_uname() {
	release=$(inside apt-cache depends linux-headers-amd64 |
		sed -n 's/.*Depends: linux-headers-//p')
	[ "${release}" ]
	echo "${release}" > "${tmp}/release"
	printf '#!/bin/sh\n[ "$*" = -r ] || exec /bin/uname "$@"\necho %s\n' "${release}" \
		> "${root}/usr/local/bin/uname"
	chmod 755 "${root}/usr/local/bin/uname"
}

# A module builds from the archive only: the headers package is removed first.
module_is_good() {
	cp "$(echo "${root}"/root/kheaders-*/build/module/*/kheaders_data.tar.xz)" \
		"${root}/root/archive"
	apt purge 'linux-headers-*' 'linux-kbuild-*'
	inside sh -e -c 'mkdir /root/tree; tar -xJf /root/archive -C /root/tree
		cp -R /path/to/module /root/module
		make -C /root/tree M=/root/module modules'
	modinfo -F vermagic "${root}/root/module/kheaders_hello.ko" |
		grep "^$(cat "${tmp}/release") "
}

android_holds() {
	for option in IKHEADERS IKHEADERS_KIT LTO_CLANG_THIN CFI_CLANG SHADOW_CALL_STACK \
		MODVERSIONS; do
		grep -x "CONFIG_${option}=y" "${root}/path/to/common/.config"
	done
	tar -xJOf "${root}/path/to/common/kernel/kheaders_data.tar.xz" ./.kheaders |
		grep -x -e ARCH=arm64 -e "TOOLS=source"
}

# Remove tools that images for containers lack.
remove_tools() {
	for tool in modprobe insmod tar xz busybox; do
		rm -f "${image}/bin/${tool}" "${image}/sbin/${tool}"
		if chroot_env "${image}" sh -c "command -v ${tool}"; then
			return 1
		fi
	done
	[ ! -e "${image}/lib/modules" ] && [ -z "$(ls "${image}/usr/src")" ]
}

prepare_guest() {
	rm -rf "${guest}"
	mkdir -p "${guest}/blocks"
	cp "$(block "${quick}" 1)" "${guest}/blocks/machine"
	cp "$(block "${container}" 2)" "${guest}/blocks/container"
	cp "$(block "${container}" 3)" "${guest}/blocks/sysfs"
	cp "${root}/path/to/linux/linux" "${guest}/linux"
	cp -R "${root}/lib/modules" "${guest}/modules"
	rm -f "${guest}"/modules/*/build "${guest}"/modules/*/source
	cp -R "${testdir}/data/modules/hello" "${guest}/module"
	echo "${image}" > "${guest}/image"
}

boot() {
	GUEST_HIDE="${root}" "${testdir}/boot/boot.sh" um "${guest}/linux" \
		"${testdir}/guest/readme.sh" "${guest}"
}

# $1: what the guest has tried
guest_has_run() {
	cat "${guest}/log.$1"
	grep -x "$1" "${guest}/report"
}

rm -rf "${dir}"
mkdir -p "${dir}"
extract
check "a chroot for a new user" make_user "${root}"
make_linux /path/to/linux
check "a .config for a small kernel" make_config
check "own kernel: apply, options, make, modules_install" own_kernel
check "own kernel: the commands for its machine, and for a container, are there" prepare_guest
check "own kernel: unapply: every byte restored" unapplied

check "a machine with a kernel of Debian's" make_uname
check "its module: make module" in_chroot "${root}" "${module}" 1
check "its module: its archive builds modules without Debian's headers" module_is_good

make_linux /path/to/common
check "Android: apply, options, the archive" in_chroot "${root}" "${android}" 1
check "Android: options hold, the archive is for arm64" android_holds

check "an image for containers" make_user "${image}"
check "container: the image is made" in_chroot "${image}" "${container}" 1
check "container: no modprobe, tar or xz" remove_tools
check "a guest boots the own kernel" boot
check "own kernel: on its machine: a module is built and loaded" guest_has_run machine
check "container: a module is built, and loaded by the host" guest_has_run container
check "container: with sysfs elsewhere" guest_has_run sysfs
check "all commands of README.md were run" all_blocks_were_run
umount -R "${root}" "${image}" 2> /dev/null || :
finish
