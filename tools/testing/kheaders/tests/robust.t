#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The kheaders command copes with other processes in the same directories, limited file
# systems, failing system calls, and archives and modules with wrong contents.

. "$(dirname "$0")/../lib/command.sh"
. "$(dirname "$0")/../lib/tap.sh"

cache=/mnt/cache
nobody=65534
build_fake

fake() {
	env LD_PRELOAD=/mnt/fake.so "$@"
}
path() {
	"${kheaders}" path --archive "${good}" --cache "${cache}"
}
extract() {
	"${kheaders}" extract --archive "${good}" "$@"
}
# $1: a directory; it has all of the archive, and nothing else
is_whole() {
	diff -r -x .kheaders-complete /mnt/good "$1"
}
extract /mnt/good

fails() {
	status=0
	"$@" || status=$?
	[ "${status}" = 1 ]
}

# ---- extract: others in the same directory
# The first call has seen the directory empty, and then the second call is faster.
second_is_refused() {
	rm -rf /mnt/x
	LD_PRELOAD=/mnt/fake.so FAKE_STOP=1 /mnt/bin/kheaders extract --archive "${good}" /mnt/x \
		2> "${tmp}/first" &
	first=$!
	until_stopped "${first}"
	second=0
	extract /mnt/x 2> "${tmp}/second" || second=$?
	kill -CONT "${first}"
	result=0
	wait "${first}" || result=$?
	cat "${tmp}/first" "${tmp}/second"
	[ "${result} ${second}" = "0 1" ] && grep -q 'is not empty' "${tmp}/second" &&
		is_whole /mnt/x
}
check "extract: two at once, one is refused" second_is_refused
one_of_two() {
	for _ in $(seq 50); do
		rm -rf /mnt/x
		/mnt/bin/kheaders extract --archive "${good}" /mnt/x 2> "${tmp}/first" &
		second=0
		/mnt/bin/kheaders extract --archive "${good}" /mnt/x 2> "${tmp}/second" || second=$?
		first=0
		wait $! || first=$?
		is_whole /mnt/x
		[ "$((first + second))" = 1 ]
	done
}
check "extract: two at once, 50 times" one_of_two
# Files that others create during unpacking stay, and files that were already moved up
# are moved back.
others_stay() {
	rm -rf /mnt/x
	LD_PRELOAD=/mnt/fake.so FAKE_STOP=1 /mnt/bin/kheaders extract --archive "${good}" /mnt/x \
		2> "${tmp}/first" &
	until_stopped $!
	mkdir /mnt/x/scripts
	kill -CONT $!
	fails wait $!
	cat "${tmp}/first"
	grep -q 'File exists' "${tmp}/first" &&
		[ "$(find /mnt/x | sort | tr '\n' ' ')" = "/mnt/x /mnt/x/scripts " ]
}
check "extract: what others put there stays" others_stay
rm -rf /mnt/x
mkdir /mnt/x
chown "${nobody}" /mnt/x
chmod 777 /mnt/x
says_so() {
	"$@" 2> "${tmp}/stderr"
	cat "${tmp}/stderr"
	grep -q 'warning: .*other users can write' "${tmp}/stderr"
}
says_nothing() {
	"$@" 2> "${tmp}/stderr"
	cat "${tmp}/stderr"
	[ ! -s "${tmp}/stderr" ]
}
check "extract: a directory of another user: said" says_so extract /mnt/x
rm -rf /mnt/x
mkdir -m 777 /mnt/x
check "extract: below one that all can write to: said" says_so extract /mnt/x/y
chmod 1777 /mnt/x
check "extract: below one with a sticky bit: nothing to say" says_nothing extract /mnt/x/z
# Through a link, to where others can change nothing
mkdir -p /mnt/owned /mnt/open "/mnt/closed/of root"
chown "${nobody}" /mnt/owned
chmod 777 /mnt/open
for link in /mnt/owned/link /mnt/open/link /mnt/x/link; do
	ln -s "/mnt/closed/of root" "${link}"
