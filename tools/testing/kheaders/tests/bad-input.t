#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What is wrong or missing is named, in one line, with what to do about it, and
# nothing half-made stays behind.

. "$(dirname "$0")/../tap.sh"

# Packages, on a system without apt
for program in xz tar make gcc flex; do
	path_without "${tmp}/bin" apt-get "${program}"
	check_fails "no ${program}, no apt-get" "missing: ${program} .*install" \
		env PATH="${tmp}/bin" sh -c "exec ${here}/packages.sh"
	rm -rf "${tmp:?}/bin"
done

# Kernel sources
check_fails "no such kernel" "neither a directory, a tarball nor" "${here}/source.sh" 1.2.3
mkdir "${tmp}/empty"
check_fails "a directory without a kernel" "no Kbuild" "${here}/source.sh" "${tmp}/empty"
mkdir -p "${tmp}/linux/kernel"
head -c 100000 /dev/urandom > "${tmp}/linux/Kbuild"
tar -cJf "${tmp}/linux.tar.xz" -C "${tmp}" linux
check "a tarball" [ -f "$("${here}/source.sh" "${tmp}/linux.tar.xz")/Kbuild" ]
head -c 50000 "${tmp}/linux.tar.xz" > "${tmp}/cut.tar.xz"
check_fails "a tarball cut short" "cut.tar.xz: cannot be unpacked .*fetch it again" \
	"${here}/source.sh" "${tmp}/cut.tar.xz"
check "and no tree is left of it" sh -c "! ls -d '${builddir}'/src/cut.tar.xz-*.tree"
tar -cJf "${tmp}/other.tar.xz" -C "${tmp}" empty
check_fails "a tarball without a kernel" "other.tar.xz: no kernel source" \
	"${here}/source.sh" "${tmp}/other.tar.xz"
if [ "$(id -u)" = 0 ]; then
	check_fails "no network" "is there a network" unshare -n \
		"${here}/debian.sh" bookworm dm-writeboost-dkms "${tmp}/deb"
fi
check_fails "no such package" "not to be had" "${here}/debian.sh" bookworm no-such-package "${tmp}/deb"
check "and nothing is left of it" [ ! -e "${tmp}/deb" ]
rm -rf "${builddir}/src/"*.tar.xz-*.tree*
check_fails "demo: no such guest" "neither um nor qemu" "${here}/demo.sh" 6.1 vmware

# The packer, on a source tree of two files and an object tree of one
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

# $@: variables, and nothing else
pack() {
	(
		cd "${tmp}/obj"
		set -- env srctree=../src objtree=. TAR=tar XZ=xz "$@" sh "${topdir}/kernel/gen_kheaders.sh"
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
fails_naming() {
	pattern=$1
	shift
	! pack "$@" 2> "${tmp}/stderr" && grep -e "${pattern}" "${tmp}/stderr"
}
check "tar that fails" fails_naming "no date" KBUILD_BUILD_TIMESTAMP="no date"
printf '%s\n' '#!/bin/sh' 'head -c 100; kill -9 $$' > "${tmp}/xz"
chmod +x "${tmp}/xz"
check "xz that is killed half-way" fails_naming "Killed" XZ="${tmp}/xz"
check "nothing left" nothing_left
mv "${tmp}/src/include/b.h" "${tmp}/b.h"
check_fails "a listed header is gone" "include/b.h: No such file" pack
check "nothing left" nothing_left
mkdir "${tmp}/src/include/b.h"
check_fails "a listed header is a directory" "include/b.h: Is a directory" pack
check "nothing left" nothing_left
finish
