#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs in a guest: runs the kselftests, then builds modules from the archive, with no other
# headers visible, and loads them. /mnt has modules/, from modules_install, kselftest/, from
# the installation of the kselftests, sources/ and possibly strangers/, third-party modules
# with a list of one per line. Writes to /mnt for the host: kselftest.tap, modules.tap,
# Module.symvers of the archive, and the modules, in built/.

# shellcheck source=../../selftests/kheaders/functions.sh
. /mnt/kselftest/kheaders/functions.sh

kit=/tmp/kheaders

# $1: a source in /mnt/sources, then more for make
build() {
	source=$1
	shift
	rm -rf "/tmp/${source}"
	cp -R "/mnt/sources/${source}" "/tmp/${source}"
	make -C "${kit}" M="/tmp/${source}" "$@" modules
}

log_has() {
	dmesg | grep -q "$1"
}

# Two at the same moment, on a tree whose programs are not built yet
build_two_at_once() {
	build hello > "/tmp/log.1" 2>&1 &
	first=$!
	build exports -j2 && wait "${first}"
}

no_headers_elsewhere() {
	[ -z "$(ls -A /usr/src)" ] && [ ! -e "/lib/modules/$(uname -r)/build" ]
}

# A module that uses a symbol of one that is not loaded
write_unxz() {
	mkdir /tmp/unxz
	echo "obj-m := kheaders_unxz.o" > /tmp/unxz/Kbuild
	cat > /tmp/unxz/kheaders_unxz.c <<-END
		#include <linux/module.h>
		#include <linux/xz.h>

		static int __init unxz_init(void)
		{
			struct xz_dec *dec = xz_dec_init(XZ_SINGLE, 0);

			pr_info("kheaders_unxz: decoder %d\n", !!dec);
			xz_dec_end(dec);
			return 0;
		}

		static void __exit unxz_exit(void) { }

		module_init(unxz_init);
		module_exit(unxz_exit);
		MODULE_LICENSE("GPL");
	END
}

build_unxz() {
	write_unxz && ! grep '^xz_dec ' /proc/modules &&
		make -C "${kit}" M=/tmp/unxz modules &&
		[ "$(modinfo -F depends /tmp/unxz/kheaders_unxz.ko)" = xz_dec ]
}

load_unxz() {
	modprobe xz_dec && insmod /tmp/unxz/kheaders_unxz.ko &&
		log_has "kheaders_unxz: decoder 1" &&
		rmmod kheaders_unxz xz_dec
}

refuses() {
	pattern=$1
	shift
	! "$@" > /tmp/log 2>&1 && grep -q -e "${pattern}" /tmp/log
}

undefined_symbol() {
	sed -i 's/kheaders_plain(/kheaders_no_such_symbol(/' /tmp/uses/*.c /tmp/exports/*.h
	make -C "${kit}" M=/tmp/uses modules
}

# Up to 5.3, modpost only warns of it where modules are out of tree.
says_undefined() {
	if undefined_symbol > /tmp/log 2>&1; then
		grep -q 'KBUILD_EXTMOD.*,-w)' "${kit}/scripts/Makefile.modpost" || return
	fi
	grep 'kheaders_no_such_symbol.*undefined' /tmp/log
}

modules_install() {
	make -C "${kit}" M=/tmp/hello INSTALL_MOD_PATH=/tmp/installed modules_install &&
		[ -n "$(find /tmp/installed/lib/modules -name 'kheaders_hello.ko*')" ]
}

# $1: module, $2: its directory in what Debian has of it, $3: goal
build_stranger() {
	cp -R "/mnt/strangers/$1" "/tmp/$1" && make -C "${kit}" M="/tmp/$1/$2" "$3"
}

load_and_unload() {
	dmesg -C
	insmod "$1" && grep "^$(basename "$1" .ko) " /proc/modules && rmmod "$(basename "$1" .ko)"
}

# The build has made files in the tree, but has not changed any that it may read.
tree_is_as_unpacked() {
	(cd /tmp/again && find . -type f | sort | xargs sha256sum) > /tmp/sums
	(cd "${kit}" && sha256sum -c --quiet /tmp/sums)
}

cp -R /mnt/modules/lib/modules/. /lib/modules
# A pipe, as the runner appends to its own standard output.
/mnt/kselftest/run_kselftest.sh 2>&1 | cat > /mnt/kselftest.tap

exec 7> /mnt/modules.tap > /mnt/modules.log 2>&1
modprobe -q kheaders
mkdir "${kit}" /tmp/again /mnt/built
tar -xJf "${file}" -C "${kit}"
tar -xJf "${file}" -C /tmp/again
cp "${kit}/Module.symvers" /mnt
check "no headers but the archive's" no_headers_elsewhere
check "kernelrelease" [ "$(make -s -C "${kit}" kernelrelease)" = "$(uname -r)" ]
check "two builds at once" build_two_at_once
check "load hello" insmod /tmp/hello/kheaders_hello.ko
check "hello speaks" log_has "kheaders_hello: built for this kernel, $(uname -r)"
check "unload hello" rmmod kheaders_hello
check "load exports" insmod /tmp/exports/kheaders_exports.ko
check "build uses, KBUILD_EXTRA_SYMBOLS" build uses KBUILD_EXTRA_SYMBOLS=/tmp/exports/Module.symvers
if grep -q -x SYMVERS=yes "${kit}/.kheaders"; then
	check "build unxz, which uses a module that is not loaded" build_unxz
	check "load and unload unxz" load_unxz
fi
check "load uses" insmod /tmp/uses/kheaders_uses.ko
check "uses speaks" log_has "kheaders_uses: 42"
check "unload uses" rmmod kheaders_uses
check "unload exports" rmmod kheaders_exports
check "log is clean" log_is_clean
cp /tmp/hello/*.ko /tmp/exports/*.ko /tmp/uses/*.ko /mnt/built
check "modules_install" modules_install
check "clean" make -C "${kit}" M=/tmp/hello clean
check "a symbol that does not exist: modpost says so" says_undefined
if [ -e /mnt/strangers/list ]; then
	while read -r module subdir goal; do
		check "build ${module}" build_stranger "${module}" "${subdir}" "${goal}"
		check "load and unload ${module}" \
			load_and_unload "/tmp/${module}/${subdir}/${module}.ko"
		check "log is clean" log_is_clean
	done < /mnt/strangers/list
fi
check "no M=: refused" refuses 'give M=' make -C "${kit}"
check "oldconfig: refused" refuses 'builds external modules only' make -C "${kit}" oldconfig
check "no file of the tree has changed" tree_is_as_unpacked
echo "1..${tests}" >&7
