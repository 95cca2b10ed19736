# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# The files of the kit: what the build of an external module can reach in the
# full tree. Sourced by kheaders_list.sh, whose functions and variables it uses.
#
# The tree's own Makefiles say which files these are: the top one and what it
# names in lines that count with M=, and for a host program the Makefile in its
# directory. Programs that have been built are no source for that: they depend on
# the libraries of the build host, and on what was built before.
#
# shellcheck disable=SC2154 # the variables of kheaders_list.sh
# shellcheck disable=SC2164 # which has -e

# stdin: files that exist, each after "-", and those to begin with. Print the latter
# and all that these name: F, a file, or P, a host program. In a Makefile, branches
# for other configurations and for the kernel itself do not count. A file with a .cmd
# file was generated. Kconfig never runs, and the seed of RANDSTRUCT is secret.
reach() {
	awk -v dir="${srctree}" -v conf="${objtree}/include/config/auto.conf" '
	# Is a condition of make true? -1: unknown
	function is_true(line,    def, negative, w, n, value, equal) {
		sub(/[ \t]*#.*/, "", line)
		sub(/^ *(else +)?if/, "", line)
		negative = line ~ /^n/
		def = line ~ /^n?def/
		sub(/^n?(def|eq)/, "", line)
		gsub(/[$(), \t]+/, " ", line)
		n = split(line, w, " ")
		if (w[1] !~ /^(CONFIG_[A-Z0-9_]*|KBUILD_EXTMOD|(config|mixed)-(build|targets))$/ ||
		    n > 2 || w[2] ~ /[A-Z]/)
			return -1
		value = w[1] == "KBUILD_EXTMOD" ? "dir" : option[w[1]] ""
		equal = def ? value != "" : value == w[2] ""
		return negative ? !equal : equal
	}
	function is_skipped(line,    i, truth) {
		if (line ~ /^ *if(n?eq|n?def)[ (]/) {
			truth = is_true(line)
			taken[++depth] = truth == 1
			off[depth] = truth == 0
		} else if (line ~ /^ *else/) {
			truth = line ~ /^ *else +if/ ? is_true(line) : 1
			off[depth] = taken[depth] || truth == 0
			taken[depth] = taken[depth] || truth == 1
		} else if (line ~ /^ *endif/) {
			depth--
		}
		for (i = 1; i <= depth; i++)
			if (off[i])
				return 1
		return 0
	}
	# $@ is the target of the rule.
	function names_in(line, dir,    names) {
		sub(/(^|[ \t])#.*/, "", line)
		if (match(line, /^[a-z][a-z-]*:/))
			target = substr(line, 1, RLENGTH - 1)
		gsub(/\$@/, target, line)
		gsub(/\$\(dirname \$0\)\//, dir, line)
		while (match(line, /(scripts|tools\/docs)\/[A-Za-z0-9_.\/-]*[A-Za-z0-9_]/)) {
			names = names " " substr(line, RSTART, RLENGTH)
			line = substr(line, RSTART + RLENGTH)
		}
		return names
	}
	function imports_in(line,    names, i) {
		if (line !~ /^ *(from|import) [a-z_.]+/)
			return ""
		sub(/^ *(from|import) /, "", line)
		sub(/[^a-z_.].*/, "", line)
		gsub(/\./, "/", line)
		for (i = 1; i <= 2; i++)
			names = names " " python[i] "/" line ".py"
		return names
	}
	# A file is read to its end before others are: they may name it as well.
	function scan(file,    line, dir, names, name, i, n, is_python) {
		if (file in seen || file ~ /^scripts\/(kconfig|package|sbom)\// || file ~ /\.seed$/)
			return
		seen[file]
		if ((file ".c") in exists) {
			print "P", file
			return
		}
		dir = line = file
		sub(/[^\/]*$/, "", dir)
		sub(/[^\/]*$/, ".&.cmd", line)
		if (!(file in exists) || line in exists || (getline line < file) <= 0)
			return
		print "F", file
		is_python = file ~ /\.py$/ || line ~ /python/
		depth = 0
		target = ""
		if (file !~ /\.[ch]$/ && index(line, "ELF") != 2)
			do
				if (file !~ /Makefile/ || !is_skipped(line))
					names = names (is_python ? imports_in(line) : \
						names_in(line, dir))
			while ((getline line < file) > 0)
		close(file)
		n = split(names, name, " ")
		for (i = 1; i <= n; i++)
			scan(name[i])
	}
	BEGIN {
		split("tools/lib/python scripts/lib", python, " ")
		while ((getline line < conf) > 0)
			if (match(line, /^[A-Z0-9_]+=/))
				option[substr(line, 1, RLENGTH - 1)] = substr(line, RLENGTH + 1)
	}
	$1 == "-" { exists[$2]; next }
	{ root[++roots] = $1 }
	END {
		if (!("Makefile" in exists)) {
			print "kheaders_list: " dir ": lists not written;", \
				"find, sed, awk or sort failed or was killed" > "/dev/stderr"
			exit 1
		}
		for (r = 1; r <= roots; r++)
			scan(root[r])
	}'
}

# What reach may find, and at the end what it begins with, if all went well
known_files() {
	set -- scripts
	for d in tools/docs tools/lib/python; do
		[ ! -d "${d}" ] || set -- "$@" "${d}"
	done
	find -H "$@" -type f
	# shellcheck disable=SC2046 # a list
	existing $(find -H "$@" -type l)
	roots
}

# A directory below scripts/ that is built if an option is on
is_directory_on() {
	blanks='[[:blank:]]*'
	option=$(sed -n "s:^subdir-\$(\(CONFIG_[A-Z0-9_]*\))${blanks}+=${blanks}${1##*/}\$:\1:p" \
		scripts/Makefile)
	[ -z "${option}" ] || is_enabled "${option}"
}

# What Kbuild builds in the directories named, as make reads their Makefiles: a
# program and its objects in each line. No command is run. Up to 5.5 the variable
# was hostprogs-y, in 5.6 and 5.7 always-y.
host_programs() {
	{
		echo "include ${objtree}/include/config/auto.conf"
		for dir in "$@"; do
			# shellcheck disable=SC2016 # the dollars are for make
			printf '%s\n' 'hostprogs-always-y :=' 'hostprogs-y :=' 'always-y :=' \
				"src := ${dir}" "obj := ${dir}" "include ${dir}/Makefile" \
				'programs := $(filter-out %.o,$(always-y))' \
				'programs += $(hostprogs-always-y) $(hostprogs-y)' \
				'files = $(addprefix $(obj)/,$p $(or $($p-objs),$p.o))' \
				'$(foreach p,$(sort $(programs)),$(info $(files)))'
		done
		printf '%s\n' '.DEFAULT_GOAL := none' 'none: ;'
	} | MAKEFLAGS='' MAKEFILES='' GNUMAKEFLAGS='' ${MAKE:-make} -rRs SHELL=false -f -
}

# $@: programs. What they are made of is sources, also generated ones: the kit
# needs no flex, no bison and no object of the kernel's.
program_sources() {
	directories=
	for program in "$@"; do
		dir=${program%/*}
		case " ${directories} " in
		*" ${dir} "*) ;;
		*) ! is_directory_on "${dir}" || directories="${directories} ${dir}" ;;
		esac
	done
	# shellcheck disable=SC2086 # a list
	built=$(host_programs ${directories})
	echo "${built}" | while read -r program objects; do
		# shellcheck disable=SC2086 # a list
		case " $* " in
		*" ${program} "*) printf '%s\n' ${objects} ;;
		esac
	done | sed 's/\.o$/.c/'
}

has_objtool() {
	is_enabled CONFIG_STACK_VALIDATION || is_enabled CONFIG_OBJTOOL
}

# objtool is built by its own Makefile, with the parts of tools/ that it takes.
objtool_files() {
	existing tools/Makefile tools/build/Build* tools/build/Makefile* tools/build/*.[ch] \
		tools/scripts/Makefile* tools/scripts/*.mak tools/lib/subcmd/*.c \
		"tools/arch/${SRCARCH}/include/asm/orc_types.h"
	find tools/lib/subcmd tools/objtool -name 'Build*' -o -name 'Makefile*' -o -name '*.sh'
	find tools/objtool \( -path 'tools/objtool/arch/*' ! -path "tools/objtool/arch/${SRCARCH}" \
		! -path "tools/objtool/arch/${SRCARCH}/*" -o -name libsubcmd -o -name tests -o \
		-path tools/objtool/arch/x86/lib \) -prune -o -name '*.c' -print
	sed -n 's:.*\.\./\(lib/[a-z_]*\.c\).*:tools/\1:p' tools/objtool/Build
	find "tools/arch/${SRCARCH}" "tools/objtool/arch/${SRCARCH}" \
		\( -path '*/lib/*' -o -name 'gen-*' \) ! -path '*/lib/mem*' \
		! -name inat-tables.c ! -name cpu-feature-names.c -type f
}

# All of libbpf, and of tools/lib what its Build names
resolve_btfids_files() {
	# shellcheck disable=SC2046 # a list
	existing tools/bpf/resolve_btfids/main.c tools/lib/bpf/*.c tools/lib/subcmd/*.c \
		$(sed -n 's:^resolve_btfids-y += \(.*\)\.o:tools/lib/\1.c:p' \
			tools/bpf/resolve_btfids/Build)
}

# The plugins that are on, less that of RANDSTRUCT; a seed may lie beside them.
plugin_files() {
	existing scripts/gcc-plugins/gcc-*.h
	for f in scripts/gcc-plugins/*_plugin.c; do
		plugin=$(basename "${f}" _plugin.c | tr '[:lower:]' '[:upper:]')
		if is_enabled "CONFIG_GCC_PLUGIN_${plugin}"; then
			echo "${f}"
		fi
	done
}

# The files on stdin and what they include, as far as it is in the directories of
# host programs, whatever the conditions: S, in the source tree, or O, generated.
# What is on stdin and nowhere else is said to be S, so that the packer names it.
include_closure() {
	awk -v objtree="${objtree}" -v dirs="scripts scripts/include scripts/dtc/libfdt \
			tools/objtool/include tools/objtool/arch/${SRCARCH}/include \
			tools/include tools/include/uapi tools/lib \
			tools/arch/${SRCARCH}/include tools/arch/${SRCARCH}/include/uapi" '
	function clean(path) {
		while (sub("[^/.][^/]*/\\.\\./", "", path))
			;
		return path
	}
	# It must be read to its end before others are: they may include it, too.
	function scan(file,    path, letter, line, status, names, name, i, j, count) {
		if (file in seen || file !~ "^(tools|scripts|certs)/")
			return
		path = file
		letter = "S"
		status = (getline line < path)
		if (status < 0) {
			path = objtree "/" file
			letter = "O"
			status = (getline line < path)
		}
		seen[file] = status
		if (status < 0)
			return
		print letter, file
		while (status > 0) {
			if (line ~ /^[ \t]*#[ \t]*include[ \t]*["<]/) {
				sub(/^[^"<]*["<]/, "", line)
				sub(/[">].*/, "", line)
				names = names " " line
			}
			status = (getline line < path)
		}
		close(path)
		sub("/[^/]*$", "", file)
		count = split(names, name, " ")
		for (i = 1; i <= count; i++) {
			scan(clean(file "/" name[i]))
			if (name[i] in searched)
				continue
			searched[name[i]]
			for (j = 1; j <= n; j++)
				scan(clean(d[j] "/" name[i]))
		}
	}
	BEGIN { n = split(dirs, d, " ") }
	{
		scan($0)
		if (seen[$0] < 0)
			print "S", $0
	}'
}

# extract-cert is in certs/ since 5.18, where no Makefile says whether it is needed.
tool_files() {
	# shellcheck disable=SC2086 # a list
	program_sources ${programs}
	! is_enabled CONFIG_MODULE_SIG || existing certs/extract-cert.c
	! is_enabled CONFIG_GCC_PLUGINS || plugin_files
	! is_enabled CONFIG_DEBUG_INFO_BTF_MODULES || resolve_btfids_files
	! has_objtool || objtool_files
}

# Modules of powerpc are linked with it, unless GNU ld, for 64 bits, has its own.
linked_objects() {
	[ "${SRCARCH}" = powerpc ] || return 0
	if ! is_enabled CONFIG_PPC64 || is_enabled CONFIG_LD_IS_LLD; then
		existing arch/powerpc/lib/crtsavres.S
	fi
}

# What the walk begins with: Makefiles, and what nothing calls but people and dkms
roots() {
	echo Makefile
	for d in ${arch_dirs}; do
		existing "${d}"/Makefile* "${d}/Kbuild.platforms" "${d}"/*/Platform \
			"${d}/module.lds" "${d}/kernel/module.lds"
	done
	printf '%s\n' scripts/config scripts/decode_stacktrace.sh scripts/faddr2line \
		scripts/sign-file scripts/extract-cert scripts/insert-sys-cert
}

# An installed tree has what a kernel that is being built makes later: the linker
# script, powerpc's object. .kernelvariables is Debian's.
obj_kit() {
	cd "${objtree}"
	printf '%s\n' .config include/config/auto.conf include/config/kernel.release
	existing include/generated/rustc_cfg
	if [ "${KBUILD_EXTMOD-}" ]; then
		existing scripts/module.lds "arch/${SRCARCH}/module.lds" .kernelvariables \
			arch/powerpc/lib/crtsavres.o
	fi
}

# Debian has programs in several files.
obj_programs() {
	cd "${objtree}"
	for f in ${files} ${programs} tools/objtool/objtool \
		tools/bpf/resolve_btfids/resolve_btfids scripts/gcc-plugins/*_plugin.so; do
		existing "${f}" "${f}".real-*
	done
}

# $@: files, which are in one of the trees
all_exist() {
	for f in "$@"; do
		[ -f "${f}" ] || [ -f "${objtree}/${f}" ] || return
	done
}

# Of an installed tree, which may lack sources, also those that are generated; the
# tree of a kernel that is being built does not.
has_sources() {
	all_exist scripts/Makefile scripts/mod/modpost.c scripts/mod/elfconfig.h \
		scripts/mod/devicetable-offsets.h || return
	! has_objtool || all_exist tools/objtool/check.c || return
	! is_enabled CONFIG_GCC_PLUGINS || all_exist scripts/gcc-plugins/gcc-common.h || return
	! is_enabled CONFIG_DEBUG_INFO_BTF_MODULES ||
		all_exist tools/bpf/resolve_btfids/main.c || return
	# shellcheck disable=SC2046 # a list
	all_exist $(tool_files)
}

# Sets ${tools}: how the programs that Kbuild runs travel. An installed tree that
# lacks their sources has the programs.
find_kit() {
	cd "${srctree}"
	reached=$({
		known_files | sed 's/^/- /'
		roots
	} | reach)
	files=$(echo "${reached}" | sed -n 's/^F //p'
		[ ! -d scripts/coccinelle ] || find scripts/coccinelle -name '*.cocci')
	programs=$(echo "${reached}" | sed -n 's/^P //p')
	tools=source
	[ -z "${KBUILD_EXTMOD-}" ] || has_sources || tools=programs
	if [ "${tools}" = source ]; then
		tool_files=$(tool_files)
	fi
	cd "${OLDPWD}"
}

# Print it, a letter and a name in each line.
kit() {
	cd "${srctree}"
	{
		echo "${files}"
		linked_objects
	} | sed 's/^/S /'
	(obj_kit) | sed 's/^/O /'
	if [ "${tools}" = source ]; then
		echo "${tool_files}" | include_closure
	else
		(obj_programs) | sed 's/^/O /'
	fi
}
