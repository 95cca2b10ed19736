#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# List the files that kheaders.tar.xz is made of.
#
# Usage: kheaders_list.sh DIR BOUND...
#
# The archive is made in pieces, each of the names from one BOUND on up to the
# next; DIR/kheaders-0.list is of those before the first. A list that is what it
# was is not written. Each line is a letter and a name: S, a file in
# ${srctree}, with what it leads to if it is a link; O, what the build has
# generated, in ${objtree}; L, the linker script of modules, which is made for the
# archive; K, a file of our own in kernel/kheaders; D, a directory.
#
# DIR/kheaders-info is what the archive says of itself, in .kheaders.
#
# Run by kernel/Makefile.kheaders with ${srctree}, ${objtree}, ${ARCH}, ${SRCARCH},
# for um ${SUBARCH}, ${CONFIG_IKHEADERS_KIT} and, out of tree, ${KBUILD_EXTMOD}.

set -eu
: "${srctree:?}" "${objtree:?}" "${ARCH:?}" "${SRCARCH:?}"
export LC_ALL=C
unset CDPATH GREP_OPTIONS POSIXLY_CORRECT QUOTING_STYLE
# A pipe has the status of its end, so that all before that is a builtin, or ends
# with a line that has to arrive. bash, which some kernels make CONFIG_SHELL, else
# drops -e in a substitution.
# shellcheck disable=SC3040 # for bash alone
[ -z "${BASH_VERSION-}" ] || set -o posix

