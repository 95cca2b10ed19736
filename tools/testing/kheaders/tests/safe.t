#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Unpacking by the kheaders command is safe: each line shows an attack that fails. The
# command is built with AddressSanitizer and UBSan, whose reports end the command with a
# status other than 1.

. "$(dirname "$0")/../lib/command.sh"
. "$(dirname "$0")/../lib/tap.sh"

cache=/mnt/cache
nobody=65534

as_nobody() {
	setpriv --reuid="${nobody}" --regid="${nobody}" --clear-groups "$@"
}

path() {
	prlimit --cpu=60 "${kheaders}" path --archive "${good}" --cache "${cache}"
}

# The tree that path prints is whole.
path_works() {
	tree=$(path) && diff -r -x .kheaders-complete /mnt/good "${tree}"
}

cache_is_tidy() {
	[ "$(find "${cache}" -mindepth 1 -maxdepth 1 -name '.*' ! -name .lock | wc -l)" = 0 ]
}

nothing_outside() {
	[ "$(ls -A /mnt/outside)" = secret ] && [ "$(cat /mnt/outside/secret)" = secret ]
}

# $1: case, $2: what the message has; the archive is refused and leaves nothing
bad_archive() {
	check_fails "archive: $1" "$2" prlimit --cpu=60 "${kheaders}" extract \
		--archive "/mnt/archives/bad-$1.tar.xz" /mnt/x
	if [ -e /mnt/x ] || ! nothing_outside; then
		echo "# something is left"
		touch /mnt/left
		rm -rf /mnt/x
	fi
}

fresh_cache() {
	rm -rf "${cache}"
	mkdir "${cache}"
}

# ---- archives
mkdir /mnt/outside
echo secret > /mnt/outside/secret
while read -r name message; do
	bad_archive "${name}" "${message}"
done < /mnt/archives/list
for archive in /mnt/archives/good-*.tar.xz; do
	check "${archive##*/}: unpacked" "${kheaders}" extract --archive "${archive}" /mnt/x
	rm -rf /mnt/x
done
check "archives: none has left anything, or reached outside" [ ! -e /mnt/left ]

modes_are_plain() {
	"${kheaders}" extract --archive "/mnt/archives/good-setuid.tar.xz" /mnt/x
	[ -z "$(find /mnt/x -perm /7022)" ] && [ "$(stat -c %a /mnt/x/scripts/suid)" = 755 ]
}
check "set-uid, set-gid and writable for all: dropped" modes_are_plain
# $1: a umask, $2: the mode of a directory with a default ACL
modes_are_same() {
	rm -rf /mnt/x /mnt/acl
	mkdir -m 755 /mnt/acl
	setfacl -d -m "$2" /mnt/acl
	(umask "$1" && "${kheaders}" extract --archive "${good}" /mnt/acl/x)
	mv /mnt/acl/x /mnt
	find /mnt/x ! -type l ! -name ".kheaders-tree" -printf '%y %m\n' | sort -u
	[ -z "$(find /mnt/x -mindepth 1 -type d ! -perm 755 -o -type f ! -perm 644 ! -perm 755)" ]
}
for umask in 077 133 002 000; do
	check "umask ${umask} does not count" modes_are_same "${umask}" u::rwx,g::rx,o::rx
done
mode_cannot_be_set() {
	umask 077
	if strace -o /dev/null -e trace=fchmod -e "inject=fchmod:error=EPERM:when=$1" \
		/mnt/bin/kheaders extract --archive "${good}" /mnt/modes; then
		return 1
	fi
	[ ! -e /mnt/modes ] || [ -z "$(ls -A /mnt/modes)" ]
}
for n in 1 3 5; do
	check "a mode cannot be set, ${n}: fails" mode_cannot_be_set "${n}"
done
rm -rf /mnt/modes
check "a default ACL does not count" modes_are_same 022 u::rwx,g::-,o::-
check "nor one for others alone" modes_are_same 022 u::rwx,g::rx,o::-
check_fails "a directory that is not empty" "is not empty" \
	"${kheaders}" extract --archive "${good}" /mnt/x
