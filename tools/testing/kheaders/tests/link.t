#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# kheaders link and unlink work, whatever is at /lib/modules/RELEASE/build before and in
# the environment, with two calls at once, and in a directory that is not writable.

. "$(dirname "$0")/../lib/command.sh"
. "$(dirname "$0")/../lib/tap.sh"

cache=/mnt/cache
modules=/mnt/lib/modules
where=${modules}/${release}
build=${where}/build

mkdir -p /mnt/path "${where}" /mnt/real /mnt/none
install -m 755 "${testdir}/programs/make.sh" /mnt/path/make
PATH=/mnt/path:${PATH}
build_fake
python3 "${testdir}/programs/archives.py" --kit /mnt/kit.tar.xz

# $1: another directory of modules, if any
link() {
	"${kheaders}" link --archive /mnt/kit.tar.xz --release "${release}" \
		--modules "${1-${modules}}" --cache "${cache}"
}
unlink() {
	"${kheaders}" unlink --archive /mnt/kit.tar.xz --release "${release}" \
		--modules "${1-${modules}}" --cache "${cache}"
}
state() {
	"${kheaders}" status --json --archive /mnt/kit.tar.xz --release "${release}" \
		--modules "${modules}" --cache "${cache}" | sed -n 's/^  "link": "\(.*\)",/\1/p'
}
tree=$(/mnt/bin/kheaders path --archive /mnt/kit.tar.xz --cache "${cache}")
# $1: a pattern; it succeeds, and says that on stderr, in a line or two
says() {
	pattern=$1
	shift
	"$@" 2> "${tmp}/stderr"
	cat "${tmp}/stderr"
	grep -q -e "${pattern}" "${tmp}/stderr"
}
leads_to() {
	[ "$(readlink "$1")" = "$2" ]
}
nothing_else() {
	[ "$(find "${where}" -mindepth 1 | sort)" = "$(printf '%s\n' "$@" | sort)" ]
}

# ---- what is there before
ln -s /mnt/none/was "${build}"
check "status: a link that leads nowhere" [ "$(state)" = dangling ]
check "a link that leads nowhere is replaced, and it is said" \
	says "build: led to /mnt/none/was, " link
check "it leads to the tree" leads_to "${build}" "${tree}"
check "again" link
check "unlink puts it back" unlink
check "as it was" leads_to "${build}" /mnt/none/was
check "and nothing else is left" nothing_else "${build}"
check "unlink: once more" unlink
check "it stays" leads_to "${build}" /mnt/none/was
ln -sfn build "${build}"
check "a link to itself leads nowhere" says "build: led to build, " link
check "unlink puts that back" unlink
check "as it was" leads_to "${build}" build
long=$(printf '%0300d' 1)
ln -sfn "${long}" "${build}"
check "one to a name that is too long leads nowhere" says "build: led to ${long}, " link
check "unlink puts that back" unlink
check "as it was" leads_to "${build}" "${long}"
ln -sfn /mnt/real "${build}"
check "status: a link to something" [ "$(state)" = other ]
mkdir -p /mnt/empty
link_in_empty() {
	"${kheaders}" link --archive /mnt/kit.tar.xz --release "${release}" --modules "${modules}" \
		--cache /mnt/empty/cache
}
check_exits 3 "a link to something is not touched" \
	"is not a link into the cache, but to /mnt/real" link_in_empty
