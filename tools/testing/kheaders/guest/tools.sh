#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs in a guest: tests the kheaders command with the kernel's own archive as a module.
# /mnt has bin/, with the command and its library, modules/, from modules_install, sources/,
# of modules, and functions.sh, of the kselftests. Writes tools.tap and tools.log.

# shellcheck source=../../selftests/kheaders/functions.sh
. /mnt/functions.sh

export PATH="/mnt/bin:${PATH}"
release=$(uname -r)
modules=/lib/modules/${release}
archive=/sys/kernel/kheaders.tar.xz
cache=/var/cache/kheaders
exec 7> /mnt/tools.tap > /mnt/tools.log 2>&1

# $1: the exit status, $2: a pattern, then a command that says it in one line
exits() {
	wanted=$1
	pattern=$2
	shift 2
	status=0
	"$@" > /tmp/out 2> /tmp/err || status=$?
	cat /tmp/err
	[ "${status}" = "${wanted}" ] && [ "$(wc -l < /tmp/err)" = 1 ] &&
		grep -q -E -e "${pattern}" /tmp/err
}

refuses() {
	exits 1 "$@"
}

has() {
	pattern=$1
	shift
	status=0
	"$@" > /tmp/out 2>&1 || status=$?
	cat /tmp/out
	echo "status ${status}"
	[ "${status}" = 0 ] && grep -q -E -e "${pattern}" /tmp/out
}

is_loaded() {
	grep -q '^kheaders ' /proc/modules
}

not() {
	! "$@"
}

# The cache contains only trees and a lock. $@: what else may be there, for find
# shellcheck disable=SC2120 # check passes them
cache_is_tidy() {
	[ "$(find "${cache}" -mindepth 1 -maxdepth 1 -name '.*' "$@")" = "${cache}/.lock" ]
}

# How many
trees() {
	find "${cache}" -mindepth 1 -maxdepth 1 ! -name '.*' | wc -l
}

drop_cache() {
	rm -rf "${cache}"
}

same_as_tar() {
	rm -rf /tmp/tar
	mkdir /tmp/tar
	modprobe kheaders
	tar -xJf "${archive}" -C /tmp/tar
	rmmod kheaders
	diff -r -x .kheaders-complete /tmp/tar "$(kheaders path)"
}

many_at_once() {
	drop_cache
	for i in $(seq 16); do
		kheaders path > "/tmp/path.${i}" 2> "/tmp/err.${i}" &
	done
	wait
	cat /tmp/err.*
	[ "$(cat /tmp/path.* | sort -u)" = "$(kheaders path)" ] &&
		[ "$(cat /tmp/path.* | wc -l)" = 16 ] &&
		[ "$(trees)" = 1 ] && cache_is_tidy
}

# Each loads and unloads for itself, under the other's feet.
extract_at_once() {
	for i in 1 2 3 4; do
		kheaders extract "/tmp/x${i}" > "/tmp/err.${i}" 2>&1 ||
			echo failed > "/tmp/failed" &
	done
	wait
	cat /tmp/err.*
	[ ! -e /tmp/failed ] || return 1
	for i in 2 3 4; do
		diff -r /tmp/x1 "/tmp/x${i}" || return
	done
	rm -rf /tmp/x?
}

as_user() {
	setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/srv/user "$@"
}

without_capability() {
	setpriv --bounding-set=-sys_module "$@"
}

# $1: the file that is seen as $2; then the command
with_file() {
	mount --bind "$1" "$2"
	file=$2
	shift 2
	status=0
	"$@" || status=$?
	umount "${file}"
	return "${status}"
}

link_with_umask() {
	(umask "$1" && kheaders link)
}

# $1: the module, then more for make
build() {
	module=$1
	shift
	rm -rf "/tmp/${module}"
	cp -R "/mnt/sources/${module}" "/tmp/${module}"
	kheaders build "/tmp/${module}" -- "$@"
}

# Build as users do who do not know about kheaders.
build_by_link() {
	rm -rf "/tmp/$1"
	cp -R "/mnt/sources/$1" "/tmp/$1"
	make -C "${modules}/build" M="/tmp/$1" modules
}

# A user who cannot write to the tree, and cannot use files of its owner only
build_as_user() {
	cp -R "/mnt/sources/$1" /srv/user
	chown -R 65534:65534 "/srv/user/$1"
	as_user make -C "${modules}/build" M="/srv/user/$1" modules
}

load() {
	insmod "$1" && rmmod "$(basename "$1" .ko)"
}

# With all modules of the build, so link has nothing to add
symvers_are_the_builds() {
	cmp "${modules}/build/Module.symvers" /mnt/Module.symvers
}

foreign_link_stays() {
	exits 3 "not a link into the cache" kheaders link &&
		[ "$(readlink "${modules}/build")" = "$1" ] &&
		refuses "not a link into the cache" kheaders unlink
}

# The host may have a cache of its own.
mount -t tmpfs -o mode=755 tmpfs /var/cache
check "no module: said" refuses "has no kheaders.ko; use a kernel with" kheaders path
check "no module: status" has "^archive: *absent: .*no kheaders.ko" kheaders status
cp -R /mnt/modules/lib/modules/. /lib/modules
check "status: loadable, nothing loaded" has "^archive: *loadable: .*kheaders.ko" kheaders status
check "status: still not loaded" not is_loaded
mkdir -p /srv/user
chown 65534:65534 /srv/user
check "a user may not load it" refuses "only root can load it; run modprobe" as_user kheaders path
check "without CAP_SYS_MODULE" refuses "cannot be loaded from here" without_capability kheaders path
check "path" kheaders path
check "path: the module is not left" not is_loaded
check "path: the same as by tar" same_as_tar
check "path: warm, and nothing is loaded" \
	with_file /dev/null "${modules}/kernel/kernel/kheaders.ko" kheaders path