check "and it stays as it is" [ -f /mnt/x/include/linux/types.h ]
mv /mnt/x /mnt/good
check_fails "an archive that is not there" "No such file" "${kheaders}" path --archive /mnt/none
check_fails "an archive that is a directory" "Is a directory" "${kheaders}" path --archive /mnt
check_fails "an archive that is a FIFO" "damaged" \
	sh -c "mkfifo /mnt/fifo; ${kheaders} path --archive /mnt/fifo"
check_fails "an endless archive" "larger than 64 MiB" "${kheaders}" path --archive /dev/zero
check_fails "of another release" "belongs to ${release}, not to 1.2.3" \
	"${kheaders}" path --archive "${good}" --release 1.2.3

# ---- the path to the cache
refused() {
	check_fails "cache: $1" "$2" path
	check "cache: $1: nothing was put there" nothing_outside
	rm -rf "${cache}"
}
other_users() {
	chown "${nobody}" "$1"
}
mkdir "${cache}"
other_users "${cache}"
refused "made by another user before" "belongs to user ${nobody}"
ln -s /mnt/outside "${cache}"
refused "a symbolic link" "is a symbolic link or not a directory"
ln -s /mnt/none "${cache}"
refused "a dangling symbolic link" "is a symbolic link or not a directory"
check "and it was not followed" [ ! -e /mnt/none ]
touch "${cache}"
refused "a file" "is a symbolic link or not a directory"
for mode in 775 757 1777 770; do
	fresh_cache
	chmod "${mode}" "${cache}"
	refused "mode ${mode}" "mode [01]${mode#1} lets others"
done
part() {
	rm -rf /mnt/part
	mkdir -p /mnt/part/of
	cache=/mnt/part/of/cache
}
part
other_users /mnt/part
refused "a part of the way is another user's" "/mnt/part: belongs to user"
part
chmod 1777 /mnt/part/of
refused "below a directory for all, with a sticky bit" "/mnt/part/of: mode 1777"
part
chmod g+w /mnt/part
refused "below one that the group can write to" "/mnt/part: mode 0775"
part
rm -rf /mnt/part/of
ln -s /mnt/outside /mnt/part/of
refused "behind a symbolic link" "/mnt/part/of: is a symbolic link"
cache=/mnt/part/../cache
refused "with .. in it" "has . or .. as a component"
cache=relative
refused "a relative path" "not an absolute path"
cache=/mnt/cache

# The directory is exchanged for a link, as fast as that goes.
part
sh -c 'cd /mnt/part/of && while kill -s 0 $PPID; do
	ln -sT /mnt/outside cache; rm -f cache
	mv -T real cache; mv -T cache real; rm -rf real
done' 2> /dev/null &
swapper=$!
went_in=0
refused=0
for _ in $(seq 200); do
	if path > /mnt/out 2>&1; then
		went_in=$((went_in + 1))
	elif [ $? = 1 ]; then
		refused=$((refused + 1))
	fi
done
kill "${swapper}"
wait "${swapper}" 2> /dev/null || :
check "cache: exchanged, 200 calls: ${went_in} went in, ${refused} did not" \
	[ $((went_in + refused)) = 200 ]
check "cache: exchanged: met it" [ "${refused}" -gt 0 ]
check "cache: exchanged: nothing outside" nothing_outside
cache=/mnt/cache

# Only searched on the way, as /home may be
part
chmod 711 /mnt/part
other_users /mnt/part/of
check "below a directory that may be searched, not read" as_nobody "${kheaders}" path \
	--archive "${good}" --cache "${cache}"
cache=/mnt/cache