check "and nothing is made in vain" [ -z "$(ls /mnt/empty)" ]
check "it stays" leads_to "${build}" /mnt/real
check_fails "unlink: nor removed" "is not a link into the cache" unlink
check "nothing else is left" nothing_else "${build}"
rm "${build}"
ln -s ../../../real "${where}/source"
check "source, to something" link
check "is left alone" leads_to "${where}/source" ../../../real
check "unlink" unlink
check "is left alone" leads_to "${where}/source" ../../../real
ln -sfn /mnt/none/src "${where}/source"
ln -s /mnt/none/was "${build}"
check "source, that leads nowhere" says "source: led to /mnt/none/src, " link
check "leads to the tree" leads_to "${where}/source" "${tree}"
check "unlink puts both back" unlink
check "source, as it was" leads_to "${where}/source" /mnt/none/src
check "build, as it was" leads_to "${build}" /mnt/none/was
check "nothing else is left" nothing_else "${build}" "${where}/source"
# As modules_install does, from another directory than before
is_replaced() {
	link
	ln -sfn "$1" "${build}"
	says "build: led to $1, " link
	leads_to "${build}" "${tree}"
}
check "another one that leads nowhere comes later: it is said" is_replaced /mnt/none/later
cache_moves() {
	ln -sfn "/mnt/moved/${release}-0123456789abcdef" "${build}"
	link
	leads_to "${build}" "${tree}"
}
check "then one to a cache that is gone" cache_moves
check "unlink puts back the last that was not ours" unlink
check "as it was" leads_to "${build}" /mnt/none/later
link > "${tmp}/output" 2>&1 || :
rm "${build}" "${where}/source"
check "both were removed by hand" link
check "unlink then brings nothing back" unlink
check "nothing is left" [ ! -e "${where}" ]
unlinks_killed() {
	link
	ln -s "${tree}" "${where}/.build-1f.2a"
	unlink
	[ ! -e "${where}" ]
}
check "nor a link of a call that was killed" unlinks_killed
# $1: the target of a link in a directory with others, which was given as the cache
stays_in_cache() {
	mkdir -p "${where}" "/mnt/src/$1"
	ln -s "/mnt/src/$1" "${build}"
	for command in link unlink; do
		if "${kheaders}" "${command}" --archive /mnt/kit.tar.xz --release "${release}" \
			--modules "${modules}" --cache /mnt/src; then
			return 1
		fi
	done
	leads_to "${build}" "/mnt/src/$1"
	rm "${build}"
}
check "a link to something else in the cache is left alone" stays_in_cache linux-headers-1.2.3
behind_link() {
	mkdir -p "${where}" /mnt/links
	ln -s "${where}" /mnt/links/
	link /mnt/links
	unlink /mnt/links
	[ ! -L "${build}" ]
}
check "MODULES/RELEASE is a link to a directory" behind_link
others_links() {
	ln -s /usr "${where}/.build-env"
	unlink
	nothing_else "${where}/.build-env"
	rm "${where}/.build-env"
	unlink
	[ -d "${where}" ]
}
check "unlink leaves another's link alone, and an empty directory" others_links
# Another link takes the place of ours before unlink moves that; $1: where it leads
is_faster_than_unlink() {
	mkdir -p "${where}"
	ln -sfn "${tree}" "${build}"
	LD_PRELOAD=/mnt/fake.so FAKE_RUN="ln -sfn $1 ${build}" /mnt/bin/kheaders unlink \
		--release "${release}" --modules "${modules}" --cache "${cache}"
}
stays() {
	leads_to "${build}" "$1"
	nothing_else "${build}"
	rm "${build}"
}
check "unlink: another link that leads nowhere is faster" is_faster_than_unlink /mnt/none/now
check "it stays" stays /mnt/none/now
check_fails "unlink: one of others is faster" "is not a link into the cache" \
	is_faster_than_unlink /mnt/real
check "it stays" stays /mnt/real
unlinks_at_once() {
	for _ in $(seq 20); do
		link
		unlink &
		unlink
		wait $!
		[ ! -e "${where}" ]
	done
}
check "two unlinks at once, 20 times" unlinks_at_once
programs_are_missing() {
	check_fails "no make: one line" "make: No such file or directory; install it" \
		env PATH=/mnt/none "$(command -v "${kheaders}")" link --archive /mnt/kit.tar.xz \
		--release "${release}" --modules "${modules}" --cache "${cache}"
	check_fails "no process: one line" "make: Resource temporarily .*; raise the limit of proc" \
		strace -o /dev/null -e trace=clone,clone3,vfork \
		-e inject=clone,clone3,vfork:error=EAGAIN:when=1 /mnt/bin/kheaders link \
		--archive /mnt/kit.tar.xz --release "${release}" --modules "${modules}" \
		--cache "${cache}"
}
programs_are_missing
unlinks_no_file() {
	link
	touch "${where}/.build-notes"
	unlink
	nothing_else "${where}/.build-notes"
	rm -r "${where}"
}
check "a file of such a name stays" unlinks_no_file

