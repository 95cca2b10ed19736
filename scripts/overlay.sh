#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Put the overlay into a kernel tree, or take it out again.
#
# Usage: overlay.sh apply|unapply KDIR
#
# apply and unapply do everything or nothing. KDIR/.kheaders/ keeps the files that apply
# replaces (orig/), and the checksums of the files that apply writes (sums) and of the
# overlay (version). The directory is complete before the first file of the tree changes,
# so unapply also undoes an apply that was killed. Exit status: 0, or 1 with a line on
# stderr and the tree as it was.
#
# shellcheck disable=SC2016 # dollars in quotes are for the tree's files

set -eu
# shellcheck source=environment.sh
. "$(dirname "$0")/environment.sh"
export LC_ALL=C

overlay=$(cd "$(dirname "$0")/.." && pwd)

die() {
	echo "overlay: $*" >&2
	exit 1
}

# The files of the overlay that are copied unchanged
overlay_files() {
	(cd "${overlay}" && find kernel/*.[ch] kernel/*.sh kernel/Makefile.kheaders \
		kernel/kheaders kernel/configs Documentation \
		tools/testing/selftests/kheaders -type f)
}

need_tools() {
	for tool in awk cmp cp find mv patch sha256sum sort stat xargs; do
		command -v "${tool}" > /dev/null ||
			die "${tool}: not found; install it" \
				"(Debian: apt-get install coreutils diffutils findutils mawk patch)"
	done
	case $(patch --version 2>&1) in
	*"GNU patch"*) ;;
	*)
		die "patch: is not GNU patch, which is needed;" \
			"install it (Debian: apt-get install patch)"
		;;
	esac
}

# $1: VERSION or PATCHLEVEL
makefile_value() {
	sed -n "s/^$1 *= *\([0-9][0-9]*\).*/\1/p" "${kdir}/Makefile" | head -n 1
}

check_tree() {
	[ -d "${kdir}" ] ||
		die "${kdir}: no such directory; set KDIR= to the top of a kernel source tree"
	for f in Makefile Kbuild init/Kconfig kernel/Makefile; do
		[ -f "${kdir}/${f}" ] ||
			die "${kdir}: not a kernel source tree: ${f} is missing;" \
				"set KDIR= to the top of one"
	done
	[ -f "${kdir}/$(modfinal)" ] ||
		die "${kdir}: no scripts/Makefile.modfinal, which links modules;" \
			"adapt edit_modfinal() in ${overlay}/scripts/overlay.sh"
	[ -f "${kdir}/scripts/link-vmlinux.sh" ] ||
		die "${kdir}: no scripts/link-vmlinux.sh, which links vmlinux;" \
			"adapt edit_link() in ${overlay}/scripts/overlay.sh"
	version=$(makefile_value VERSION)
	patchlevel=$(makefile_value PATCHLEVEL)
	[ "${version}${patchlevel}" ] ||
		die "${kdir}/Makefile: no VERSION and PATCHLEVEL; is this a kernel's Makefile?"
	release=$((version * 1000 + patchlevel))
	[ "${release}" -ge 4019 ] ||
		die "${kdir}: Linux ${version}.${patchlevel} is too old; use 4.19 or later"
	[ "${release}" -le 7003 ] ||
		echo "overlay: note: Linux ${version}.${patchlevel} is" \
			"newer than 7.3, the last one tested;" \
			"run make check-kernels KERNEL=${kdir} to test it" >&2
}

# Fail unless the nearest existing directory above $1, a file of the tree, is writable.
check_writable() {
	d=$(dirname "${kdir}/$1")
	while [ ! -d "${d}" ]; do
		d=$(dirname "${d}")
	done
	[ -w "${d}" ] || die "${d}: not writable; change its mode, or run this as its owner"
}

# Several trees may share a directory by a link, and only this tree is to change.
check_no_link() {
	[ "$(cd -P "${d}" && pwd)" = "${d}" ] ||
		die "${d}: is a link, and what it leads to would change; replace it by a copy"
}

# Print kernel/Makefile without the tree's own kheaders rules: lines that mention
# kheaders, with their continuations and recipes, the comments of their paragraphs, and
# one line in the list of objects. Vendors' lines between them are kept. If a line
# that mentions kheaders is left, its form is unknown: exit 1.
edit_makefile() {
	awk 'BEGIN { RS = ""; ORS = "\n\n" }
	# In lists of files, only the words that mention kheaders are removed.
	function is_own(line) {
		if (line ~ /^(targets|clean-files) *[:+]?=/) {
			gsub(/[ \t][^ \t]*kheaders[^ \t]*/, "", line)
			kept = line
			return line ~ /=[ \t]*$/
		}
		return line ~ /^obj-\$\(CONFIG_IKHEADERS(_PROC)?\) \+= kheaders\.o$/ ||
			(line !~ /^obj-/ && line ~ /kheaders|genikh/)
	}
	function others(text, comments,    n, i, line, lines, own, out) {
		n = split(text, lines, "\n")
		for (i = 1; i <= n; i++) {
			line = lines[i]
			while (line ~ /\\$/ && i < n)
				line = line "\n" lines[++i]
			kept = line
			if (line ~ /^#/)
				own = comments
			else if (line !~ /^(\t|endef)/)
				own = is_own(line)
			if (!own)
				out = out (out == "" ? "" : "\n") kept
		}
		return out
	}
	/kheaders|genikh/ { $0 = others($0, !/(^|\n)obj-/) }
	/kheaders|genikh/ { exit 1 }
	$0 != ""' "${kdir}/kernel/Makefile" || return
	# Not $(obj)/Makefile.kheaders: with make M=kernel, $(obj) is not "kernel".
	echo "include \$(srctree)/kernel/Makefile.kheaders"
}

# Print init/Kconfig without the tree's own option. Early Android kernels and a release
# candidate of Linux 5.2 call the option IKHEADERS_PROC.
edit_kconfig() {
	awk '/^config IKHEADERS(_PROC)?$/ { skip = 1; next }
	/^[a-z]/ { skip = 0 }
	!skip' "${kdir}/init/Kconfig"
}

# Print kernel/.gitignore with our files; a tree without git may have no .gitignore.
edit_gitignore() {
	[ ! -f "${kdir}/kernel/.gitignore" ] || sed '/kheaders/d' "${kdir}/kernel/.gitignore"
	echo "/kheaders-*"
	echo "/kheaders_data.*"
	echo "/kheaders_strip"
}

# The tree's file that links modules: up to 5.3 scripts/Makefile.modpost.
modfinal() {
	if [ ! -f "${kdir}/scripts/Makefile.modfinal" ] && grep -q -s -e '^targets += $(modules' \
		-e '-o \$@ .*\$^' "${kdir}/scripts/Makefile.modpost"; then
		echo scripts/Makefile.modpost
	else
		echo scripts/Makefile.modfinal
	fi
}

# Print file $1 of the tree with stdin inserted after line $2, which must occur once
# after a line that begins with $3; otherwise exit with 1.
insert_after() {
	awk -v file="${kdir}/$1" -v anchor="$2" -v start="$3" '
	{ text = text $0 "\n" }
	END {
		while ((getline line < file) > 0) {
			print line
			if (start == "" || index(line, start) == 1)
				inside = 1
			if (inside && index(line, anchor) == 1) {
				printf "%s", text
				found++
			}
			if (line == "}")
				inside = 0
		}
		exit found != 1
	}'
}

# The archive joins kheaders.ko at the last link, which links all .o that the module
# depends on. modpost has finished by then, so the archive can contain Module.symvers.
# Up to 5.3 there are two lines of targets.
edit_modfinal() {
	grep -q -E -e '-o \$@.*(\$\^|\$\(real-prereqs\))' "${kdir}/$(modfinal)" || return
	targets=$(grep '^targets += \$(modules' "${kdir}/$(modfinal)" | tail -n 1)
	insert_after "$(modfinal)" "${targets}" '' << 'END'

# After modpost, because the archive of the headers contains Module.symvers
ifneq ($(if $(KBUILD_EXTMOD),,$(filter kernel/kheaders.%,$(modules))),)
kernel/kheaders.ko: kernel/kheaders_data.o
kernel/kheaders_data.o: FORCE | kernel/kheaders.mod.o
	$(Q)$(MAKE) $(build)=kernel need-modorder=1 kheaders-last=1 $@
endif
END
}

# $1: a pattern; is it in a line of the function that links vmlinux?
link_has() {
	sed -n '/^vmlinux_link()/,/^}/p' "${kdir}/scripts/link-vmlinux.sh" | grep -q -e "$1"
}

# The archive joins vmlinux in the same way. vmlinux_link links ${objs}; up to 6.0 it
# links its arguments, up to 5.1 the first one.
edit_link() {
	link=scripts/link-vmlinux.sh
	if link_has '^	objs="${objs} init/version-timestamp.o"'; then
		anchor='	objs="${objs} init/version-timestamp.o"'
		join='objs="${objs} kernel/kheaders_data.o"'
	elif link_has '^	shift$' && link_has '${*@'; then
		anchor='	shift'
		join='set -- "$@" kernel/kheaders_data.o'
	elif link_has '^	local objects' && link_has '${1}"$'; then
		anchor='	local objects'
		join='set -- "${1} kernel/kheaders_data.o" "${2}"'
	else
		return 1
	fi
	insert_after "${link}" "${anchor}" 'vmlinux_link()' << END

	# After modpost, because the archive of the headers contains Module.symvers
	if grep -q "^CONFIG_IKHEADERS=y" include/config/auto.conf; then
		\${MAKE} -f "\${srctree}/scripts/Makefile.build" obj=kernel \\
			need-modorder=1 kheaders-last=1 kernel/kheaders_data.o
		${join}
	fi
END
}

# Check for free space, so that nothing fails half-way; apply writes some 200 kB.
check_space() {
	free=$(df -Pk "${kdir}" | awk 'NR == 2 { print $4 }')
	[ "${free}" -ge 4096 ] || die "${kdir}: less than 4 MB free there; make room"
}

# Make ${new}/tree, with all new and edited files.
make_tree() {
	mkdir -p "${new}/tree/init" "${new}/tree/kernel" "${new}/tree/scripts"
	edit_makefile > "${new}/tree/kernel/Makefile" ||
		die "${kdir}/kernel/Makefile: its kheaders rules have an unknown form;" \
			"remove them by hand"
	edit_gitignore > "${new}/tree/kernel/.gitignore"
	edit_modfinal > "${new}/tree/$(modfinal)" ||
		die "${kdir}/$(modfinal): links modules in an unknown way;" \
			"its command must link \$(filter %.o, \$^)," \
			"and a line \"targets += \$(modules...\" follow"
	edit_link > "${new}/tree/scripts/link-vmlinux.sh" ||
		die "${kdir}/scripts/link-vmlinux.sh: vmlinux_link() has an unknown form;" \
			"adapt edit_link() in ${overlay}/scripts/overlay.sh, which adds an object"
	edit_kconfig > "${new}/tree/init/Kconfig"
	patch -s -F0 -r - --no-backup-if-mismatch -d "${new}/tree" -p1 \
		< "${overlay}/init/Kconfig.patch" > "${new}/log" 2>&1 ||
		die "${kdir}/init/Kconfig: init/Kconfig.patch does not fit" \
			"($(tail -n 1 "${new}/log")); let LOG_BUF_SHIFT follow IKCONFIG_PROC again"
	echo "${files}" | while read -r f; do
		mkdir -p "${new}/tree/${f%/*}"
		cp "${overlay}/${f}" "${new}/tree/${f}"
	done
}

# Make the rest of ${new}, which unapply needs.
save_originals() {
	(cd "${new}/tree" && find . -type f | sed 's:^\./::' | sort) > "${new}/files"
	while read -r f; do
		check_writable "${f}"
		check_no_link
		if is_there "${kdir}/${f}"; then
			mkdir -p "${new}/orig/${f%/*}"
			cp -pP "${kdir}/${f}" "${new}/orig/${f}"
			echo "${f}" >> "${new}/replaced"
		fi
		[ ! -e "${kdir}/${f}" ] ||
			chmod "$(stat -L -c %a "${kdir}/${f}")" "${new}/tree/${f}"
	done < "${new}/files"
	(cd "${new}/tree" && xargs sha256sum < ../files) > "${new}/sums"
	overlay_version > "${new}/version"
}

overlay_version() {
	sums=$(cd "${overlay}" && printf '%s\n' "${files}" init/Kconfig.patch |
		sort | xargs sha256sum)
	echo "${sums}" | sha256sum
}

# Only rename files: this needs no space, and any reader gets the old or the new file.
install_tree() {
	while read -r f; do
		mkdir -p "${kdir}/${f%/*}"
		mv -f "${state}/tree/${f}" "${kdir}/${f}"
	done < "${state}/files"
}

# Does a file or a link, even a dangling one, exist?
is_there() {
	[ -e "$1" ] || [ -L "$1" ]
}

is_same() {
	if [ -L "$1" ] || [ -L "$2" ]; then
		[ "$(readlink "$1")" = "$(readlink "$2")" ]
	else
		cmp -s "$1" "$2"
	fi
}

# Did the tree have the file before apply?
was_there() {
	grep -q -x -F "$1" "${state}/replaced"
}

# Restore files with their old modes, but the current time, so that make sees the
# change. The target of a link may be read-only.
restore() {
	while read -r f; do
		if is_there "${state}/orig/${f}"; then
			[ -L "${state}/orig/${f}" ] || touch "${state}/orig/${f}"
			mv -f "${state}/orig/${f}" "${kdir}/${f}"
			[ ! -L "${kdir}/${f}" ] || touch "${kdir}/${f}" 2> /dev/null || :
		elif ! was_there "${f}"; then
			rm -f "${kdir}/${f}"
			rmdir -p "$(dirname "${kdir}/${f}")" 2> /dev/null || :
		fi
	done < "${state}/files"
	rm -rf "${state}"
}

# Is the file as apply wrote it, or as apply found it? Also true after an apply or
# unapply that was killed.
is_ours() {
	if ! is_there "${kdir}/$1"; then
		if was_there "$1"; then
			return 1
		fi
	elif is_there "${state}/orig/$1"; then
		is_written "$1" || is_same "${kdir}/$1" "${state}/orig/$1"
	else
		was_there "$1" || is_written "$1"
	fi
}

is_written() {
	(cd "${kdir}" && grep "  $1\$" "${state}/sums" | sha256sum -c > /dev/null 2>&1)
}

# Is this version of the overlay applied completely?
is_applied() {
	[ "$(overlay_version)" = "$(cat "${state}/version")" ] &&
		(cd "${kdir}" && sha256sum -c "${state}/sums" > /dev/null 2>&1)
}

apply() {
	check_tree
	files=$(overlay_files 2>&1) ||
		die "${overlay}: incomplete ($(echo "${files}" | sed -n '/^find: /{s///p;q;}'));" \
			"get a new copy"
	if [ -d "${state}" ]; then
		is_applied ||
			die "${kdir}: has another version of the overlay, or a modified one;" \
				"run make unapply KDIR=${kdir} first"
		echo "${kdir}: the overlay is already applied; nothing to do"
		return
	fi
	check_writable .kheaders
	check_space
	new=${kdir}/.kheaders.new
	trap 'trap "" HUP INT TERM; rm -rf "${new}"' EXIT
	trap 'exit 1' HUP INT TERM
	rm -rf "${new}"
	make_tree
	save_originals
	mv "${new}" "${state}"
	trap 'trap "" HUP INT TERM; restore' EXIT
	install_tree
	rm -rf "${state}/tree" "${state}/log"
	trap - EXIT
	echo "${kdir}: the overlay is applied; set CONFIG_IKHEADERS=m or y"
}

unapply() {
	check_tree
	[ -d "${state}" ] ||
		die "${kdir}: the overlay is not applied: .kheaders/ is missing; nothing to remove"
	while read -r f; do
		is_ours "${f}" ||
			die "${kdir}/${f}: changed after apply;" \
				"save your change and restore the file, then unapply"
		check_writable "${f}"
	done < "${state}/files"
	restore
	echo "${kdir}: the overlay is removed"
}

case ${1-}-$# in
apply-2 | unapply-2) ;;
*) die "usage: overlay.sh apply|unapply KDIR" ;;
esac
[ "$2" ] || die "KDIR is empty; give KDIR=DIR, the top of a kernel source tree"
need_tools
# If the directory does not exist, check_tree reports it.
kdir=$(cd -P "$2" 2> /dev/null && pwd) || kdir=$2
state=${kdir}/.kheaders
# Two at once take turns, unless this host has no flock. The lock is the directory itself, as
# a file would be left behind by an apply that was killed. Other users may hold it, so say so.
if [ -d "${kdir}" ] && command -v flock > /dev/null; then
	exec 9< "${kdir}"
	# ksh closes descriptors of its own in programs, unless they are named.
	flock -n 9 9<&9 || {
		echo "overlay: ${kdir}: is locked; waiting for another apply or unapply" >&2
		flock 9 9<&9
	}
fi
"$1"