# ---- what is in the cache
key=$(fresh_cache && path)
replant() {
	fresh_cache
	mkdir "${key}"
}
replant
cp -a /mnt/good/. "${key}"
check "a tree without a mark does not exist" path_works
replant
touch "${key}/.kheaders-complete"
check "nor does one with an empty mark" path_works
head -c 100 "${key}/.kheaders-complete" > /mnt/mark
mv /mnt/mark "${key}/.kheaders-complete"
check "nor one whose mark was cut short" path_works
mv "${key}/.kheaders-complete" /mnt/mark
ln -s /mnt/mark "${key}/.kheaders-complete"
check "nor one whose mark is a link" path_works
rm -f "${key}/.kheaders-complete"
mkfifo "${key}/.kheaders-complete"
check "nor one whose mark is a FIFO" path_works
rm -rf "${key}"
touch "${key}"
check_fails "a file in a tree's place" "is a symbolic link or not a directory" path
rm "${key}"
mv /mnt/mark /mnt/outside/.kheaders-complete
ln -s /mnt/outside "${key}"
check_fails "a link in a tree's place" "is a symbolic link or not a directory" path
rm /mnt/outside/.kheaders-complete "${key}"
path > /mnt/out
chown "${nobody}" "${key}"
check_fails "a tree of another user's" "belongs to user" path
chown 0 "${key}"
chmod g+w "${key}"
check_fails "a tree that the group can write to" "mode 0775" path
chmod g-w "${key}"
chmod 777 "${key}/include"
check "a tree with a directory that all can write to is made anew" path_works
check "and is not writable then" [ "$(stat -c %a "${key}/include")" = 755 ]
chown "${nobody}" "${key}/include/linux"
check "a tree with a directory of another user's is made anew" path_works
check "and is of nobody else then" [ -z "$(find "${key}" ! -uid 0)" ]
fresh_cache
ln -s /mnt/outside/secret "${cache}/.lock"
check_fails "the lock is a link" "cannot be written" path
check "and its target is as it was" nothing_outside

# ---- the environment
user_path() {
	as_nobody env -u HOME -u XDG_CACHE_HOME "$@" "${kheaders}" path --archive "${good}"
}
mkdir -p /mnt/home /mnt/xdg /mnt/hostile
chown "${nobody}" /mnt/home /mnt/xdg
chmod 1777 /mnt/hostile
in_cache() {
	[ "$(dirname "$("$@")")" = "${in}" ]
}
in=/var/cache/kheaders
root_path() {
	env "$@" "${kheaders}" path --archive "${good}"
}
check "root: HOME and XDG_CACHE_HOME do not count" \
	in_cache root_path HOME=/mnt/hostile XDG_CACHE_HOME=/mnt/hostile
in=/mnt/home/.cache/kheaders
check "HOME" in_cache user_path HOME=/mnt/home
check "what was made there is the user's only" [ "$(stat -c %a /mnt/home/.cache)" = 700 ]
check "XDG_CACHE_HOME, relative: does not count" \
	in_cache user_path HOME=/mnt/home XDG_CACHE_HOME=xdg
check "XDG_CACHE_HOME, empty: does not count" in_cache user_path HOME=/mnt/home XDG_CACHE_HOME=
check "TMPDIR, hostile: does not count" in_cache user_path HOME=/mnt/home TMPDIR=/mnt/hostile
in=/mnt/xdg/kheaders
check "XDG_CACHE_HOME" in_cache user_path HOME=/mnt/home XDG_CACHE_HOME=/mnt/xdg
tree=$(user_path XDG_CACHE_HOME=/mnt/xdg)
mkdir "${tree}/of-root"
touch "${tree}/of-root/x"
rm "${tree}/.kheaders-complete"
check "a tree that is not whole, nor can be removed" user_path XDG_CACHE_HOME=/mnt/xdg
check_fails "XDG_CACHE_HOME, hostile" "/mnt/hostile: mode 1777" \
	user_path XDG_CACHE_HOME=/mnt/hostile
