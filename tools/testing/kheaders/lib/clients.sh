# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Functions for guests in which clients of kernel headers run, see guest/clients.sh. Sourced
# by tests, after tap.sh and with ${dir} set.
# shellcheck disable=SC2154 # variables of those

debian=$("${fetchdir}/debian-kernel.sh")
release=$(ls "${debian}/lib/modules")

# Only the modules that are needed: depmod takes long in the guest.
# $1: the guest
make_modules() {
	to=$1/modules/lib/modules/${release}
	from=${debian}/lib/modules/${release}
	mkdir -p "${to}/extra"
	cp "${dir}/module/${release}/kheaders.ko" "${to}/extra"
	for module in loop ext4 dm-mod libcrc32c videodev; do
		# libcrc32c: until 6.14
		modprobe -d "${debian}" -S "${release}" --show-depends "${module}" 2> /dev/null ||
			[ "${module}" = libcrc32c ]
	done | sed -n "s:^insmod .*/lib/modules/${release}/\([^ ]*\).*:\1:p" | sort -u |
		(cd "${from}" && xargs cp -t "${to}" --parents)
	cp "${from}"/modules.order "${from}"/modules.builtin* "${to}"
	depmod -b "$1/modules" "${release}"
}

# $1: the guest; all that it needs but the plan
make_guest() {
	rm -rf "$1"
	mkdir -p "$1"
	cp -R "${testdir}/guest/clients" "$1"
	make_modules "$1"
	make -s -C "${topdir}/tools/kheaders" O="$1/kheaders" > "$1/make.log"
	"${testdir}/boot/initrd.sh" "${debian}" "${release}" "$1/initrd"
}

# $1: the guest. ${builddir} is hidden as well, because it contains headers.
boot() {
	GUEST_HIDE="${builddir}" "${testdir}/boot/boot.sh" -m 3G -c 1 -i "$1/initrd" \
		qemu "${debian}/boot/vmlinuz-${release}" "${testdir}/guest/clients.sh" "$1" \
		> "$1/log" 2>&1
}

# $1: the guest, $2: its exit status
ended_well() {
	cat "$1/log"
	[ "$2" = 0 ]
}

# $1: the guest, $2: way, $3: group, $4: name; print the verdict and seconds
verdict() {
	sed -n "s/^$2 $3 $4 //p" "$1/report"
}

# The processor seconds until it was at work
cpu() {
	sed -n "s/^$2 $3 $4 //p" "$1/cpu"
}

works() {
	echo "$2 $3 $4: $(verdict "$@")"
	cat "$1/out/$2-$3-$4"
	verdict "$@" | grep -q '^works '
}
