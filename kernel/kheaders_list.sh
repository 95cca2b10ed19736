#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Print the files that kheaders.tar.xz is made of, one a line, sorted.
#
# Usage: kheaders_list.sh src|obj
#
# "src": what comes from the source tree, relative to ${srctree}.
# "obj": what the build has generated, relative to the current directory.
# Run by kernel/Makefile.kheaders with ${srctree}, ${SRCARCH} and, for um,
# ${SUBARCH}.

set -eu
: "${srctree:?}" "${SRCARCH:?}"
export LC_ALL=C

config=$(realpath include/config/auto.conf)

is_enabled() {
	grep -q "^$1=y" "${config}"
}

# For what only some kernels have; find rightly complains of all else.
existing() {
	for f in "$@"; do
		if [ -e "${f}" ]; then
			echo "${f}"
		fi
	done
}

# um's headers include those of the architecture it runs on.
arch_dirs() {
	echo "arch/${SRCARCH}"
	if [ "${SRCARCH}" = um ]; then
		case ${SUBARCH:?} in
		i386 | x86*) echo arch/x86 ;;
		*) echo "arch/${SUBARCH}" ;;
		esac
	fi
}

src_headers() {
	for d in include $(arch_dirs); do
		find "${d}" \( -path '*/generated' -o -path '*/boot' -o \
			-path include/config \) -prune -o \
			\( -path 'include/*' -o -path '*/include/*' -o -path '*/um/*' \) \
			-name '*.h' ! -type d -print
	done
}

# utsversion.h and compile.h are made later, and are not for modules.
obj_headers() {
	for d in include $(arch_dirs); do
		if [ "${d}" != include ]; then
			d=${d}/include
		fi
		if [ -d "${d}/generated" ]; then
			find "${d}/generated" -name '*.h' ! -path include/generated/utsversion.h \
				! -path include/generated/compile.h ! -type d -print
		fi
	done
}

# Kbuild itself, as far as the build of an external module reads it.
src_kbuild() {
	echo Makefile
	for d in $(arch_dirs); do
		find "${d}" -maxdepth 1 -name 'Makefile*'
		find "${d}" -name Kbuild.platforms -o -name Platform
	done
	find scripts -maxdepth 1 ! -type d \( -name 'Makefile*' -o -name '*.include' -o \
		-name '*.sh' -o -name '*.scl' -o -name '*-suppression.txt' \)
	existing scripts/module-common.c scripts/check-local-export scripts/makelst \
		scripts/nsdeps scripts/recordmcount.pl
}

obj_kbuild() {
	echo .config
	echo include/config/auto.conf
	echo include/config/kernel.release
	existing include/generated/rustc_cfg scripts/basic/randstruct.seed
}

# The sources of host programs below the directories named, less what a build
# in the source tree generates there.
find_program() {
	find "$@" -name '*.[ch]' ! -name '*.mod.c' ! -name elfconfig.h \
		! -name 'devicetable-offsets.[ch]' ! -name 'parse.tab.*' ! -name lex.lex.c \
		! -name empty.c ! -name mk_elfconfig.c ! -path '*/examples/*'
}

src_tools() {
	find_program scripts/basic scripts/mod
	if [ -d scripts/include ]; then
		find_program scripts/include
	fi
	if is_enabled CONFIG_MODVERSIONS; then
		find_program scripts/genksyms
		if [ -d scripts/gendwarfksyms ]; then
			find_program scripts/gendwarfksyms
		fi
	fi
	if is_enabled CONFIG_MODULE_SIG_FORMAT; then
		existing scripts/sign-file.c scripts/ssl-common.h
	fi
	if is_enabled CONFIG_FTRACE_MCOUNT_RECORD; then
		existing scripts/recordmcount.c scripts/recordmcount.h
	fi
	if is_enabled CONFIG_STACK_VALIDATION || is_enabled CONFIG_OBJTOOL; then
		src_objtool
	fi
}

# objtool, with the parts of tools/ that its Makefile takes.
src_objtool() {
	find tools/objtool tools/lib/subcmd tools/build \
		\( -name Documentation -o -name feature -o -name tests -o -name libsubcmd -o \
		-path tools/objtool/arch/x86/lib \) -prune -o \
		\( -name '*.[ch]' -o -name '*.sh' -o -name 'Makefile*' -o -name 'Build*' \) -print
	find tools/lib -maxdepth 1 -name '*.[ch]'
	find tools/scripts -name 'Makefile*' -o -name '*.mak'
	find tools/include -name '*.h' ! -type d
	for d in include lib tools; do
		find "tools/arch/${SRCARCH}" -path "tools/arch/*/${d}/*" ! -type d \
			! -path '*/lib/mem*' -print
	done
	existing tools/Makefile
}

# Sources that the build generates, so that the kit needs no flex, no bison
# and no object of the kernel's.
obj_tools() {
	echo scripts/mod/elfconfig.h
	echo scripts/mod/devicetable-offsets.h
	if is_enabled CONFIG_MODVERSIONS; then
		existing scripts/genksyms/parse.tab.c scripts/genksyms/parse.tab.h \
			scripts/genksyms/lex.lex.c
	fi
}

src() {
	cd "${srctree}"
	src_headers
	if is_enabled CONFIG_IKHEADERS_KIT; then
		src_kbuild
		src_tools
	fi
}

obj() {
	obj_headers
	if is_enabled CONFIG_IKHEADERS_KIT; then
		obj_kbuild
		obj_tools
	fi
}

# bash, which some kernels make CONFIG_SHELL, drops -e in a substitution.
list=$(set -e; "$1")
echo "${list}" | sort -u
