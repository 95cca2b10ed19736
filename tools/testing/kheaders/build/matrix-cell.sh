#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# For one kernel, architecture, compiler and way to build: pack the archive, build modules
# against the archive and against the tree, and compare them.
#
# Usage: matrix-cell.sh KERNEL ARCH gcc|clang in-tree|O= m|y
#
# KERNEL is an argument of source.sh, ARCH is Debian's name or "um". Exit status: 0; 1
# with the end of the log on stderr; 2 if the combination does not exist, with the reason
# on stdout. The build is kept, for the same combination with the other of m and y.

. "$(dirname "$0")/../../../../scripts/common.sh"

use_ccache
[ $# = 5 ] || die "usage: matrix-cell.sh KERNEL ARCH gcc|clang in-tree|O= m|y"
kernel=$1
arch=$2
compiler=$3
output=$4
way=$5

# Debian's architecture, Kbuild's, the compiler's and the configuration
architectures='
x86_64 x86_64 - x86_64_defconfig
i386 i386 - i386_defconfig
arm64 arm64 aarch64-linux-gnu defconfig
arm arm arm-linux-gnueabihf multi_v7_defconfig
riscv64 riscv riscv64-linux-gnu defconfig
ppc64le powerpc powerpc64le-linux-gnu ppc64le_defconfig
s390x s390 s390x-linux-gnu defconfig
mips64el mips mips64el-linux-gnuabi64 loongson3_defconfig
um um - x86_64_defconfig'

not_applicable() {
	echo "$*"
	exit 2
}

choose_arch() {
	line=$(echo "${architectures}" | grep "^${arch} ") ||
		die "${arch}: none of$(echo "${architectures}" | sed 's/ .*//' | tr '\n' ' ')"
	config=${line##* }
	line=${line#* }
	karch=${line%% *}
	line=${line#* }
	cross=${line%% *}-
	[ "${cross}" != -- ] || cross=
	srcarch=${karch}
	case ${karch} in
	x86_64 | i386) srcarch=x86 ;;
	esac
}

# What the tree says of LLVM= and an architecture. Where it says nothing of any, it
# is old, and was built with an ld.lld that had no s390; where its Kbuild reads no
# LLVM=, clang is asked for by name, for the machine's own architecture.
llvm_of_tree() {
	# shellcheck disable=SC2016 # the dollar is make's
	if ! grep -q '^if.*\$(LLVM)' "${source}/Makefile"; then
		[ "${cross}" ] || echo CC=clang
		return
	fi
	rst=${source}/Documentation/kbuild/llvm.rst
	if grep -q -s '^ *\* - Architecture' "${rst}"; then
		awk -v arch="${srcarch}" '$1 == "*" && $3 == arch { getline; getline; print }' "${rst}"
	elif [ "${karch}" != s390 ]; then
		echo LLVM=1
	fi
}

# Debian 12 has clang 14 and, for kernels that want a newer one, clang 19; the
# older one cannot compile mips' O32 calls for a CPU of 64 bits.
choose_compiler() {
	[ "${compiler}" = clang ] || return 0
	case $(llvm_of_tree) in
	*LLVM=1*) ;;
	CC=clang)
		by_name=CC=clang
		return
		;;
	*) not_applicable "the kernel's llvm.rst has no LLVM=1 for ${karch}" ;;
	esac
	by_name=LLVM=1
	min=$(SRCARCH=${karch} "${source}/scripts/min-tool-version.sh" llvm 2> /dev/null || echo 10)
	[ "${min%%.*}" -lt 13 ] && [ "${karch}" != mips ] || by_name=LLVM=-19
	[ "${by_name}" = LLVM=1 ] || grep -q LLVM_SUFFIX "${source}/Makefile" ||
		not_applicable "the kernel's make has no LLVM=-19, and clang 14 no O32 for mips of 64 bits"
}

# $1: the log, then make's arguments
make_logged() {
	log_name=$1
	shift
	run_logged "${dir}/${log_name}.log" make -j"$(nproc)" ${cross:+"CROSS_COMPILE=${cross}"} \
		${by_name:+"${by_name}"} "$@"
}

# The old ones' own objtool warns, with a compiler of today.
make_kernel() {
	make_logged "$1" -C "${tree}" ${separate:+"O=${obj}"} ARCH="${karch}" WERROR=0 "$@"
}

