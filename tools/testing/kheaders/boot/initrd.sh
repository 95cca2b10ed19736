#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Make an initrd for a distribution's kernel, whose drivers are modules, to boot in the QEMU
# of boot.sh.
#
# Usage: initrd.sh DIR RELEASE INITRD
#
# The modules are those in DIR/lib/modules/RELEASE.

set -eu

dir=$1
release=$2
initrd=$(realpath "$3")
root=$(mktemp -d)
trap 'rm -rf "${root}"' EXIT

mkdir "${root}/proc" "${root}/root"
cp "$(command -v busybox)" "${root}/busybox"
for module in virtio_pci 9pnet_virtio 9p overlay; do
	modprobe -d "${dir}" -S "${release}" --show-depends "${module}"
done | sed -n 's/^insmod //p' | while read -r file; do
	module=$(basename "${file}" .xz)
	if [ ! -e "${root}/${module}" ]; then
		# either compressed or not
		xz -dcf "${file}" > "${root}/${module}"
		echo "/${module}"
	fi
done > "${root}/order"

# The kernel does not look at init= where there is an initrd.
cat > "${root}/init" <<'END'
#!/busybox sh
/busybox mount -t proc proc /proc
while read -r module; do
	/busybox insmod "${module}"
done < /order
for param in $(/busybox cat /proc/cmdline); do
	case ${param} in
	init=*) init=${param#init=} ;;
	esac
done
/busybox mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose root /root
/busybox umount /proc
exec /busybox switch_root /root "${init}"
END
chmod +x "${root}/init"
(cd "${root}" && find . | busybox cpio -o -H newc) > "${initrd}" 2> /dev/null
