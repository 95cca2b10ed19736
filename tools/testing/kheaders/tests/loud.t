#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Where the packer fails, it says what failed, and nothing half-made stays
# behind or is taken for a good archive: on a small tree first, then on a
# kernel's, with make.
#
# Usage: loud.t [KERNEL]

. "$(dirname "$0")/../tap.sh"

# What is mounted here is gone at the end.
if [ "$(id -u)" = 0 ] && [ -z "${LOUD_NAMESPACE-}" ]; then
	LOUD_NAMESPACE=1 exec unshare -m "$0" "$@"
fi

kernel=${1:-7.3}
"${here}/packages.sh" host

# A source tree of two files and an object tree of one
mkdir -p "${tmp}/src/include" "${tmp}/obj/include/generated"
echo "int a; /* gone */" > "${tmp}/src/include/a.h"
echo "int b;" > "${tmp}/src/include/b.h"
echo "#define C" > "${tmp}/obj/include/generated/c.h"
cat > "${tmp}/obj/0.list" <<END
D include
S include/a.h
S include/b.h
D include/generated
O include/generated/c.h
END
echo LAYOUT=1 > "${tmp}/obj/info"
cc -O2 -o "${tmp}/strip" "${topdir}/kernel/kheaders_strip.c"

cp "${topdir}/kernel/gen_kheaders.sh" "${tmp}"
chmod 755 "${tmp}"

# $@: variables, and nothing else
pack() {
	(
		cd "${tmp}/obj"
		# shellcheck disable=SC2086 # a command, or none
		set -- ${as-} env srctree=../src objtree=. TAR=tar XZ=xz "$@" sh "${tmp}/gen_kheaders.sh"
		"$@" piece 0.tar.xz 0.list '' "${tmp}/strip" && "$@" archive out.tar.xz info '' 0.tar.xz
	)
}

nothing_left() {
	(cd "${tmp}/obj" && find . ! -name . -prune | sort) > "${tmp}/left"
	cat "${tmp}/left"
	printf '%s\n' ./0.list ./include ./info | cmp - "${tmp}/left"
}

packs() {
	pack V=1 && [ "$(tar -tJf "${tmp}/obj/out.tar.xz" | tr '\n' ' ')" = \
		"./.kheaders ./include/ ./include/a.h ./include/b.h ./include/generated/ ./include/generated/c.h " ]
}