check_fails "HOME, hostile" "/mnt/hostile: mode 1777" user_path HOME=/mnt/hostile
check_fails "HOME, another user's" "Permission denied|belongs to" user_path HOME=/root
check_fails "HOME, unset" "neither XDG_CACHE_HOME nor HOME" user_path
check_fails "HOME, relative" "neither XDG_CACHE_HOME nor HOME" user_path HOME=home
check "nothing was put into the hostile one" [ -z "$(ls -A /mnt/hostile)" ]

# ---- file systems that are full, or read-only
small_cache() {
	umount "${cache}" 2> /dev/null || :
	rm -rf "${cache}"
	mkdir "${cache}"
	mount -t tmpfs -o "mode=755,$1" tmpfs "${cache}"
}
full() {
	check_fails "$1" "$2" path
	check "$1: nothing is left" cache_is_tidy
	mount -o remount,size=10m,nr_inodes=1000 "${cache}"
	check "$1: it works when there is room" path_works
}
small_cache size=12k
full "disk full" "kheaders: ${cache}/[^ ]+: .*No space left on device; make room"
small_cache nr_inodes=9
full "no inode left" "kheaders: ${cache}/[^ ]+: .*No space left on device; make room"
mount -o remount,ro "${cache}"
check "read-only, with a tree: works" path_works
umount "${cache}"
small_cache size=10m
mount -o remount,ro "${cache}"
check_fails "read-only, without" "Read-only file system.*use another" path
umount "${cache}"
if small_cache "usrquota,usrquota_block_hardlimit=20k" 2> /dev/null; then
	chown "${nobody}" "${cache}"
	check_fails "quota" "[Qq]uota exceeded; make room" as_nobody "${kheaders}" path \
		--archive "${good}" --cache "${cache}"
	check "quota: nothing is left" cache_is_tidy
	umount "${cache}"
else
	check "quota # SKIP the kernel has no tmpfs with quota" true
fi
build_fake
fresh_cache
check_fails "quota, made up" "[Qq]uota exceeded; make room" \
	env LD_PRELOAD=/mnt/fake.so FAKE_WRITE=122 /mnt/bin/kheaders path --archive "${good}" \
	--cache "${cache}"
check "quota, made up: nothing is left" cache_is_tidy

# ---- in a layer of an image, where no directory can be renamed
fresh_cache
path > /mnt/out
rm "${key}/include/linux/types.h"
mkdir /mnt/upper /mnt/work
mount -t overlay -o "lowerdir=${cache},upperdir=/mnt/upper,workdir=/mnt/work,redirect_dir=off" \
	overlay "${cache}"
check "a lower layer: a tree that is not whole is made anew" path_works
umount "${cache}"
rm -rf /mnt/upper /mnt/work
mkdir /mnt/upper /mnt/work
path > /mnt/out
mount -t overlay -o "lowerdir=${cache},upperdir=/mnt/upper,workdir=/mnt/work,redirect_dir=off" \
	overlay "${cache}"
check "a lower layer: clean" \
	"${kheaders}" clean --cache "${cache}" --release "${release}" --sysfs /mnt/none
check "a lower layer: clean: the tree is gone" [ ! -e "${key}" ]
umount "${cache}"

# ---- a cleaner
fresh_cache
path > /mnt/out
(cd "${key}" && find . ! -name . ! -name .kheaders-complete | sort) > /mnt/names
removed=0
while read -r name; do
	rm -rf "${key:?}/${name}"
	path_works && [ -e "${key}/${name}" ] || removed=$((removed + 1))
done < /mnt/names
check "a cleaner takes one of $(wc -l < /mnt/names) files and directories each: noticed" \
	[ "${removed}" = 0 ]