# Where the compiler looks for the kernel's headers, as Kbuild has it; what is not in
# a place that src_headers looks at would be missing.
check_include_dirs() {
	for option in ${LINUXINCLUDE-}; do
		dir=${option#-I}
		dir=${dir#"${srctree}/"}
		dir=${dir#"${objtree}/"}
		dir=${dir#./}
		case ${option%%/*}:${dir}/ in
		-I*:include/* | -I*:arch/*/include/* | -I*:arch/*/um/*) ;;
		-I*)
			echo "kheaders_list: ${dir}: is in LINUXINCLUDE, and its headers are not packed; add it to src_headers" >&2
			exit 1
			;;
		esac
	done
}

check_include_dirs
nl='
'
srctree=$(cd -P "${srctree}" && pwd)
objtree=$(cd -P "${objtree}" && pwd)
own=$(cd -P "$(dirname "$0")" && pwd)/kheaders
# um's headers include those of the architecture it runs on.
arch_dirs=arch/${SRCARCH}
if [ "${SRCARCH}" = um ]; then
	case ${SUBARCH:?} in
	i386 | x86*) arch_dirs="${arch_dirs} arch/x86" ;;
	*) arch_dirs="${arch_dirs} arch/${SUBARCH}" ;;
	esac
fi
# The options that are on, a line each
options=${nl}$(sed -n 's/=[ym]$//p' "${objtree}/include/config/auto.conf")${nl}

is_enabled() {
	case ${options} in
	*"${nl}$1${nl}"*) ;;
	*) return 1 ;;
	esac
}

has_kit() {
	[ "${CONFIG_IKHEADERS_KIT-}" = y ]
}

# For what only some kernels have; find rightly complains of all else.
existing() {
	for f in "$@"; do
		if [ -f "${f}" ]; then
			echo "${f}"
		fi
	done
}

# Those of an architecture are below its include/, for um in um/. A build system
# may hand in links, also to directories; where a header leads is said by ls, so
# that a list changes with it.
src_headers() {
	um=include
	[ "${SRCARCH}" != um ] || um=um
	set -- \( -path 'include/*' -o -path '*/include' -o -path '*/include/*' -o -path "*/${um}/*" \)
	# shellcheck disable=SC2086 # a list
	find -H include ${arch_dirs} -name '[!.]*.h' ! -type d ! -type l "$@" -print -o \
		\( -name generated -o -name boot -o -path include/config \) -prune -o \
		-type l -name '[!.]*.h' "$@" -exec ls -ln {} + -o \
		-type l "$@" -exec test -d {} \; \
		-exec sh -c 'find -L "$@" -name "[!.]*.h" ! -type d' sh {} +
}

# utsversion.h and compile.h are made later, and are not for modules.
obj_headers() {
	set -- include/generated
	for d in ${arch_dirs}; do
		if [ -d "${d}/include/generated" ]; then
			set -- "$@" "${d}/include/generated"
		fi
	done
	find "$@" -name '*.h' ! -path include/generated/utsversion.h \
		! -path include/generated/compile.h ! -type d -print
}

# The Makefiles of options that are off.
makefiles_off() {
	# shellcheck disable=SC2016 # the dollar is in the Makefile
	words=$(sed -n 's/^include-$(\(CONFIG_[A-Z0-9_]*\))[[:blank:]]*+=/\1/p' Makefile)
	for word in ${words}; do
		case ${word} in
		CONFIG_*) option=${word} ;;
		*) is_enabled "${option}" || echo "${word}" ;;
		esac
	done
}

# Less those that only the build of a kernel reads.
kbuild_makefiles() {
	makefiles_off=$(makefiles_off)
	for f in scripts/Makefile.*; do
		case ${f} in
		*.asm-* | *.dtbinst | *.headersinst | *.package | \
		*.thinlto | *.vdsoinst | *.vmlinux*) continue ;;
		esac
		case ${nl}${makefiles_off}${nl} in
		*"${nl}${f}${nl}"*) ;;
		*) echo "${f}" ;;
		esac
	done
}

# What else is in scripts/ belongs if one of these Makefiles, $@, names it, unless
# it is built there. The top Makefile names more than it uses for modules, of which
# two are up to 5.9.
kbuild_scripts() {
	existing scripts/Kbuild.include scripts/subarch.include scripts/checker-valid.sh \
		scripts/depmod.sh scripts/modules-check.sh scripts/pahole-*.sh
	names=$(grep -h -o 'scripts/[[:alnum:]_.-]*' scripts/Kbuild.include "$@")
	names="${names} $(sed -n -E 's:.*(scripts/(gcc-goto\.sh|module-[a-z]+\.lds)).*:\1:p' Makefile)"
	for f in ${names}; do
		case ${f} in
		*/Makefile* | */file-size.sh | */make_fit.py | */mkuboot.sh | */recordmcount* | \
		*/xz_wrap.sh) ;;
		*) [ -f "${f}.c" ] || existing "${f}" ;;
		esac
	done
}

# W=1 has it check the comments of modules, too.
kernel_doc() {
	if [ -f tools/docs/kernel-doc ]; then
		echo tools/docs/kernel-doc
		existing tools/lib/python/kdoc/*.py
	fi
}

# Kbuild itself, as far as the build of an external module reads it.
src_kbuild() {
	echo Makefile
	for d in ${arch_dirs}; do
		existing "${d}"/Makefile* "${d}/Kbuild.platforms" "${d}"/*/Platform \
			"${d}/module.lds" "${d}/kernel/module.lds"
	done
	makefiles=$(kbuild_makefiles)
	echo "${makefiles}"
	# shellcheck disable=SC2086 # a list
	kbuild_scripts ${makefiles}
	kernel_doc
}

# An installed tree has what a kernel that is being built makes later: the linker
# script, powerpc's object. .kernelvariables is Debian's.
obj_kbuild() {
	echo .config
	echo include/config/auto.conf
	echo include/config/kernel.release
	existing include/generated/rustc_cfg
	if [ "${KBUILD_EXTMOD-}" ]; then
		existing scripts/module.lds "arch/${SRCARCH}/module.lds" .kernelvariables \
			arch/powerpc/lib/crtsavres.o
	fi
}

# The sources of host programs below the directories named, less what a build
# in the source tree generates there.
find_program() {
	find "$@" -name '*.[ch]' ! -name '*.mod.c' ! -name elfconfig.h \
		! -name 'devicetable-offsets.[ch]' ! -name 'parse.tab.*' ! -name lex.lex.c \
		! -name empty.c ! -name mk_elfconfig.c ! -path '*/examples/*'
}

has_objtool() {
	is_enabled CONFIG_STACK_VALIDATION || is_enabled CONFIG_OBJTOOL
}

src_tools() {
	existing scripts/include/*.h
	find_program scripts/basic scripts/mod
	if [ "${SRCARCH}" = powerpc ]; then
		src_powerpc
	fi
	if is_enabled CONFIG_GENDWARFKSYMS; then
		find_program scripts/gendwarfksyms
	elif is_enabled CONFIG_MODVERSIONS; then
		find_program scripts/genksyms
	fi
	if is_enabled CONFIG_MODULE_SIG; then
		existing scripts/sign-file.c scripts/ssl-common.h \
			tools/include/uapi/linux/module_signature.h
	fi
	# 7.x has the second one alone
	if is_enabled CONFIG_FTRACE_MCOUNT_RECORD || is_enabled CONFIG_FTRACE_MCOUNT_USE_RECORDMCOUNT; then
		existing scripts/recordmcount.c scripts/recordmcount.h scripts/recordmcount.pl
	fi
	if has_objtool; then
		src_objtool
	fi
	if is_enabled CONFIG_GCC_PLUGINS; then
		src_gcc_plugins
	fi
	if is_enabled CONFIG_DEBUG_INFO_BTF_MODULES; then
		src_resolve_btfids
	fi
}

# The plugins that are on, less that of RANDSTRUCT; a seed may lie beside them.
src_gcc_plugins() {
	existing scripts/gcc-plugins/gcc-*.h
	for f in scripts/gcc-plugins/*_plugin.c; do
		plugin=$(basename "${f}" _plugin.c | tr '[:lower:]' '[:upper:]')
		if is_enabled "CONFIG_GCC_PLUGIN_${plugin}"; then
			echo "${f}"
		fi
	done
}

# Modules are linked with it, unless GNU ld, for 64 bits, has its own.
src_powerpc() {
	if ! is_enabled CONFIG_PPC64 || is_enabled CONFIG_LD_IS_LLD; then
		existing arch/powerpc/lib/crtsavres.S
	fi
}

# objtool is built by its own Makefile, with the parts of tools/ that it takes.
src_objtool() {
	existing tools/build/Build* tools/build/Makefile* tools/build/*.[ch] \
		tools/scripts/Makefile* tools/scripts/*.mak
	find tools/lib/subcmd tools/objtool \( -name 'Build*' -o -name 'Makefile*' -o \
		-name '*.sh' \)
	existing tools/Makefile
	sources=$(objtool_sources)
	echo "${sources}" |
		include_closure tools/objtool/include "tools/objtool/arch/${SRCARCH}/include"
}

objtool_sources() {
	find tools/objtool \( -path 'tools/objtool/arch/*' ! -path "tools/objtool/arch/${SRCARCH}" \
		! -path "tools/objtool/arch/${SRCARCH}/*" -o -name libsubcmd -o -name tests -o \
		-path tools/objtool/arch/x86/lib \) -prune -o -name '*.c' -print
	existing tools/lib/subcmd/*.c tools/build/*.c
	sed -n 's:.*\.\./\(lib/[a-z_]*\.c\).*:tools/\1:p' tools/objtool/Build
	echo "tools/arch/${SRCARCH}/include/asm/orc_types.h"
	find "tools/arch/${SRCARCH}" "tools/objtool/arch/${SRCARCH}" \
		\( -path '*/lib/*' -o -name 'gen-*' \) ! -path '*/lib/mem*' \
		! -name inat-tables.c ! -name cpu-feature-names.c -type f
}

# All of libbpf, and of tools/lib what its Build names.
src_resolve_btfids() {
	sources=$(
		existing tools/bpf/resolve_btfids/main.c tools/lib/bpf/*.c tools/lib/subcmd/*.c
		sed -n 's:^resolve_btfids-y += \(.*\)\.o:tools/lib/\1.c:p' \
			tools/bpf/resolve_btfids/Build
	)
	echo "${sources}" | include_closure tools/lib
}

# The files on stdin and what they include, as far as tools/ has it, whatever
# the conditions. $@: directories of headers, those of all tools aside.
include_closure() {
	set -- "$@" tools/include tools/include/uapi tools/lib \
		"tools/arch/${SRCARCH}/include" "tools/arch/${SRCARCH}/include/uapi"
	awk -v dirs="$*" '
	function clean(path) {
		while (sub("[^/.][^/]*/\\.\\./", "", path))
			;
		return path
	}
	# It must be read to its end before others are: they may include it, too.
	function scan(file,    line, status, names, name, i, j, count) {
		if (file in seen || file !~ "^tools/")
			return
		seen[file]
		while ((status = (getline line < file)) > 0)
			if (line ~ /^[ \t]*#[ \t]*include[ \t]*["<]/) {
				sub(/^[^"<]*["<]/, "", line)
				sub(/[">].*/, "", line)
				names = names " " line
			}
		if (status < 0)
			return
		close(file)
		print file
		sub("/[^/]*$", "", file)
		count = split(names, name)
		for (i = 1; i <= count; i++) {
			scan(clean(file "/" name[i]))
			if (name[i] in searched)
				continue
			searched[name[i]]
			for (j = 1; j <= n; j++)
				scan(clean(d[j] "/" name[i]))
		}
	}
	BEGIN { n = split(dirs, d) }
	{ scan($0) }'
}

# Sources that the build generates, so that the kit needs no flex, no bison
# and no object of the kernel's.
obj_tools() {
	echo scripts/mod/elfconfig.h
	echo scripts/mod/devicetable-offsets.h
	if is_enabled CONFIG_MODVERSIONS && ! is_enabled CONFIG_GENDWARFKSYMS; then
		echo scripts/genksyms/parse.tab.c
		echo scripts/genksyms/parse.tab.h
		echo scripts/genksyms/lex.lex.c
	fi
}

obj_programs() {
	for f in scripts/basic/fixdep scripts/mod/modpost* scripts/genksyms/genksyms \
		scripts/gendwarfksyms/gendwarfksyms scripts/recordmcount scripts/sign-file \
		scripts/gcc-plugins/*_plugin.so \
		tools/objtool/objtool* tools/bpf/resolve_btfids/resolve_btfids; do
		case ${f} in
		*.[cdo]) ;;
		*) existing "${f}" ;;
		esac
	done
}

# Are the sources there, those that are generated, too? An installed tree may lack
# them, the tree of a kernel that is being built does not.
has_sources() {
	[ "${KBUILD_EXTMOD-}" ] || return 0
	for f in $(obj_tools); do
		[ -f "${objtree}/${f}" ] || return
	done
	[ -f "${srctree}/scripts/mod/modpost.c" ] &&
		{ ! is_enabled CONFIG_GCC_PLUGINS ||
			[ -f "${srctree}/scripts/gcc-plugins/gcc-common.h" ]; } &&
		{ ! has_objtool || [ -f "${srctree}/tools/objtool/check.c" ]; }
}

# GNUmakefile runs them.
own_kit() {
	cd "${own}"
	find scripts -type f
}

src() {
	cd "${srctree}"
	src_headers
	if has_kit; then
		src_kbuild
		[ "${tools}" != source ] || src_tools
	fi
}

obj() {
	cd "${objtree}"
	obj_headers
	if has_kit; then
		obj_kbuild
		if [ "${tools}" = source ]; then
			obj_tools
		else
			obj_programs
		fi
	fi
}

# How the programs that Kbuild runs travel: as programs where an installed tree
# lacks their sources
tools() {
	if ! has_kit; then
		echo none
	elif has_sources; then
		echo source
	else
		echo programs
	fi
}

# $1: an option that is a string. Kconfig escapes quotes and backslashes; a shell
# gets it in apostrophes, as .kheaders is read by shells.
quoted_option() {
	sed -n -e "/^CONFIG_$1=/!d; s///; s/^\"\(.*\)\"\$/\1/; s/\\\\\(.\)/\1/g" \
		-e "s/'/'\\\\''/g; s/.*/$1='&'/p" "${objtree}/include/config/auto.conf"
}

# Names and places that clients rely on are LAYOUT's.
info() {
	echo LAYOUT=1
	echo "ARCH=${ARCH}"
	echo "SRCARCH=${SRCARCH}"
	sed -n -e 's/.*UTS_RELEASE "\(.*\)"/RELEASE=\1/p' \
		-e 's/^CONFIG_L[L]*D_VERSION=\([1-9].*\)/LD_VERSION=\1/p' \
		-e 's/^CONFIG_PAHOLE_VERSION=\(.*\)/PAHOLE_VERSION=\1/p' \
		"${objtree}/include/generated/utsrelease.h" "${objtree}/include/config/auto.conf"
	quoted_option CC_VERSION_TEXT
	echo "TOOLS=${tools}"
}

# $1: the file, which is not written where it says so already
write_info() {
	info=$(info)
	printf '%s\n' "${info}" | cmp -s - "$1" || printf '%s\n' "${info}" > "$1"
}

# stdin: files with their letters, to which come directories, before what is in
# them, and an end. $1: where the lists are, then the bounds
split() {
	dir=$1
	shift
	awk -v dir="${dir}" -v bounds="$*" '
	function is_list(file, i,    line, k, status, same) {
		same = 1
		k = 0
		while ((status = (getline line < file)) > 0)
			if (line != lines[i, ++k])
				same = 0
		close(file)
		return status == 0 && same && k == count[i] + 0
	}
	function write_list(file, i,    k) {
		printf "" > file
		for (k = 1; k <= count[i]; k++)
			print lines[i, k] > file
		close(file)
		if (is_list(file, i))
			return
		print "kheaders_list: " file ": cannot be written; is the disk full?" > "/dev/stderr"
		exit 1
	}
	function add(name, line) {
		while (i < n && name >= bound[i + 1])
			i++
		lines[i, ++count[i]] = line
	}
	function add_directory(name) {
		if (name in seen)
			return
		seen[name]
		if (match(name, "/[^/]*$"))
			add_directory(substr(name, 1, RSTART - 1))
		add(name, "D " name)
	}
	$1 == "E" { whole = 1; next }
	{
		if (match($2, "/[^/]*$"))
			add_directory(substr($2, 1, RSTART - 1))
		add($2, $0)
	}
	BEGIN {
		n = split(bounds, bound, " ")
		i = 0
	}
	END {
		if (!whole) {
			print "kheaders_list: " dir ": lists not written; find, sed, awk or sort failed or was killed" > "/dev/stderr"
			exit 1
		}
		for (i = 0; i <= n; i++) {
			file = dir "/kheaders-" i ".list"
			if (!is_list(file, i))
				write_list(file, i)
		}
	}'
}

for d in ${arch_dirs}; do
	[ -d "${srctree}/${d}/include" ] || {
		echo "kheaders_list: ${srctree}/${d}/include: no such directory; check ARCH=" >&2
		exit 1
	}
done
tools=$(tools)
write_info "$1/kheaders-info"
# The last line, "E ~" when it is sorted, says that all before it are there.
{
	echo S
	src
	echo O
	obj
	if has_kit && [ -z "${KBUILD_EXTMOD-}" ] && [ -f "${srctree}/scripts/module.lds.S" ]; then
		echo L
		echo scripts/module.lds
	fi
	if has_kit; then
		echo K
		own_kit
	fi
	echo E
	echo '~'
} | awk '
	/^[SOLKE]$/ { letter = $1; next }
	/ -> / { $0 = $(NF - 2) " " $NF }
	{ print letter, $0 }' | sort -u -k 2,2 | split "$@"
