#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# List the files to pack into kheaders.tar.xz: headers (src_headers, obj_headers) and,
# with the kit, the files that kheaders_kit.sh and kheaders_rust.sh list.
#
# Usage: kheaders_list.sh DIR BOUND...
#
# The archive is made in pieces. Each piece has the names from one BOUND up to the
# next; DIR/kheaders-0.list has the names before the first BOUND. Lists that have not
# changed are not written. Each line is a letter and a name:
#	S	a file in ${srctree}; for a link, followed by its target
#	O	a file that the build has generated, in ${objtree}
#	L	a file made for the archive, DIR/kheaders-FILE: the linker script of
#		modules, compile.h, utsversion.h, elfconfig.h, .config if it has another name
#	K	a file of our own in kernel/kheaders
#	D	a directory
#
# DIR/kheaders-info becomes .kheaders, the description of the archive.
#
# Run by kernel/Makefile.kheaders with ${srctree}, ${objtree}, ${ARCH}, ${SRCARCH},
# for um ${SUBARCH}, ${CONFIG_IKHEADERS_KIT}, ${CONFIG_IKHEADERS_RUST} and, out of tree,
# ${KBUILD_EXTMOD}. Kbuild exports ${MAKE}, ${LD}, ${UTS_MACHINE}, ${KCONFIG_CONFIG} and
# ${LINUXINCLUDE}.

set -eu
: "${srctree:?}" "${objtree:?}" "${ARCH:?}" "${SRCARCH:?}"
export LC_ALL=C
unset CDPATH GREP_OPTIONS POSIXLY_CORRECT QUOTING_STYLE TIME_STYLE
# A pipeline has the status of its last command, so earlier stages are builtins, or end
# with a marker line that is checked. Some kernels use bash as CONFIG_SHELL, which
# drops -e in substitutions unless it is in POSIX mode.
# shellcheck disable=SC3040 # for bash alone
[ -z "${BASH_VERSION-}" ] || set -o posix