done
chown -h "${nobody}" /mnt/x/link
for link in /mnt/owned/link /mnt/open/link /mnt/x/link; do
	check "extract: through ${link}, which others can replace: said" \
		says_so extract "${link}/../${link##*/}-$(basename "${link%/*}")"
done
mkdir /mnt/own
ln -s ../open/link /mnt/own/chain
check "extract: through an own link to one of these: said" says_so extract /mnt/own/chain/e
ln -s "/mnt/closed/of root" /mnt/x/own
check "extract: through an own link below a sticky bit: nothing to say" \
	says_nothing extract /mnt/x/own/d

# ---- locks
cat > /mnt/clang << 'END'
#!/bin/sh
case $1 in
--version | -print-resource-dir) echo made-up ;;
*)
	for last in "$@"; do :; done
	echo made > "${last}"
	;;
esac
END
chmod +x /mnt/clang
export CLANG=/mnt/clang
pch() {
	"${kheaders}" pch "$@" --archive "${good}" --cache "${cache}"
}
# A user has locked all of the cache that can be opened; then the command
waits_for_nobody() {
	rm -f /mnt/locked
	setpriv --reuid="${nobody}" --regid="${nobody}" --clear-groups \
		"${testdir}/programs/lockall.py" "${cache}" > /mnt/locked &
	until [ -s /mnt/locked ]; do
		sleep 0.05
	done
	cat /mnt/locked
	holder=$!
	"$@" &
	until has_ended $! || grep -e "-> FLOCK .* $! " /proc/locks; do
		sleep 0.05
	done
	kill "${holder}"
	[ "$(cat /mnt/locked)" -gt 5 ]
	has_ended $!
	wait $!
}
check "pch" pch linux/a.h
check "locks of a user: pch waits for none" waits_for_nobody \
	"${kheaders}" pch linux/b.h --archive "${good}" --cache "${cache}"
rm "$(path)/include/linux/types.h"
chmod 644 "${cache}/.lock"
check "a lock that others could open" path
check "is theirs no more" [ "$(stat -c %a "${cache}/.lock")" = 600 ]
rm "$(path)/include/linux/types.h"
# In a copied cache, a user may have opened and locked what is made private then.
others_held_it() {
	chmod 666 "${cache}/.lock"
	waits_for_nobody "$@"
	[ "$(stat -c %a "${cache}/.lock")" = 600 ]
}
check "a lock that a user has held before: path does not wait" others_held_it \
	"${kheaders}" path --archive "${good}" --cache "${cache}"
rm "$(path)/include/linux/types.h"
check "locks of a user: path waits for none" waits_for_nobody \
	"${kheaders}" path --archive "${good}" --cache "${cache}"
check "locks of a user: nor does clean" waits_for_nobody "${kheaders}" clean --cache "${cache}"

# The lock is removed while a call waits for it; the one that waits then takes the new one.
lock_is_removed() {
	rm -rf "${cache}"
	path
	rm "$(path)/include/linux/types.h"
	flock "${cache}/.lock" sh -c "touch /mnt/held; until [ -e /mnt/free ]; do sleep 0.05; done" &
	until [ -e /mnt/held ]; do sleep 0.05; done
	/mnt/bin/kheaders path --archive "${good}" --cache "${cache}" &
	until grep -q "FLOCK .* $! " /proc/locks; do sleep 0.05; done
	rm "${cache}/.lock"
	touch /mnt/free
	wait $!
	[ -f "${cache}/.lock" ] && is_whole "$(path)"
}
check "the lock is removed while a call waits for it" lock_is_removed
# ---- file systems and calls that fail
rm -rf "${cache}"
for errno in 22 95; do
	check "sync is not known, errno ${errno}: path" fake FAKE_SYNC="${errno}" \
		/mnt/bin/kheaders path --archive "${good}" --cache "${cache}"
	rm -rf "${cache}"
done
without_library() {
	mkdir -p "${tmp}/empty"
	: > "${tmp}/empty/$1"
	shift
	LD_LIBRARY_PATH=${tmp}/empty "$@"
}
check_fails "libarchive cannot be loaded" \
	"libarchive.so.13: file too short; install it, or raise the limits of memory and files" \
	without_library libarchive.so.13 \
	/mnt/bin/kheaders path --archive "${good}" --cache "${cache}"
check_fails "nor can it be, with little memory" "map segment .*, or raise the limits of memory" \
	prlimit --as=20000000 /mnt/bin/kheaders path --archive "${good}" --cache "${cache}"
rm -rf "${cache}"
check_fails "no thread" "archive: Operation not permitted; let this program start threads" \
	strace -f -o /dev/null -e trace=clone,clone3 -e inject=clone,clone3:error=EPERM \
	/mnt/bin/kheaders path --archive "${good}" --cache "${cache}"
check_fails "sync fails" "Input/output error" fake FAKE_SYNC=5 /mnt/bin/kheaders path \
	--archive "${good}" --cache "${cache}"
rm -rf "${cache}"
check_fails "directories cannot be read: path" "Input/output error" fake FAKE_READDIR=5 \
	/mnt/bin/kheaders path --archive "${good}" --cache "${cache}"
tree_is_right() {
	is_whole "$(path)"
}
check "and the next call works" tree_is_right
check_fails "directories cannot be read: extract" "Input/output error" fake FAKE_READDIR=5 \
	/mnt/bin/kheaders extract --archive "${good}" /mnt/unread
check_fails "directories cannot be read: clean" "Input/output error" fake FAKE_READDIR=5 \
	/mnt/bin/kheaders clean --cache "${cache}"
# A file that is opened while stderr is closed must not become stderr.
stderr_closed() {
	rm -rf "${cache}"
	fails "${kheaders}" path --archive /mnt/archives/bad-not-xz.tar.xz --cache "${cache}" 2>&-
	[ ! -s "${cache}/.lock" ]
	fails "${kheaders}" path --archive "${good}" --cache "${cache}" >&- 2>&- <&-
	[ ! -s "${cache}/.lock" ]
}
check "stderr is closed" stderr_closed
check "stdin is closed" sh -c "'${kheaders}' path --archive '${good}' --cache '${cache}' <&-"
check "stdin is closed: the tree is right" tree_is_right

# ---- users that are not known here
# The whole way seems to belong to the user that all seem to be.
as_unmapped() {
	setpriv --reuid=1234 --regid=1234 --clear-groups unshare -U "$@"
}
if as_unmapped true 2> /dev/null; then
	check_fails "in a namespace without users, nothing is one's own" \
		"user namespace does not map" as_unmapped "${kheaders}" path --archive "${good}" \
		--cache "${cache}"
else
	check "user namespaces # SKIP not allowed here" true
fi

# ---- limits
with_little_stack() {
	(
		# shellcheck disable=SC3045 # dash has it
		ulimit -s 192
		/mnt/bin/kheaders path --archive /mnt/archives/odd-deep.tar.xz --cache "${cache}"
	)
}
check "path: a thread with little stack" with_little_stack
# $1: what is limited, for prlimit
limited() {
	limit=$1
	shift
	prlimit "${limit}" -- /mnt/bin/kheaders "$@" --archive "${good}"
}
rm -rf "${cache}"
check_fails "path: files are limited in size" "File too large; raise the limit of file sizes" \
	limited --fsize=1000 path --cache "${cache}"
check "nothing is left" [ "$(ls -A "${cache}")" = .lock ]
check_fails "extract: the same" "File too large; raise the limit of file sizes" \
	limited --fsize=1000 extract /mnt/limited
check "nothing is left" [ ! -e /mnt/limited ]
# The archive comes from a program that stops in the midst of it.
from_a_pipe() {
	rm -rf /mnt/piped /mnt/pipe
	mkfifo /mnt/pipe
	exec 6<> /mnt/pipe
	"${kheaders}" extract --archive /mnt/pipe /mnt/piped 6>&- &
	head -c 100 "${good}" >&6
	until grep -q '^State:[[:blank:]]*[SZ]' "/proc/$!/status"; do
		sleep 0.05
	done
	sleep 0.2
	tail -c +101 "${good}" >&6
	exec 6>&-
	wait $!
	is_whole /mnt/piped
}
check "extract: an archive from a slow pipe" from_a_pipe
check_fails "path: names that make too long a mark" "too many or too long names" \
	/mnt/bin/kheaders path --archive /mnt/archives/odd-names.tar.xz --cache "${cache}"

# ---- what an archive says
says() {
	"${kheaders}" "$@" --archive /mnt/archives/odd-says.tar.xz --cache "${cache}"
}
is_plain() {
	says path
	says status > "${tmp}/text"
	cat -v "${tmp}/text"
	grep -q '^compiler: *gcc ??31m??(' "${tmp}/text" && ! LC_ALL=C grep '[^ -~]' "${tmp}/text"
}
check "status: nothing in an archive is for the terminal" is_plain
check_fails "cflags: an architecture that is none" "has no SRCARCH" says cflags
is_json() {
	mkdir -p "/mnt/lib/modules/${release}"
	ln -sfn "$(printf '/mnt/\377\303\244\302\233\355\240\200\\"\t.')" \
		"/mnt/lib/modules/${release}/build"
	says status --json --modules /mnt/lib/modules --release "${release}" > "${tmp}/json"
	cat -v "${tmp}/json"
	python3 - "${tmp}/json" << 'END'
import json, sys
target = json.load(open(sys.argv[1], encoding="utf-8"))["link_target"]
assert target == '/mnt/\ufffd\u00e4\u009b\ufffd\ufffd\ufffd\\"\t.', ascii(target)
assert b"\302\233" not in open(sys.argv[1], "rb").read()
END
}
check "status --json: JSON, whatever a link says" is_json
message_is_clean() {
	fails "${kheaders}" path --archive "$(printf '/none/\033\302\233\377\303\244')" \
		2> "${tmp}/stderr"
	cat -v "${tmp}/stderr"
	grep -q "$(printf '/none/????..*: No such')" "${tmp}/stderr" &&
		grep -q "$(printf '\303\244')" "${tmp}/stderr"
}
check "messages: nothing for the terminal" message_is_clean
cflags_of_bad_disk() {
	"${kheaders}" path --archive "${good}" --cache "${cache}" > "${tmp}/tree"
	strace -o /dev/null -P "$(cat "${tmp}/tree")/.kheaders" -e inject=read:error=EIO:when=5+ \
		/mnt/bin/kheaders cflags --archive "${good}" --cache "${cache}"
}
check_fails "cflags: .kheaders cannot be read" "/.kheaders: Input/output error; look for" \
	cflags_of_bad_disk
in_blanks() {
	rm -rf "/mnt/a b"
	"${kheaders}" "$@" --archive "${good}" --cache "/mnt/a b"
}
has_ms_extensions() {
	"${kheaders}" cflags --archive "$1" --cache "${cache}" > "${tmp}/flags"
	cat "${tmp}/flags"
	grep -q -e ' -DCONFIG_CC_IS_CLANG ' "${tmp}/flags" &&
		[ "$(grep -c -e ' -fms-extensions ' "${tmp}/flags")" = "$2" ]
}
check "cflags: -fms-extensions for a kernel that is built so" has_ms_extensions "${good}" 1
check "cflags: not for 6.18" has_ms_extensions /mnt/archives/odd-6.18.tar.xz 0
check_fails "cflags: words for a shell are no other words" "has blanks or wildcards" \
	in_blanks cflags

# ---- many at once, of which some are killed
# 20 begin, and the one that has the lock stops in the midst of it; 80 more wait.
# The 20 are killed, that one last.
many() {
	rm -rf "${cache}"
	victims=
	for _ in $(seq 20); do
		LD_PRELOAD=/mnt/fake.so FAKE_STOP=1 /mnt/bin/kheaders path --archive "${good}" \
			--cache "${cache}" > /mnt/victim 2>&1 &
		victims="${victims} $!"
	done
	holder=
	until [ "${holder}" ]; do
		for pid in ${victims}; do
			grep -q '^State:.*stopped' "/proc/${pid}/status" && holder=${pid}
		done
	done
	others=
	for i in $(seq 80); do
		/mnt/bin/kheaders path --archive "${good}" --cache "${cache}" \
			> "/mnt/many.${i}" 2>&1 &
		others="${others} $!"
	done
	killed=0
	for pid in ${victims} ${holder}; do
		[ "${pid}" = "${holder}" ] && [ "${killed}" -lt 19 ] && continue
		status=0
		kill -KILL "${pid}"
		wait "${pid}" || status=$?
		[ "${status}" != 137 ] || killed=$((killed + 1))
	done
	right=0
	for pid in ${others}; do
		wait "${pid}" && right=$((right + 1))
	done
	echo "${killed} killed, ${right} of 80 right"
	[ "${killed} ${right}" = "20 80" ] && [ "$(cat /mnt/many.* | sort -u)" = "$(path)" ] &&
		is_whole "$(path)" &&
		[ "$(find "${cache}" -mindepth 1 -maxdepth 1 | wc -l)" = 2 ]
}
check "100 at once, 20 of them killed: the others are right, and nothing is left" many

# ---- a module that ends in the midst of a name
m=/mnt/lib/modules/${release}
broken_module() {
	mkdir -p "${m}/kernel" /mnt/tree
	"${testdir}/programs/broken-ko.py" "${m}/kernel/cut.ko"
	touch "${m}/modules.order" "${m}/modules.builtin"
	depmod -b /mnt "${release}"
	echo "alias symbol:exported cut" > "${m}/modules.symbols"
	make_sysfs /mnt/sys
	echo 0123456789abcdef > /mnt/sys/module/kheaders_symvers/version
	printf '0x00000000\tnothing\tvmlinux\tEXPORT_SYMBOL\t\n' > /mnt/sys/kernel/kheaders.symvers
	cp /mnt/good/.kheaders /mnt/tree
	# shellcheck disable=SC2046 # flags
	cc -o /mnt/symvers "${testdir}/programs/symvers.c" -I"${source}/libkheaders" \
		/mnt/bin/libkheaders.a $(pkg-config --libs libarchive libelf libkmod liblzma) \
		-lpthread
	/mnt/symvers /mnt/sys "${release}" /mnt/lib/modules /mnt/tree
	cat -v /mnt/tree/Module.symvers
	grep -q -P '^0x00000000\texported\tcut\tEXPORT_SYMBOL\t$' /mnt/tree/Module.symvers
}
check "Module.symvers: a namespace that does not end in its file" broken_module
shared_names() {
	"${testdir}/programs/broken-ko.py" "${m}/kernel/cut.ko" 200
	/mnt/symvers /mnt/sys "${release}" /mnt/lib/modules /mnt/tree
	[ "$(stat -c %s /mnt/tree/Module.symvers)" -lt 1000 ] &&
		grep -q exported /mnt/tree/Module.symvers
}
check "Module.symvers: names that share their bytes" shared_names
finish
