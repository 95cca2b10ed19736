#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs in a guest: the kselftests, then modules that are built from the archive
# with no other headers in sight, and loaded. /mnt has modules/ (what
# modules_install made), kselftest/ (what its install made), sources/ and maybe
# strangers/, modules of others, one a line of its list. Left there for the host: kselftest.tap, modules.tap, symvers, symvers-loaded and
# the modules, in built/.

# shellcheck source=../selftests/kheaders/functions.sh
. /mnt/kselftest/kheaders/functions.sh

kit=/tmp/kheaders
symvers=/sys/kernel/kheaders.symvers
tab=$(printf '\t')

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

# Symbol versions come from the kernel: no Module.symvers, then the kernel's.
uses_symvers_of_the_kernel() {
	cmp "${kit}/Module.symvers" /mnt/symvers
}

# kheaders_exports is loaded, so its symbols are in a Module.symvers made now.
build_against_loaded_module() {
	rm "${kit}/Module.symvers" && build uses &&
		[ "$(modinfo -F depends /tmp/uses/kheaders_uses.ko)" = kheaders_exports ]
}

load_and_unload_exports_until_stopped() {
	while [ ! -e /tmp/stop ]; do
		insmod /tmp/exports/kheaders_exports.ko
		rmmod kheaders_exports
	done 2> /dev/null
}

# The kernel's own lines are all there, the module's, as many as there are, whole.
symvers_while_exports_come_and_go() {
	grep "${tab}vmlinux${tab}" "${symvers}" > /tmp/own
	grep "${tab}kheaders_exports${tab}" /mnt/symvers-loaded > /tmp/lines
	rm -f /tmp/seen
	load_and_unload_exports_until_stopped &
	result=0
	for _ in $(seq 100); do
		cat "${symvers}" > /tmp/now
		if ! grep "${tab}vmlinux${tab}" /tmp/now | cmp - /tmp/own; then
			result=1
		fi
		if grep -v "${tab}vmlinux${tab}" /tmp/now > /tmp/others; then
			: > /tmp/seen
		fi
		if grep -v -x -F -f /tmp/lines /tmp/others; then
			result=1
		fi
	done
	: > /tmp/stop
	wait
	[ -e /tmp/seen ] && return "${result}"
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

# Nothing that the build may read has changed, whatever was made in the tree.
tree_is_as_unpacked() {
	(cd /tmp/again && find . -type f | sort | xargs sha256sum) > /tmp/sums
	(cd "${kit}" && sha256sum -c --quiet /tmp/sums)
}

cp -R /mnt/modules/lib/modules/. /lib/modules
cat "${symvers}" > /mnt/symvers
# A pipe, as the runner appends to its own standard output.
/mnt/kselftest/run_kselftest.sh 2>&1 | cat > /mnt/kselftest.tap

exec > /mnt/modules.tap
modprobe -q kheaders
mkdir "${kit}" /tmp/again /mnt/built
tar -xJf "${file}" -C "${kit}"
tar -xJf "${file}" -C /tmp/again
exec 2> /mnt/modules.log 3>&1 > /mnt/modules.log
check() {
	tests=$((tests + 1))
	name=$1
	shift
	if "$@"; then
		echo "ok ${tests} - ${name}" >&3
	else
		echo "not ok ${tests} - ${name}" >&3
	fi
}

check "no headers but the archive's" no_headers_elsewhere
check "kernelrelease" [ "$(make -s -C "${kit}" kernelrelease)" = "$(uname -r)" ]
check "two builds at once" build_two_at_once
check "Module.symvers is the kernel's" uses_symvers_of_the_kernel
check "load hello" insmod /tmp/hello/kheaders_hello.ko
check "hello speaks" log_has "kheaders_hello: built for this kernel, $(uname -r)"
check "unload hello" rmmod kheaders_hello
check "load exports" insmod /tmp/exports/kheaders_exports.ko
cat "${symvers}" > /mnt/symvers-loaded
cp /tmp/exports/Module.symvers /mnt/symvers-exports
check "build uses, KBUILD_EXTRA_SYMBOLS" build uses KBUILD_EXTRA_SYMBOLS=/tmp/exports/Module.symvers
check "build uses, symbols of the loaded module" build_against_loaded_module
check "load uses" insmod /tmp/uses/kheaders_uses.ko
check "uses speaks" log_has "kheaders_uses: 42"
check "unload uses" rmmod kheaders_uses
check "unload exports" rmmod kheaders_exports
check "symvers while exports come and go" symvers_while_exports_come_and_go
check "log is clean" log_is_clean
cp /tmp/hello/*.ko /tmp/exports/*.ko /tmp/uses/*.ko /mnt/built
check "modules_install" modules_install
check "clean" make -C "${kit}" M=/tmp/hello clean
check "a symbol that does not exist: modpost says so" refuses 'kheaders_no_such_symbol.*undefined' undefined_symbol
if [ -e /mnt/strangers/list ]; then
	while read -r module subdir goal; do
		check "build ${module}" build_stranger "${module}" "${subdir}" "${goal}"
		check "load and unload ${module}" load_and_unload "/tmp/${module}/${subdir}/${module}.ko"
		check "log is clean" log_is_clean
	done < /mnt/strangers/list
fi
check "no M=: refused" refuses 'give M=' make -C "${kit}"
check "oldconfig: refused" refuses 'builds external modules only' make -C "${kit}" oldconfig
check "no file of the tree has changed" tree_is_as_unpacked
echo "1..${tests}" >&3