# ---- at once
# $1: how often; both succeed
two_at_once() {
	for _ in $(seq "$1"); do
		rm -rf "${where}"
		[ "$2" = none ] || { mkdir "${where}" && ln -s "$2" "${build}"; }
		link > "${tmp}/1" 2>&1 &
		link > "${tmp}/2" 2>&1
		wait $!
		leads_to "${build}" "${tree}"
		[ "$2" = none ] || { unlink && leads_to "${build}" "$2"; }
	done
}
kheaders=/mnt/bin/kheaders
make_dangling() {
	mkdir -p "${where}"
	ln -sfn /mnt/none/was "${build}"
	ln -sfn /mnt/none/src "${where}/source"
}
both_are_restored() {
	leads_to "${build}" /mnt/none/was
	leads_to "${where}/source" /mnt/none/src
	nothing_else "${build}" "${where}/source"
	[ "$(ls -A "${modules}")" = "${release}" ]
}
# $1: how often it has stopped at renames, $2: link or unlink
start_link() {
	make_dangling
	[ "$2" = link ] || link
	start_stopped "$@" --archive /mnt/kit.tar.xz --release "${release}" \
		--modules "${modules}" --cache "${cache}"
}
# $1: a command, $2: how often it has stopped at renames when another one comes, $3
second_waits() {
	start_link "$2" "$1"
	run_meanwhile "$3" --archive /mnt/kit.tar.xz --release "${release}" \
		--modules "${modules}" --cache "${cache}"
	[ "$3" = unlink ] || { leads_to "${build}" "${tree}" && unlink; }
	both_are_restored
}
for second in unlink link; do
	for number in 1 2 3 4; do
		check "unlink has stopped ${number} times, and ${second} comes" \
			second_waits unlink "${number}" "${second}"
	done
	for number in 1 2 3 4 5 6 7 8; do
		check "link has stopped ${number} times, and ${second} comes" \
			second_waits link "${number}" "${second}"
	done
done
# $1: a command, $2: how often it has stopped at renames when it is killed
killed_at_rename() {
	start_link "$2" "$1"
	kill -KILL "${stopped}"
	wait "${stopped}" || :
	unlink
	both_are_restored
}
for number in 1 2 3 4; do
	check "unlink is killed when it has stopped ${number} times: unlink mends that" \
		killed_at_rename unlink "${number}"
done
for number in 1 2 3 4 5 6 7 8; do
	check "link is killed when it has stopped ${number} times: unlink mends that" \
		killed_at_rename link "${number}"