# Print the directories in which Kbuild makes the compiler look for headers, and which
# src_headers does not cover: those of vendors, such as ubuntu/include.
vendor_dirs() {
	for option in ${LINUXINCLUDE-}; do
		dir=${option#-I}
		dir=${dir#"${srctree}/"}
		dir=${dir#"${objtree}/"}
		dir=${dir#./}
		case ${option%%/*}:${dir}/ in
		-I*:include/* | -I*:arch/*/include/* | -I*:arch/*/um/*) ;;
		-I*:/* | -I*:../*)
			echo "kheaders_list: ${dir}: is in LINUXINCLUDE, and is not in the" \
				"kernel's tree; move it there" >&2
			exit 1
			;;
		-I*) echo "${dir}" ;;
		esac
	done
}

vendor_dirs=$(vendor_dirs)
nl='
'
srctree=$(cd -P "${srctree}" && pwd)
objtree=$(cd -P "${objtree}" && pwd)
own=$(cd -P "$(dirname "$0")" && pwd)/kheaders
# um's headers include the headers of the architecture that um runs on.
arch_dirs=arch/${SRCARCH}
if [ "${SRCARCH}" = um ]; then
	case ${SUBARCH:?} in
	i386 | x86*) arch_dirs="${arch_dirs} arch/x86" ;;
	*) arch_dirs="${arch_dirs} arch/${SUBARCH}" ;;
	esac
fi
config=${KCONFIG_CONFIG:-.config}
# The enabled options, one per line
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

# Print those of the given files that exist. Only for files that some kernel versions or
# installed headers lack; any other missing file must be an error.
existing() {
	for f in "$@"; do
		if [ -f "${f}" ]; then
			echo "${f}"
		fi
	done
}

# Architectures have their headers below include/; um also has some in um/. A build
# system may provide links to headers, or to directories of headers. ls prints the target
# of a link, so that the list changes when the target does.
src_headers() {
	um=include
	[ "${SRCARCH}" != um ] || um=um
	set -- \( -path 'include/*' -o -path '*/include' -o -path '*/include/*' \
		-o -path "*/${um}/*" \)
	# shellcheck disable=SC2086 # a list
	find -H include ${arch_dirs} -name '[!.]*.h' ! -type d ! -type l "$@" -print -o \
		\( -name generated -o -name boot -o -path include/config -o -path include/ksym \) \
		-prune -o \
		-type l -name '[!.]*.h' "$@" -exec ls -ln {} + -o \
		-type l "$@" -exec test -d {} \; \
		-exec sh -c 'find -L "$@" -name "[!.]*.h" ! -type d' sh {} +
	for dir in ${vendor_dirs}; do
		[ ! -d "${dir}" ] || find -L "${dir}" -name '[!.]*.h' ! -type d
	done
}

# Leave out compile.h and utsversion.h: each build of a kernel makes them again, after
# this list is made. made_files lists replacements.
obj_headers() {
	set -- include/generated
	for d in ${arch_dirs}; do
		if [ -d "${d}/include/generated" ]; then
			set -- "$@" "${d}/include/generated"
		fi
	done
	[ "${objtree}" = "${srctree}" ] || for d in ${vendor_dirs}; do
		if [ -d "${d}" ]; then
			set -- "$@" "${d}"
		fi
	done
	if [ "${KBUILD_EXTMOD-}" ]; then
		find "$@" -name '*.h' ! -type d -print
	else
		find "$@" -name '*.h' ! -path include/generated/utsversion.h \
			! -path include/generated/compile.h ! -type d -print
	fi
}

# $1: an option whose value is a string. Undo Kconfig's escapes, and put the value in
# apostrophes, because shells read .kheaders.
quoted_option() {
	sed -n -e "/^CONFIG_$1=/!d; s///" \
		-e "/^\".*\"\$/ { s/^\"\(.*\)\"\$/\1/; s/\\\\\(.\)/\1/g; }" \
		-e "s/'/'\\\\''/g; s/.*/$1='&'/p" "${objtree}/include/config/auto.conf"
}

# Does the kernel have utsversion.h? Up to 6.0, compile.h has UTS_VERSION as well.
has_utsversion() {
	grep -q -s -w utsversion.h "${srctree}/init/Makefile"
}

# Print $1, a header that is made for the archive, unless installed headers have it.
made_header() {
	{ [ "${KBUILD_EXTMOD-}" ] && [ -f "${objtree}/$1" ]; } || echo "$1"
}

made_files() {
	[ "${config}" = .config ] || ! has_kit || echo .config
	made_header include/generated/compile.h
	! has_utsversion || made_header include/generated/utsversion.h
	if has_kit && [ -z "${KBUILD_EXTMOD-}" ] && [ -f "${srctree}/scripts/module.lds.S" ]; then
		echo scripts/module.lds
	fi
	[ -z "${made_elfconfig}" ] || echo "${made_elfconfig}"
}

# The configuration has another name if the user has set KCONFIG_CONFIG.
config() {
	(cd "${objtree}" && cat "${config}")
}

# utsversion.h with the version of a first build, without a date
utsversion_h() {
	version='#1'
	! is_enabled CONFIG_SMP || version='#1 SMP'
	preempt=
	for option in PREEMPT PREEMPT_BUILD PREEMPT_DYNAMIC PREEMPT_RT; do
		! is_enabled "CONFIG_${option}" || preempt=" ${option%_BUILD}"
	done
	echo "#define UTS_VERSION \"${version}${preempt}\""
}

# The kernel's compile.h, without the names of the user and the host
compile_h() {
	cc=$(sed -e '/^CONFIG_CC_VERSION_TEXT=/!d; s///; s/^"\(.*\)"$/\1/' \
		"${objtree}/include/config/auto.conf")
	ld=$(${LD:-ld} -v 2> /dev/null | sed '1!d; s/(compatible with [^)]*)//; s/[[:space:]]*$//')
	printf '#define %s "%s"\n' UTS_MACHINE "${UTS_MACHINE:-${ARCH}}" LINUX_COMPILE_BY unknown \
		LINUX_COMPILE_HOST unknown LINUX_COMPILER "${cc}, ${ld}"
	has_utsversion || utsversion_h
}

# Increase LAYOUT when names or places that clients rely on have changed.
info() {
	echo LAYOUT=1
	echo "ARCH=${ARCH}"
	echo "SRCARCH=${SRCARCH}"
	sed -n -e 's/.*UTS_RELEASE "\(.*\)"/RELEASE=\1/p' \
		-e 's/^CONFIG_L[L]*D_VERSION=\([1-9].*\)/LD_VERSION=\1/p' \
		-e 's/^CONFIG_PAHOLE_VERSION=\(.*\)/PAHOLE_VERSION=\1/p' \
		"${objtree}/include/generated/utsrelease.h" "${objtree}/include/config/auto.conf"
	quoted_option CC_VERSION_TEXT
	quoted_option RUSTC_VERSION_TEXT
	echo "TOOLS=${tools}"
	echo "RUST=${rust}"
}

# Write a file, unless it already has these contents. $1: the file, then the command that
# prints the contents
write() {
	file=$1
	shift
	text=$("$@")
	printf '%s\n' "${text}" | cmp -s - "${file}" || printf '%s\n' "${text}" > "${file}"
}

# stdin: files with their letters, then a marker line. Add each directory before its
# first file, and write the lists. $1: the directory for the lists, then the bounds
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
		print "kheaders_list: " file ": cannot be written;", \
			"is the disk full?" > "/dev/stderr"
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
	$1 == "R" { refused = 1; exit }
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
		if (refused)
			exit 1
		if (!whole) {
			print "kheaders_list: " dir ": lists not written;", \
				"find, sed, awk or sort failed or was killed" > "/dev/stderr"
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
tools=none
made_elfconfig=
rust=no
if has_kit; then
	# shellcheck source=kheaders_kit.sh
	. "${0%/*}/kheaders_kit.sh"
	find_kit
	# shellcheck source=kheaders_rust.sh
	. "${0%/*}/kheaders_rust.sh"
	find_rust
fi
[ "${config}" = .config ] || write "$1/kheaders-.config" config
write "$1/kheaders-info" info
write "$1/kheaders-compile.h" compile_h
write "$1/kheaders-utsversion.h" utsversion_h
[ -z "${made_elfconfig}" ] || write "$1/kheaders-elfconfig.h" elfconfig_h
# "E ~" is the marker. Sorting puts it last, so all lines have arrived if it has. "R" comes
# first, if a name was refused: the packer's depfile could not have it.
{
	echo S
	(cd "${srctree}" && src_headers)
	echo O
	(cd "${objtree}" && obj_headers)
	! has_kit || kit
	! has_kit || rust_files
	echo L
	made_files
	if has_kit; then
		echo K
		# the scripts that GNUmakefile runs
		(cd "${own}" && find scripts -type f)
		own_rust
	fi
	echo E
	echo '~'
} | awk '
	function refuse(file) {
		print "kheaders_list: " file ": its name has a blank, or a character", \
			"that make interprets; rename it" > "/dev/stderr"
		print "R !"
		refused = 1
	}
	refused { next }
	/^[SOLKE]$/ { letter = $1; next }
	# mawk 1.3.4-20260302 does not count NF again after an assignment to $0.
	{
		line = /^[SO] / ? $0 : letter " " $0
		names = split(line, word) - 1
	}
	# what ls prints: a time or a year, the name, an arrow and the target
	names > 3 && word[names] == "->" && word[names - 2] ~ /^[0-9:]+$/ {
		line = letter " " word[names - 1] " " word[names + 1]
		names = 1
	}
	names != 1 || line ~ /[#$%:;*?\[\\]/ { refuse(substr(line, 3)); next }
	{ print line }' | sort -u -k 2,2 | split "$@"
