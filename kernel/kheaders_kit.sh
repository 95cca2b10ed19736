# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# List the files of the kit: all files that the build of an external module can reach
# in the full tree. Sourced by kheaders_list.sh; uses its functions and variables.
#
# The tree's own Makefiles name these files. Start at the top Makefile and follow the names
# in lines that make evaluates for M=. For a host program, read the Makefile in its directory.
# Do not look at programs that have been built: they depend on the libraries of the build
# host, and on earlier builds.
#
# shellcheck disable=SC2154 # the variables of kheaders_list.sh
# shellcheck disable=SC2164 # kheaders_list.sh sets -e

# stdin: files that exist, each after "-", and files to start with. Print the files to
# start with and, recursively, all files that they name: F, a file, or P, a host program.
# Branches of Makefiles for other configurations and for the kernel itself are skipped.
# Also skipped: generated files (they have a .cmd file), scripts/kconfig, scripts/package
# and scripts/sbom (they never run in a tree) and *.seed (secret).
reach() {
	awk -v dir="${srctree}" -v conf="${objtree}/include/config/auto.conf" '
	# Is a condition in a Makefile true? -1: unknown
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
	# Find all matches of pattern in line, each without its first skip characters.
	function matches(line, pattern, skip,    names) {
		while (match(line, pattern)) {
			names = names " " substr(line, RSTART + skip, RLENGTH - skip)
			line = substr(line, RSTART + RLENGTH)
		}
		return names
	}
	# $@ is the target of the rule. Most lines name no file; skip them early, because matching
	# is slow.
	function names_in(line, dir) {
		if (match(line, /^[a-z][a-z-]*:/))
			target = substr(line, 1, RLENGTH - 1)
		if (line !~ /scripts\/|tools\/docs\/|\$\((srctree|dirname \$0)\)\//)
			return ""
		sub(/(^|[ \t])#.*/, "", line)
		gsub(/\$@/, target, line)
		gsub(/\$\(dirname \$0\)\//, dir, line)
		return matches(line, "\\$\\(srctree\\)/[A-Za-z0-9_]" path, 11) \
			matches(line, "(scripts|tools/docs)/" path, 0)
	}
	# Is name a file that a module may need? Headers, and directories for documentation and
	# for the kernel alone, are left out. Files at the top have capitals in their names. Some
	# awks die if they read a directory, so test.
	function is_file(name) {
		if (name in exists)
			return 1
		if (name ~ /\.h$|^(Documentation|include|scripts|tools\/(docs|lib|perf)|usr)\// ||
		    name !~ /[\/A-Z]/)
			return 0
		return system("test -f " name) == 0
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
	# Read a file to its end before following names: depth, taken, off and target are global
	# variables and describe one file, so scanning another file meanwhile would change them.
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
		if (!is_file(file) || line in exists || (getline line < file) <= 0)
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
		path = "[A-Za-z0-9_./-]*[A-Za-z0-9_]"
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

# Print the files that exist. The roots come last, and only if find did not fail: reach
# checks that Makefile, the first of them, has arrived.
known_files() {
	set -- scripts
	for d in tools/docs tools/lib/python; do
		[ ! -d "${d}" ] || set -- "$@" "${d}"
	done
	# Installed headers may have links to files and to directories.
	find -L "$@" -name include-prefixes -prune -o -type f -print
	roots
}

# Print the directories below scripts/ that are not built in this configuration.
directories_off() {
	blanks='[[:blank:]]*'
	sed -n "s:^subdir-\$(\(CONFIG_[A-Z0-9_]*\))${blanks}+=${blanks}\([^ ]*\)\$:\1 \2:p" \
		scripts/Makefile | while read -r option dir; do
		is_enabled "${option}" || echo "scripts/${dir}"
	done
}

# Print the programs that Kbuild builds in the given directories: a program and its
# objects in each line. make reads the Makefiles and runs no command. The variable is
# hostprogs-y up to 5.5, and always-y in 5.6 and 5.7.
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

# $@: programs. Print their sources, including generated ones, so that the kit needs no
# flex, no bison and no object of the kernel build.
program_sources() {
	off=$(directories_off)
	directories=
	for program in "$@"; do
		dir=${program%/*}
		case " ${directories} ${nl}${off}${nl} " in
		*" ${dir} "* | *"${nl}${dir}${nl}"*) ;;
		*) directories="${directories} ${dir}" ;;
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

# The sources of objtool, which has a Makefile of its own, and of the parts of tools/
# that it uses
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

# The sources of resolve_btfids: all of libbpf and libsubcmd, and the files of tools/lib
# in its Build
resolve_btfids_files() {
	# shellcheck disable=SC2046 # a list
	existing tools/bpf/resolve_btfids/main.c tools/lib/bpf/*.c tools/lib/subcmd/*.c \
		$(sed -n 's:^resolve_btfids-y += \(.*\)\.o:tools/lib/\1.c:p' \
			tools/bpf/resolve_btfids/Build)
}

# The enabled plugins, except RANDSTRUCT's, whose seed may be in the same directory
plugin_files() {
	existing scripts/gcc-plugins/gcc-*.h
	echo "${options}" | sed -n 's/^CONFIG_GCC_PLUGIN_//p' | tr '[:upper:]' '[:lower:]' |
		while read -r plugin; do
			existing "scripts/gcc-plugins/${plugin}_plugin.c"
		done
}

# Print the files on stdin and, recursively, all files that they include from the include
# directories of host programs, whatever #if says: S, in the source tree, or O, generated.
# A file on stdin that does not exist is printed as S, so that the packer reports it. A header
# that is made for the archive is left out.
include_closure() {
	awk -v objtree="${objtree}" -v made="${made_elfconfig}" \
		-v dirs="scripts scripts/include scripts/dtc/libfdt \
			tools/objtool/include tools/objtool/arch/${SRCARCH}/include \
			tools/include tools/include/uapi tools/lib \
			tools/arch/${SRCARCH}/include tools/arch/${SRCARCH}/include/uapi" '
	function clean(path) {
		while (sub("[^/.][^/]*/\\.\\./", "", path))
			;
		return path
	}
	# Read a file to its end and close it before following includes: otherwise all files of
	# a chain of includes would be open at once.
	function scan(file,    path, letter, line, status, names, name, i, j, count) {
		if (file in seen || file == made || file !~ "^(tools|scripts|certs)/")
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

# Since 5.18 extract-cert has been in certs/, where no Makefile tells whether it is needed.
tool_files() {
	# shellcheck disable=SC2086 # a list
	program_sources ${programs}
	! is_enabled CONFIG_MODULE_SIG || existing certs/extract-cert.c
	! is_enabled CONFIG_GCC_PLUGINS || plugin_files
	! is_enabled CONFIG_DEBUG_INFO_BTF_MODULES || resolve_btfids_files
	! has_objtool || objtool_files
}

# powerpc's modules are linked with crtsavres.o, except on 64 bits with GNU ld, and s390's
# with expoline.o on some kernels.
linked_objects() {
	case ${SRCARCH} in
	powerpc)
		if ! is_enabled CONFIG_PPC64 || is_enabled CONFIG_LD_IS_LLD; then
			existing arch/powerpc/lib/crtsavres.S
		fi
		;;
	s390)
		if is_enabled CONFIG_EXPOLINE_EXTERN &&
			grep -q 'expoline/expoline\.o' arch/s390/Makefile; then
			existing arch/s390/lib/expoline/expoline.S
		fi
		;;
	esac
}

# The files to start with: Makefiles, and scripts that only users and dkms run
roots() {
	echo Makefile
	for d in ${arch_dirs}; do
		existing "${d}"/Makefile* "${d}/Kbuild.platforms" "${d}"/*/Platform \
			"${d}/module.lds" "${d}/kernel/module.lds"
	done
	printf '%s\n' scripts/config scripts/decode_stacktrace.sh scripts/faddr2line \
		scripts/sign-file scripts/extract-cert scripts/insert-sys-cert
}

# Installed headers also have files that a kernel build makes too late for the archive:
# the linker script, and objects of two architectures. .kernelvariables is Debian's.
obj_kit() {
	cd "${objtree}"
	[ "${config}" != .config ] || echo .config
	printf '%s\n' include/config/auto.conf include/config/kernel.release
	existing include/generated/rustc_cfg
	if [ "${KBUILD_EXTMOD-}" ]; then
		existing scripts/module.lds "arch/${SRCARCH}/module.lds" .kernelvariables \
			arch/powerpc/lib/crtsavres.o arch/s390/lib/expoline/expoline.o
	fi
}

# The built programs of installed headers; Debian splits some into several files.
obj_programs() {
	cd "${objtree}"
	for f in ${files} ${programs} tools/objtool/objtool \
		tools/bpf/resolve_btfids/resolve_btfids scripts/gcc-plugins/*_plugin.so; do
		existing "${f}" "${f}".real-*
	done
}

# Is each file of $@ in the source tree or in the object tree?
all_exist() {
	for f in "$@"; do
		[ -f "${f}" ] || [ -f "${objtree}/${f}" ] || return
	done
}

# Installed headers may have a part of objtool: without what makes the tables of its decoder,
# or without the files of this architecture.
has_objtool_sources() {
	build=tools/objtool/arch/${SRCARCH}/Build
	# shellcheck disable=SC2046 # a list
	[ -d "tools/arch/${SRCARCH}" ] && all_exist tools/objtool/check.c "${build}" &&
		all_exist $(sed -n 's:.*\.\./\(arch/[^ ]*\.awk\).*:tools/\1:p' "${build}")
}

# Do installed headers have the sources of all programs, including generated ones?
# The tree of a kernel that is being built always does.
has_sources() {
	all_exist scripts/Makefile scripts/mod/modpost.c scripts/mod/elfconfig.h \
		scripts/mod/devicetable-offsets.h || return
	! has_objtool || has_objtool_sources || return
	! is_enabled CONFIG_GCC_PLUGINS || all_exist scripts/gcc-plugins/gcc-common.h || return
	! is_enabled CONFIG_DEBUG_INFO_BTF_MODULES ||
		all_exist tools/bpf/resolve_btfids/main.c tools/lib/bpf/libbpf.c || return
	# shellcheck disable=SC2046 # a list
	all_exist $(tool_files)
}

# Every build of a module needs these files, so fail if reach did not find them.
check_reached() {
	for f in Makefile.build Makefile.modpost fixdep modpost; do
		case ${nl}${files}${nl}${programs}${nl} in
		*/"${f}${nl}"*) ;;
		*)
			echo "kheaders_list: ${f}: no Makefile names it;" \
				"if it has moved, adapt reach() in kheaders_kit.sh" >&2
			exit 1
			;;
		esac
	done
}

# Set ${tools} to the form in which host programs are packed: source, or programs if
# installed headers lack the sources.
find_kit() {
	cd "${srctree}"
	reached=$({
		known_files | sed 's/^/- /'
		roots
	} | reach)
	files=$(echo "${reached}" | sed -n 's/^F //p'
		[ ! -d scripts/coccinelle ] || find -L scripts/coccinelle -name '*.cocci')
	programs=$(echo "${reached}" | sed -n 's/^P //p')
	check_reached
	tools=source
	[ -z "${KBUILD_EXTMOD-}" ] || has_sources || tools=programs
	if [ "${tools}" = source ]; then
		tool_files=$(tool_files)
		! grep -q -s HOST_ELFDATA "${objtree}/${elfconfig}" || made_elfconfig=${elfconfig}
	fi
	cd "${OLDPWD}"
}

# Up to 6.11, modpost's header has the byte order of the host. Let the host that modpost runs
# on decide.
elfconfig=scripts/mod/elfconfig.h
elfconfig_h() {
	sed -e '/HOST_ELFCLASS/d' -e 's/^\(#define HOST_ELFDATA\) .*/\1 \\\
	(__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? ELFDATA2MSB : ELFDATA2LSB)/' \
		"${objtree}/${elfconfig}"
}

# Print the files of the kit, a letter and a name in each line.
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