done
both_restored_at_once() {
	for _ in $(seq 200); do
		make_dangling
		link
		unlink &
		unlink
		wait $!
		both_are_restored
	done
	rm "${build}" "${where}/source"
} > /dev/null 2>&1
check "two that restore build and source at once, 200 times" both_restored_at_once
check "two first links at once, 50 times" two_at_once 50 none
check "two at once where there is one that leads nowhere, 50 times" two_at_once 50 /mnt/none/was
# Another link appears between the look and the making; $1: where it leads to, $2: the one
# before, if any
another_is_faster() {
	rm -rf "${where}"
	mkdir "${where}"
	[ $# = 1 ] || ln -s "$2" "${build}"
	LD_PRELOAD=/mnt/fake.so FAKE_RENAME="${where}" FAKE_TARGET="$1" "${kheaders}" link \
		--archive /mnt/kit.tar.xz --release "${release}" --modules "${modules}" \
		--cache "${cache}"
}
check "another first link is faster" another_is_faster "${tree}"
check_fails "one of others is faster" "is not a link into the cache" another_is_faster /mnt/real
check "and stays" leads_to "${build}" /mnt/real
# The same where there is a link that leads nowhere, or to another tree
for old in /mnt/none/was "${cache}/${release}-another"; do
	check "${old} becomes the right one meanwhile" another_is_faster "${tree}" "${old}"
	check "it stays" leads_to "${build}" "${tree}"
	check_fails "${old} becomes one of others meanwhile" "is not a link into the cache" \
		another_is_faster /mnt/real "${old}"
	check "it stays" leads_to "${build}" /mnt/real
	check "and no other name" [ -z "$(find "${where}" -name '.build-*')" ]
done
# unlink has found nothing in the directory that it would keep.
directory_is_removed() {
	rm -rf "${where}"
	LD_PRELOAD=/mnt/fake.so FAKE_RENAME="${where}" "${kheaders}" link \
		--archive /mnt/kit.tar.xz --release "${release}" --modules "${modules}" \
		--cache "${cache}"
	leads_to "${build}" "${tree}"
}
check "the directory is removed meanwhile" directory_is_removed
rm -rf "${where}"
# ---- no space for another file
full_disk() {
	mkdir /mnt/full
	mount -t tmpfs -o nr_inodes=8 tmpfs /mnt/full
	link /mnt/full
	if touch /mnt/full/1 /mnt/full/2 /mnt/full/3 /mnt/full/4 /mnt/full/5 /mnt/full/6; then
		return 1
	fi
	link /mnt/full
	unlink /mnt/full
	[ ! -L "/mnt/full/${release}/build" ]
}
check "no space, and nothing to make" full_disk
# ---- a lock that is none
mkdir "${modules}/.kheaders-lock"
check_fails "the lock is a directory" "kheaders-lock: Is a directory; remove it" link
check_fails "the lock is a directory: unlink" "kheaders-lock: Is a directory; remove it" unlink
rmdir "${modules}/.kheaders-lock"
# ---- a release as LOCALVERSION can make it
of_release() {
	LD_PRELOAD=/mnt/fake.so FAKE_RELEASE="$1" "${kheaders}" link --archive "$2" \
		--modules "${modules}" --cache "${cache}"
	leads_to "${modules}/$1/build" "${cache}/$(readlink "${modules}/$1/build" | sed 's,.*/,,')"
	rm -r "${modules:?}/$1"
}
for name in 'user@host' 'a,b' 'c:d' '[e]' 'f=g'; do
	python3 "${testdir}/programs/archives.py" --kit /mnt/named.tar.xz yes "5.4-${name}"
	check "the kernel that runs is 5.4-${name}" of_release "5.4-${name}" /mnt/named.tar.xz
done
# ---- a kernel without an archive
mkdir "${where}"
make_sysfs /mnt/no-archive 12345678
no_archive() {
	LD_PRELOAD=/mnt/fake.so FAKE_RELEASE="$1" "${kheaders}" link --sysfs /mnt/no-archive \
		--release "${release}" --modules "${modules}" --cache "${cache}"
}
check_exits 3 "the kernel has no archive: status 3" "has no kheaders.ko" no_archive "${release}"
check_fails "another kernel has none: status 1" "is not the running kernel" no_archive 1.2.3
rm -rf "${where}"
# ---- MODULES/RELEASE is a file
: > "${where}"
check_fails "MODULES/RELEASE is a file" "Not a directory" link_in_empty
check "and nothing is made in vain" [ -z "$(ls /mnt/empty)" ]
rm "${where}"

# ---- what is in the environment
real=${dir}/obj/kernel/kheaders_data.tar.xz
own=$(tar -xOJf "${real}" ./.kheaders 2> /dev/null | sed -n 's/^RELEASE=//p')
with_real_make() {
	(
		PATH=${PATH#/mnt/path:}
		env "$@"
	)
}
# $@: VARIABLE=VALUE; all programs are in the tree then
links_with() {
	rm -rf /mnt/real-cache "${modules:?}/${own}"
	with_real_make "$@" "${kheaders}" link --archive "${real}" --release "${own}" \
		--modules "${modules}" --cache /mnt/real-cache
	for program in basic/fixdep mod/modpost; do
		[ -x "${modules}/${own}/build/scripts/${program}" ]
	done
	[ -z "$(find /mnt/elsewhere 2> /dev/null)" ]
}
check "SIGCHLD is ignored" links_with --ignore-signal=CHLD
check "KBUILD_OUTPUT= in the environment" links_with KBUILD_OUTPUT=/mnt/elsewhere
check "O= in the environment" links_with O=/mnt/elsewhere
check "O= and -n in that of a make" links_with "MAKEFLAGS=n -- O=/mnt/elsewhere" MAKELEVEL=1
check "M= and KBUILD_EXTMOD=" links_with M=/mnt/elsewhere KBUILD_EXTMOD=/mnt/elsewhere
check "ARCH= of another architecture" links_with ARCH=arm64
# $@: VARIABLE=VALUE; the module is built in place, and nothing is written elsewhere.
builds_with() {
	rm -rf /mnt/module
	cp -R "${testdir}/data/modules/hello" /mnt/module
	with_real_make "$@" "${kheaders}" build /mnt/module --archive "${real}" --release "${own}" \
		--cache /mnt/real-cache -- KBUILD_MODPOST_WARN=1
	[ -s /mnt/module/kheaders_hello.ko ] && [ -z "$(find /mnt/elsewhere 2> /dev/null)" ]
}
check "build: KBUILD_OUTPUT= in the environment" builds_with KBUILD_OUTPUT=/mnt/elsewhere
check "build: O= and -n in that of a make" builds_with "MAKEFLAGS=n -- O=/mnt/elsewhere" MAKELEVEL=1
check "build: below the make of a kernel" builds_with sub_make_done=1 KBUILD_SRC=/mnt/elsewhere \
	KBUILD_EXTMOD_OUTPUT=/mnt/elsewhere
check "build: the same again" builds_with
check "build: ARCH=, CDPATH and others" \
	builds_with ARCH=arm64 CDPATH=/mnt:. QUOTING_STYLE=c POSIXLY_CORRECT=1
refuses_dollar() {
	# shellcheck disable=SC2016 # a name
	name='/mnt/a$b'
	mkdir "${name}"
	status=0
	with_real_make "${kheaders}" build "${name}" --archive "${real}" --release "${own}" \
		--cache /mnt/real-cache 2> "${tmp}/stderr" || status=$?
	cat "${tmp}/stderr"
	[ "${status}" = 2 ] &&
		grep -q -F "M=${name}: its name contains a blank or one of" "${tmp}/stderr"
}
check "build: a directory with a dollar in its name: make gets that very name" refuses_dollar
mkdir /mnt/noexec
mount -t tmpfs -o noexec,mode=755 tmpfs /mnt/noexec
status_of_noexec() {
	"${kheaders}" path --archive "${real}" --release "${own}" --cache /mnt/noexec
	"${kheaders}" status --archive "${real}" --release "${own}" --cache /mnt/noexec |
		grep '^problem:.*noexec'
}
check "status: a tree on a mount with noexec" status_of_noexec
# $1: an error of symlinkat()
cannot_link() {
	strace -f -o /dev/null -e "inject=symlinkat:error=$1" /mnt/bin/kheaders link \
		--archive /mnt/kit.tar.xz --release "${release}" --modules "${modules}" \
		--cache "${cache}"
}
for error in EROFS EACCES EPERM; do
	check_fails "${error}: variables that take the path" "; use BCC_KERNEL_SOURCE=${cache}/" \
		cannot_link "${error}"
done
check_fails "ENOSPC" "No space left on device; make room" cannot_link ENOSPC
check_fails "EIO" "Input/output error; use another directory of modules" cannot_link EIO
printf '#!/bin/sh\n' > /mnt/path/make
rm -rf "${cache}"
check_fails "a make that makes nothing" "scripts/basic/fixdep: not built by make" link
makes_directory() {
	# shellcheck disable=SC2016 # a script
	printf '#!/bin/sh\nmkdir -p "$3/scripts/basic/fixdep"\n' > /mnt/path/make
	link
}
check_fails "a make that makes a directory" "scripts/basic/fixdep: not built by make" \
	makes_directory
rm -rf "${cache}"

# ---- no /lib/modules, and none can be made
install -m 755 "${testdir}/programs/make.sh" /mnt/path/make
ln -s /mnt/none/modules /mnt/dangling
for nothing in /mnt/nowhere/modules /mnt/dangling; do
	check_fails "${nothing}: variables that take the path" \
		"; use BCC_KERNEL_SOURCE=${cache}/.* with that path$" link "${nothing}"
done

# ---- /lib/modules is read-only
tree=$("${kheaders}" path --archive /mnt/kit.tar.xz --cache "${cache}")
mkdir -p "${tree}/scripts/basic" "${tree}/scripts/mod"
install -m 755 /mnt/path/make "${tree}/scripts/basic/fixdep"
install -m 755 /mnt/path/make "${tree}/scripts/mod/modpost"
mkdir -p "${where}"
touch "${where}/modules.dep"
mount --bind "${modules}" "${modules}"
mount -o remount,ro,bind "${modules}"
# shellcheck disable=SC2086 # two words
for what in BCC_KERNEL_SOURCE= BPFTRACE_KERNEL_SOURCE= KDIR= SYSSRC= --kernelsourcedir \
	kheaders-writable.service "${tree}"; do
	check_fails "read-only: ${what} is named" "Read-only file system; .*${what}" link
done
# Run a command of the systemd unit.
unit=${source}/kheaders-writable.service
run_unit() {
	sed -n "s/^$1=//p" "${unit}" |
		sed "s:/lib/modules/%v:${where}:g; s:/run/kheaders:/mnt/overlay:g" > "${tmp}/unit"
	[ -s "${tmp}/unit" ] && sh -e -x "${tmp}/unit"
}
mounted() {
	mount -t tmpfs -o mode=755 tmpfs /mnt/none
	mkdir /mnt/overlay
	mount --bind /mnt/none /mnt/overlay
	run_unit ExecStartPre
	run_unit ExecStart
}
check "the unit mounts an overlay" mounted
check "then it works" link
check "and leads to the tree" leads_to "${build}" "${tree}"
mount -o remount,ro "${where}"
check "read-only, and the link is right: nothing to do" link
mount -o remount,rw "${where}"
check "the unit ends" run_unit ExecStop
check "and all is as it was" nothing_else "${where}/modules.dep"
finish