check "the cache is tidy" cache_is_tidy
check "16 at once" many_at_once
check "16 at once: the module is not left" not is_loaded
check "extract, 4 at once" extract_at_once
modprobe kheaders
drop_cache
check "loaded before" kheaders path
check "loaded before: stays" is_loaded
check "status: loaded" has "^archive: *loaded: ${archive}" kheaders status
check "a user, with it loaded" as_user kheaders path
check "a user: in the user's cache" [ -d /srv/user/.cache/kheaders ]
rmmod kheaders
check "build" build exports
mkdir "${modules}/extra"
cp /tmp/exports/kheaders_exports.ko "${modules}/extra"
depmod
drop_cache
head -c 4096 /mnt/bin/kheaders > /tmp/damaged.ko
check "no module at all" refuses "not a module of this kernel" \
	with_file /tmp/damaged.ko "${modules}/kernel/kernel/kheaders.ko" kheaders path
mkdir -p /etc/modprobe.d
echo "install kheaders touch /tmp/ran" > /etc/modprobe.d/kheaders.conf
check "an install command is not run" refuses "install command" kheaders path
check "nor was it" [ ! -e /tmp/ran ]
rm /etc/modprobe.d/kheaders.conf

ln -s /mnt "${modules}/build"
check "link: one of others stays" foreign_link_stays /mnt
ln -sfn /no/such "${modules}/build"
check "link: one that leads nowhere is replaced" has "led to /no/such" kheaders link
check "unlink: and put back" kheaders unlink
check "unlink: as it was" [ "$(readlink "${modules}/build")" = /no/such ]
rm "${modules}/build"
mkdir "${modules}/build"
check "link: a directory of others stays" exits 3 "not a link into the cache" kheaders link
rmdir "${modules}/build"
check "link" link_with_umask 077
check "link: leads to the tree" [ "$(readlink "${modules}/build")" = "$(kheaders path)" ]
check "link: Module.symvers is the build's" symvers_are_the_builds
check "vmlinux-h: a kernel without BTF: said" refuses \
	"^kheaders: /sys/kernel/btf/vmlinux: does not exist; use a kernel with CONFIG_DEBUG_INFO_BTF" kheaders vmlinux-h
check "vmlinux-h: nothing is left" cache_is_tidy ! -name '.lock-*'
check "link: a module is built by it" build_by_link hello
check "link: the module loads" load /tmp/hello/kheaders_hello.ko
check "link: a module by a user" build_as_user hello
check "link: again" kheaders link
check "status: linked" has "build: ours, to ${cache}" kheaders status
check "build: with symbols of another module" \
	build uses KBUILD_EXTRA_SYMBOLS=/tmp/exports/Module.symvers
insmod "${modules}/extra/kheaders_exports.ko"
check "build: it loads" load /tmp/uses/kheaders_uses.ko
rmmod kheaders_exports
check "build: arguments for make" kheaders build /tmp/uses -- clean
check "build: the status is make's" sh -c 'kheaders build /tmp/uses -- no-such-goal; [ $? = 2 ]'
check "unlink" kheaders unlink
check "unlink: gone" [ ! -L "${modules}/build" ]
check "unlink: again" kheaders unlink
mkdir "${cache}/4.19.0-0123456789abcdef" "${cache}/.new-1.2" "${cache}/4.19.0-mine"
touch "${cache}/4.19.0-0123456789abcdef/.kheaders-complete" "${cache}/4.19.0-file" \
	"${cache}/.new-mine"
check "clean" has "4.19.0-0123456789abcdef" kheaders clean
check "clean: what others have put there stays" \
	rm -r "${cache}/4.19.0-mine" "${cache}/4.19.0-file" "${cache}/.new-mine"
check "clean: the tree in use stays" has "$(kheaders path)" find "${cache}" -maxdepth 1
check "clean: the cache is tidy" cache_is_tidy
for date in 1980-01-01 2037-01-01; do
	date -s "${date}" > /tmp/out
	check "a clock at ${date}, with a tree" kheaders path
	drop_cache
	check "a clock at ${date}, without" kheaders path
	mkdir "${cache}/.new-1.2"
	check "a clock at ${date}, clean" kheaders clean
	check "a clock at ${date}, the cache is tidy" cache_is_tidy
done
drop_cache
# Below are the host's, so empty ones are put over them. The linker finds the
# library by /proc, here.
export LD_LIBRARY_PATH=/mnt/bin
mount -t tmpfs tmpfs /proc
check "/proc missing" has "^${cache}" kheaders path
umount /proc
mount -t tmpfs tmpfs /sys
check "/sys missing" refuses "mount sysfs" kheaders path
umount /sys
drop_cache
if [ -e /proc/sys/kernel/modules_disabled ]; then
	echo 1 > /proc/sys/kernel/modules_disabled
	check "the loading of modules disabled" refuses "module loading is disabled" kheaders path
fi
echo "1..${tests}" >&7