find "${key}" -type f -delete
check "a cleaner takes all files" path_works
rm "${key}/.kheaders-complete"
check "a cleaner takes the mark" path_works
# As systemd-tmpfiles does
sets_time_back() {
	touch -r "${key}/include/linux" "${tmp}/time"
	rm "${key}/include/linux/types.h"
	touch -r "${tmp}/time" "${key}/include/linux"
	path_works
}
check "a cleaner takes a file, and sets the time of the directory back" sets_time_back
find "${key}" -exec touch -h -d '1970-01-02' {} +
check "the clock was set back" path_works
find "${key}" -exec touch -h -d '2037-01-01' {} +
touch "${key}/include/mine"
check "the clock was set ahead, and something was made there" path
check "and that stays" [ -e "${key}/include/mine" ]

# ---- killed
part=/mnt/archives/good-part.tar.xz
rm -rf /mnt/good
/mnt/bin/kheaders extract --archive "${part}" /mnt/good
good=${part}
key=$(fresh_cache && path)
kheaders=/mnt/bin/kheaders
# A random part of a second, below the time of the fastest call so far, in ns
random_delay() {
	awk -v shortest="${shortest}" -v seed="$1" \
		'BEGIN { srand(seed); rand(); print rand() * shortest / 1e9 }'
}
# $1: signal, $2: number of calls that are interrupted, at random moments
killed() {
	failed=0
	met=0
	calls=0
	shortest=
	while [ "${met}" -lt "$2" ]; do
		rm -rf "${key}"
		begun=$(date +%s%N)
		path_works || failed=$((failed + 1))
		took=$(($(date +%s%N) - begun))
		# The clock may have been set back.
		[ "${took}" -gt 0 ] || continue
		[ "${shortest:-${took}}" -lt "${took}" ] || shortest=${took}
		rm -rf "${key}"
		calls=$((calls + 1))
		timeout -s "$1" "$(random_delay "${calls}")" "${kheaders}" path \
			--archive "${good}" --cache "${cache}" > /mnt/out 2>&1 || met=$((met + 1))
		path_works || failed=$((failed + 1))
	done
	echo "${met} of ${calls} were met, ${failed} failed"
	[ "${failed}" = 0 ]
}
check "SIGKILL at 100 random moments: the next call works" killed KILL 100
check "SIGINT at 10 random moments: the next call works" killed INT 10
mkdir "${cache}/.new-1.1" "${cache}/.old-1.1"
touch "${cache}/.new-1.1/x"
check "clean" "${kheaders}" clean --cache "${cache}" --release "${release}" --sysfs /mnt/none
check "clean: no litter" cache_is_tidy

# ---- at once
at_once() {
	fresh_cache
	pids=
	for i in $(seq 16); do
		path > "/mnt/out.${i}" 2> "/mnt/err.${i}" &
		pids="${pids} $!"
	done
	for pid in ${pids}; do
		wait "${pid}" || :
	done
	cat /mnt/err.*
	[ "$(cat /mnt/out.*)" = "$(for i in $(seq 16); do echo "${key}"; done)" ] &&
		[ "$(find "${cache}" -mindepth 1 -maxdepth 1 ! -name .lock | wc -l)" = 1 ] &&
		path_works
}
check "16 at once: one tree, all right, nothing left" at_once
at_once_without_locks() {
	export LD_PRELOAD=/mnt/fake.so FAKE_FLOCK=95
	at_once
}
check "16 at once, on a file system without locks" at_once_without_locks

# ---- each byte
mkdir /mnt/flip /mnt/flip-large
libs="$(pkg-config --libs libarchive libelf libkmod liblzma) -lpthread"
# shellcheck disable=SC2086 # lists
cc -fsanitize=address,undefined -o /mnt/flip.asan "${testdir}/programs/flip.c" \
	/mnt/asan/libkheaders.a ${libs}
# shellcheck disable=SC2086
cc -o /mnt/flip.bin "${testdir}/programs/flip.c" /mnt/bin/libkheaders.a ${libs}
check "a bit flipped in each byte of a small archive: refused" \
	/mnt/flip.asan /mnt/archives/good-streams.tar.xz 1 /mnt/flip
check "a bit flipped in every 1000th byte of a large one: refused" \
	/mnt/flip.bin "${part}" 1000 /mnt/flip-large

finish