check "packs" packs
rm -f "${tmp}"/obj/0.sum "${tmp}"/obj/*.tar.xz "${tmp}"/obj/.*.d "${tmp}/obj/kheaders-id"
check_fails "no tar" "no-such-tar: not found" pack TAR=no-such-tar
check_fails "no xz" "no-such-xz: not found" pack XZ=no-such-xz
check_fails "busybox tar" "is not GNU tar" pack TAR="busybox tar"
check_fails "bsdtar" "is not GNU tar" pack TAR=bsdtar
check "nothing left" nothing_left

# $1: a pattern, then as for pack; the build says it, and leaves nothing
fails_naming() {
	pattern=$1
	shift
	if pack "$@" 2> "${tmp}/stderr"; then
		return 1
	fi
	cat "${tmp}/stderr"
	grep -q -e "${pattern}" "${tmp}/stderr"
	nothing_left
}

# $1: a program; ${tmp}/$1 is one that does half its work and is killed
make_killed() {
	cat > "${tmp}/$1" <<-END
		#!/bin/sh
		[ "\$1" != --version ] || exec $1 --version
		$1 "\$@" | head -c 600
		kill -9 \$\$
	END
	chmod +x "${tmp}/$1"
}

check_fails "no date" "KBUILD_BUILD_TIMESTAMP=no date: not a date" pack KBUILD_BUILD_TIMESTAMP="no date"
check "busybox xz, which only unpacks" fails_naming "unrecognized option" XZ="busybox xz"
make_killed tar
check "tar that is killed half-way" fails_naming "tar: killed" TAR="${tmp}/tar"
make_killed xz
check "xz that is killed half-way" fails_naming "xz: killed" XZ="${tmp}/xz"
mv "${tmp}/strip" "${tmp}/strip.whole"
cat > "${tmp}/strip" <<END
#!/bin/sh
head -n 1 | "${tmp}/strip.whole" "\$@"
kill -9 \$\$
END
chmod +x "${tmp}/strip"
check "stripper that is killed half-way" fails_naming "strip: killed"
mv -f "${tmp}/strip.whole" "${tmp}/strip"

mv "${tmp}/src/include/b.h" "${tmp}/b.h"
check_fails "a listed header is gone" "include/b.h: No such file" pack
check "nothing left" nothing_left
mkdir "${tmp}/src/include/b.h"
check_fails "a listed header is a directory" "include/b.h: Is a directory" pack
check "nothing left" nothing_left
rmdir "${tmp}/src/include/b.h"

# Of 100 kB that do not compress well; nobody may read it.
od -A n -t x1 -N 30000 /dev/urandom > "${tmp}/src/include/b.h"

unreadable() {
	chmod 777 "${tmp}/obj"
	chmod 0 "${tmp}/src/include/b.h"
	as="setpriv --reuid=65534 --regid=65534 --clear-groups"
	fails_naming "include/b.h: Permission denied"
}

# $1: the size of the disk in kB
pack_on_disk() {
	mount -t tmpfs -o size="$1k" tmpfs "${tmp}/obj"
	cp -R "${tmp}/obj.whole/." "${tmp}/obj"
	shift
	result=0
	"$@" || result=$?
	umount "${tmp}/obj"
	return "${result}"
}

full_disk() {
	pack_on_disk "$1" fails_naming "No space left"
}

if [ "$(id -u)" = 0 ]; then
	check "a header that may not be read" unreadable
	chmod 644 "${tmp}/src/include/b.h"
	cp -R "${tmp}/obj" "${tmp}/obj.whole"
	for size in 60 160 240 320; do
		check "a disk of ${size} kB" full_disk "${size}"
	done
	check "a disk of 1 MB is large enough" pack_on_disk 1000 pack V=1
fi

# A kernel's tree
# shellcheck source=../packer.sh
. "${here}/packer.sh"

no_litter() {
	[ -z "$(find "${obj}/kernel" -name '*kheaders*.tmp*')" ]
}

# $1: INT or KILL; then the next build is right, and leaves nothing
interrupted() {
	rm -f "${obj}/kernel/kheaders-4.tar.xz" "${obj}/kernel/kheaders-0.tar.xz"
	after=$(od -A n -t u2 -N 2 /dev/urandom | awk '{ print 0.3 + $1 / 65536 * 3 }')
	echo "SIG$1 after ${after} s"
	timeout -s "$1" "${after}" make -C "${tree}" O="${obj}" ARCH=x86_64 -j2 kernel/kheaders.o || :
	if [ "$1" = INT ]; then
		sleep 0.5
		no_litter
	fi
	remake env
	cmp "${archive}" "${tmp}/archive"
	no_litter
}

same_with_read_only_source() {
	mount --bind "${tree}" "${tree}"
	mount -o remount,bind,ro "${tree}"
	[ ! -w "${tree}" ]
	rm -f "${obj}/kernel/kheaders-4.tar.xz"
	result=0
	remake env || result=$?
	umount "${tree}"
	[ "${result}" = 0 ]
	cmp "${archive}" "${tmp}/archive"
}

remake env > /dev/null
cp "${archive}" "${tmp}/archive"
for i in 1 2 3 4 5 6 7 8 9 10; do
	check "interrupted, ${i}" interrupted INT
	check "killed, ${i}" interrupted KILL
done
if [ "$(id -u)" = 0 ]; then
	check "the source is read-only" same_with_read_only_source
fi
finish