# What was built of another tree of that name is of no use. No compiler plugins,
# which kit.t tests. No SELinux, whose host programs of 4.19 do not compile with the
# headers of a newer C library.
configure() {
	if [ "${separate}" ] && [ -f "${obj}/.config" ] &&
		[ "$(find "${tree%/*}/source" -newer "${obj}/.config")" ]; then
		rm -rf "${obj}"
	fi
	# Not every one is a file, but one need not be read twice.
	[ -f "${obj}/.config" ] ||
		cp "${tree}/arch/${srcarch}/configs/${config}" "${obj}/.config" 2> /dev/null ||
		make_kernel "${config}"
	cat >> "${obj}/.config" <<-END
		CONFIG_MODULES=y
		CONFIG_MODULE_UNLOAD=y
		CONFIG_MODVERSIONS=y
		CONFIG_IKHEADERS=${way}
		CONFIG_IKHEADERS_KIT=y
		CONFIG_DEBUG_INFO_NONE=y
		# CONFIG_DEBUG_INFO is not set
		# CONFIG_GCC_PLUGINS is not set
		# CONFIG_SECURITY_SELINUX is not set
		# CONFIG_WERROR is not set
	END
	make_kernel olddefconfig
	for option in MODVERSIONS=y IKHEADERS="${way}" IKHEADERS_KIT=y ${by_name:+CC_IS_CLANG=y}; do
		grep -q -x "CONFIG_${option}" "${obj}/.config" ||
			die "CONFIG_${option}: cannot be enabled"
	done
}

# arm64's loader of modules has no global offset table, and the archive is a weak symbol.
check_relocations() {
	if [ "${way}" = m ] && LC_ALL=C readelf -rW "${obj}/kernel/kheaders.o" |
		grep 'GOT.* kernel_headers_data' >&2; then
		die "kheaders.o finds the archive in a global offset table, and could not be loaded"
	fi
}

unpack() {
	rm -rf "${dir}/archive"
	mkdir "${dir}/archive"
	tar -xJf "${obj}/kernel/kheaders_data.tar.xz" -C "${dir}/archive"
	grep -q -x TOOLS=source "${dir}/archive/.kheaders" ||
		die "the archive has no sources of programs"
	no_elf_file "${dir}/archive" >&2 || die "the archive has ELF files"
}

# All in ${testdir}/data/modules, to be left in ${dir}/$1; then make's arguments. File
# names in them lose what differs.
make_modules() {
	to=${dir}/$1
	shift
	rm -rf "${dir}/modules" "${to}"
	cp -R "${testdir}/data/modules" "${dir}"
	maps=
	for prefix in "${tree}" "${obj}" "${dir}/archive" .; do
		maps="${maps} -fmacro-prefix-map=${prefix}/="
	done
	make_logged "$(basename "${to}")" "$@" M="${dir}/modules" \
		KBUILD_MODPOST_WARN=1 KCFLAGS="${maps}" modules
	mkdir "${to}"
	find "${dir}/modules" -name '*.ko' -exec mv -t "${to}" {} +
}

compare_modules() {
	modules=$(cd "${dir}/of-tree" && echo ./*.ko)
	[ "$(echo "${modules}" | wc -w)" = \
		"$(find "${testdir}/data/modules" -mindepth 1 -maxdepth 1 -type d | wc -l)" ] ||
		die "not all modules were made, only ${modules}"
	for module in ${modules}; do
		cmp "${dir}/of-tree/${module}" "${dir}/of-archive/${module}" >&2 ||
			die "${module}: not the same; both are below ${dir}"
	done
}

# stdin: names of headers; those directories directly below include/ and
# include/uapi/ that they are in
header_classes() {
	sed -E -n 's:^(include/(uapi/)?[^/]*)/.*:\1:p' | sort -u
}

# The module "classes" that was made last, of the archive, took a header of each
# class that the tree has or that is generated. What include/config has are none,
# Hyper-V's are of two architectures, and not everywhere has asm/ KVM's part.
check_classes() {
	sed -e 's/^ *//' -e "s:^${dir}/archive/::" \
		"${dir}/modules/classes/.kheaders_classes.o.cmd" |
		header_classes > "${dir}/classes-used"
	echo include/config >> "${dir}/classes-used"
	case ${karch} in
	arm | riscv | um) printf 'include/%s\n' hyperv kvm ;;
	mips | powerpc | s390) echo include/hyperv ;;
	esac >> "${dir}/classes-used"
	{
		(cd "${tree}" && find include -name '*.h')
		echo include/generated/
	} | header_classes > "${dir}/classes"
	missing=$(grep -v -x -F -f "${dir}/classes-used" "${dir}/classes" | tr '\n' ' ')
	[ -z "${missing}" ] || die "the module of all classes took no header of ${missing}"
}

choose_arch
source=$("${fetchdir}/source.sh" "${kernel}")
by_name=
choose_compiler
name=$(basename "${kernel}")
dir=${builddir}/matrix/${name}-${arch}-${compiler}-${output%=}
case ${output} in
in-tree)
	separate=
	tree=${dir}/tree
	obj=${tree}
	;;
O=)
	separate=yes
	tree=${builddir}/matrix/${name}/tree
	obj=${dir}/obj
	;;
*) die "${output}: neither in-tree nor O=" ;;
esac
mkdir -p "${dir}" "${obj%/tree}"
"${testdir}/build/tree.sh" "${kernel}" "${tree}"
configure
# Up to 5.3 only what has a source is a goal.
mkdir -p "${obj}/kernel"
[ -e "${obj}/kernel/kheaders_data.S" ] || touch "${obj}/kernel/kheaders_data.S"
# Up to 5.3, make runs the rules of a directory once for each goal, all at the same time.
if grep -q '^ *single-build' "${tree}/Makefile"; then
	set -- "kernel/kheaders.o kernel/kheaders_data.o"
else
	set -- kernel/kheaders.o kernel/kheaders_data.o
fi
for goals in "$@"; do
	# shellcheck disable=SC2086 # a list
	make_kernel ${goals} XZ="${testdir}/programs/quick-xz.sh"
done
check_relocations
unpack
make_kernel modules_prepare
[ ! -f "${dir}/archive/arch/powerpc/lib/crtsavres.S" ] || make_kernel arch/powerpc/lib/crtsavres.o
make_modules of-tree -C "${obj}" ARCH="${karch}"
# The archive knows that clang has built the kernel, if not which one.
[ "${by_name}" = LLVM=-19 ] || by_name=
make_modules of-archive -C "${dir}/archive"
compare_modules
check_classes
