#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The overlay can be applied to every kernel and removed without a trace; if it does not
# fit, the tree is left unchanged.
#
# shellcheck disable=SC2016 # dollars are those of the tree's files

without_root=yes
. "$(dirname "$0")/../lib/own-mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"

overlay=${topdir}/scripts/overlay.sh

# Most files are in these directories, in which the overlay has none. They are not copied;
# what is made in them shows all the same.
others="arch drivers fs net sound"

# $1: where to; hard links do, as the overlay never writes into a file
copy_tree() {
	rm -rf "$1"
	mkdir "$1"
	(
		cd "${pristine}"
		for name in * .[!.]*; do
			case " ${others} " in
			*" ${name} "*) ;;
			*) cp -al "${name}" "$1" ;;
			esac
		done
	)
}

is_pristine() {
	for other in ${others}; do
		[ -e "${tree}/${other}" ] || echo "Only in ${pristine}: ${other}"
	done | sort > "${tmp}/not-copied"
	diff -r "${pristine}" "${tree}" | sort | diff "${tmp}/not-copied" -
}

small_tree() {
	rm -rf "${tree}"
	copy_small_tree "${pristine}" "${tree}"
}

# $1: the version that it then says it is
set_version() {
	sed -i "s/^VERSION = .*/VERSION = ${1%.*}/; s/^PATCHLEVEL = .*/PATCHLEVEL = ${1#*.}/" \
		"${tree}/Makefile"
}

# Linux has had no kheaders of its own up to 5.1, modpost's Makefile linked modules
# up to 5.3, with two lines of targets, and vmlinux_link got an object and then its
# output up to 5.1.
tree_of_4_19() {
	pristine=$("${fetchdir}/source.sh" "${versions%% *}")
	small_tree
	set_version 4.19
	sed -i '/^config IKHEADERS$/,/^config LOG_BUF_SHIFT$/ { /^config LOG/!d }' \
		"${tree}/init/Kconfig"
	sed -i -e /kheaders/d -e /genikh/d "${tree}/kernel/Makefile"
	sed -i /kheaders/d "${tree}/kernel/.gitignore"
	sed -e 's/^\(targets += \$(modules)\) .*/\1/' \
		-e '/^quiet_cmd_ld_ko_o/i targets += $(modules:.ko=.mod.o)\n' \
		"${tree}/scripts/Makefile.modfinal" > "${tree}/scripts/Makefile.modpost"
	rm "${tree}/scripts/Makefile.modfinal"
	sed -i -e '/^vmlinux_link()/,/^}/{ /^\tshift$/d; s/${@}/${1}/; s/${output}/${2}/ }' \
		"${tree}/scripts/link-vmlinux.sh"
}

# Run the shell functions of $1, with a function that prints the objects to link instead
# of linking.
links() {
	sed -n '/^vmlinux_link()/,/^}/p' "$1" > "${tmp}/function"
	mkdir -p "${tmp}/link/include/config"
	cd "${tmp}/link"
	echo "CONFIG_IKHEADERS=$2" > include/config/auto.conf
	info() { :; }
	is_enabled() { false; }
	export SRCARCH=x86 LD=echo MAKE=true srctree=. objtree=. KBUILD_LDS=lds KBUILD_LDFLAGS='' \
		LDFLAGS_vmlinux='' KBUILD_VMLINUX_OBJS=a.a KBUILD_VMLINUX_LIBS='' kallsymso='' \
		btf_vmlinux_bin_o='' arch_vmlinux_o='' strip_debug='' generate_map=''
	# shellcheck source=/dev/null
	. "${tmp}/function"
	shift 2
	vmlinux_link "$@" > linked
	cat linked
}

# $1: y, m or nothing; the archive is linked once with y, and else not at all
links_archive() {
	case ${version} in
	4.19) set -- "$1" "" vmlinux ;;
	*) set -- "$1" vmlinux ;;
	esac
	links "${tree}/scripts/link-vmlinux.sh" "$@"
	want=0
	[ "$1" != y ] || want=1
	[ "$(grep -o 'kernel/kheaders_data\.o' linked | wc -l)" = "${want}" ]
	grep -q -e '-o vmlinux' linked
}

applies_with_note() {
	"${overlay}" apply "${tree}" 2> "${tmp}/note"
	cat "${tmp}/note"
	[ "$(wc -l < "${tmp}/note")" = 1 ] &&
		grep -q "note: Linux $1 is newer than 7\.3" "${tmp}/note"
	grep -q Makefile.kheaders "${tree}/kernel/Makefile"
}

# The overlay is refused, and the tree does not change. $1: what is wrong with the tree,
# $2: a pattern
check_refused() {
	rm -rf "${tmp}/before"
	cp -a "${tree}" "${tmp}/before"
	check_fails "$1: refused" "$2" "${overlay}" apply "${tree}"
	check "$1: nothing changed" diff -r "${tmp}/before" "${tree}"
}

for version in ${spread}; do
	pristine=$("${fetchdir}/source.sh" "${version}")
	tree=${builddir}/overlay-${version}
	copy_tree "${tree}"
	before=${failed}
	check "${version}: apply" "${overlay}" apply "${tree}"
	check "${version}: kernel/Makefile includes the rules" \
		grep -q Makefile.kheaders "${tree}/kernel/Makefile"
	check "${version}: one IKHEADERS" \
		[ "$(grep -c '^config IKHEADERS$' "${tree}/init/Kconfig")" = 1 ]
	check "${version}: nothing of patch's is left" \
		sh -c "! find '${tree}/init' -name '*.orig' | grep ."
	check "${version}: vmlinux is linked with the archive" links_archive y
	check "${version}: and without it as a module" links_archive m
	find "${tree}" -newer "${tree}/.kheaders/sums" > "${tmp}/first"
	check "${version}: apply again" "${overlay}" apply "${tree}"
	find "${tree}" -newer "${tree}/.kheaders/sums" > "${tmp}/second"
	check "${version}: changes nothing" cmp "${tmp}/first" "${tmp}/second"
	check "${version}: unapply" "${overlay}" unapply "${tree}"
	check "${version}: every byte restored" is_pristine
	record "${before}" "${pristine}" applied
	rm -rf "${tree}"
done

unapply_restores() {
	[ ! -d "${tree}/.kheaders" ] || "${overlay}" unapply "${tree}" > /dev/null
	rm -rf "${tree}/.kheaders.new"
	mv "${tree}" "${tmp}/after"
	small_tree
	diff -r "${tree}" "${tmp}/after"
	rm -rf "${tmp}/after"
}

killed_late() {
	small_tree
	"${overlay}" apply "${tree}" > /dev/null 2>&1 &
	until [ -d "${tree}/.kheaders" ]; do
		kill -0 $!
	done
	kill -s KILL $! || :
	status=0
	wait $! || status=$?
	unapply_restores
	[ "${status}" = 137 ] || killed_late
}

tree=${tmp}/tree
small_tree
begin=$(date +%s%N)
"${overlay}" apply "${tree}" > /dev/null
whole=$((($(date +%s%N) - begin) / 1000000))
for percent in 10 20 40 60 70 80 85 90 95 100; do
	ms=$((whole * percent / 100))
	small_tree
	timeout -s KILL "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))" \
		"${overlay}" apply "${tree}" > /dev/null 2>&1 || :
	check "killed after ${percent} % of the time: unapply restores" unapply_restores
done
check "killed while files are put in: unapply restores" killed_late

two_at_once() {
	small_tree
	"${overlay}" apply "${tree}" > "${tmp}/first" 2>&1 &
	"${overlay}" apply "${tree}" > "${tmp}/second" 2>&1
	wait $!
	[ "$(cat "${tmp}/first" "${tmp}/second" | grep -c 'already applied')" = 1 ]
	unapply_restores
}
for i in 1 2 3; do
	check "two at once, ${i}: one applies it, and unapply restores" two_at_once
done

check_fails "no KDIR" "KDIR" "${overlay}" apply ""
check_fails "no such directory" "no such directory" "${overlay}" apply "${tmp}/none"
mkdir "${tmp}/empty"
check_fails "not a kernel tree" "not a kernel source tree" "${overlay}" apply "${tmp}/empty"
small_tree
check_fails "unapply, but never applied" "is not applied" "${overlay}" unapply "${tree}"
part=${tmp}/part
mkdir "${part}"
cp -R "${topdir}/scripts" "${topdir}/kernel" "${topdir}/init" "${topdir}/Documentation" "${part}"
rm -r "${part}/kernel/kheaders"
overlay=${part}/scripts/overlay.sh
check_refused "a part of the overlay" "incomplete"
overlay=${topdir}/scripts/overlay.sh
set_version 4.18
check_refused "4.18" "4\.18 is too old"
small_tree
set_version 8.0
check "8.0: a note, and it is applied" applies_with_note 8.0
small_tree
sed -i 's/^config LOG_BUF_SHIFT/config OTHER\n\tbool\n\n&/' "${tree}/init/Kconfig"
check_refused "init/Kconfig of others" "init/Kconfig.patch does not fit"
small_tree
sed -i 's/^obj-.*kheaders.o/obj-y += kheaders.o/' "${tree}/kernel/Makefile"
check_refused "kernel/Makefile of others" "unknown form"

small_tree
"${overlay}" apply "${tree}" > /dev/null
echo "# mine" >> "${tree}/kernel/Makefile"
check_refused "another version of the overlay is in" "make unapply"
check_fails "unapply, but a file was changed since" "kernel/Makefile: changed" \
	"${overlay}" unapply "${tree}"
check "and it still has the change" grep -q "# mine" "${tree}/kernel/Makefile"

small_tree
sed -i 's/^targets += \$(modules.*/targets += others/' "${tree}/scripts/Makefile.modfinal"
check_refused "scripts/Makefile.modfinal of others" "links modules in an unknown way"
small_tree
sed -i 's/^vmlinux_link()/others_link()/' "${tree}/scripts/link-vmlinux.sh"
check_refused "scripts/link-vmlinux.sh of others" "vmlinux_link.. has an unknown form"

small_tree
mv "${tree}/init" "${tmp}/init"
ln -s ../init "${tree}/init"
check_refused "init/ is a link to what others may use, too" "init: is a link"
rm -rf "${tmp}/init"

version=4.19
tree_of_4_19
cp -a "${tree}" "${tmp}/4.19"
check "4.19: apply" "${overlay}" apply "${tree}"
check "4.19: kernel/Makefile includes the rules" grep -q Makefile.kheaders "${tree}/kernel/Makefile"
check "4.19: modpost's Makefile links the archive" \
	grep -q 'kernel/kheaders.ko: kernel/kheaders_data.o' "${tree}/scripts/Makefile.modpost"
check "4.19: vmlinux is linked with the archive" links_archive y
check "4.19: and without it as a module" links_archive m
check "4.19: one IKHEADERS" [ "$(grep -c '^config IKHEADERS$' "${tree}/init/Kconfig")" = 1 ]
check "4.19: unapply" "${overlay}" unapply "${tree}"
check "4.19: every byte restored" diff -r "${tmp}/4.19" "${tree}"

# $1: a line of linux/proc_fs.h, $2: what kheaders.o then is compiled with
sees_proc_ops() {
	mkdir -p "${tmp}/headers/include/linux"
	echo "$1" > "${tmp}/headers/include/linux/proc_fs.h"
	echo 'flags: ; @echo $(CFLAGS_kheaders.o)' > "${tmp}/flags.mk"
	flags=$(make -s -rR -f "${topdir}/kernel/Makefile.kheaders" -f "${tmp}/flags.mk" \
		CONFIG_IKHEADERS=m srctree="${tmp}/headers" flags)
	[ "${flags}" = "$2" ]
}

check "proc_ops is there" sees_proc_ops 'struct proc_ops {' -DHAVE_PROC_OPS
check "proc_ops is only spoken of" \
	sees_proc_ops '/* struct file_operations, or struct proc_ops */' ''
check "proc_ops is only declared" sees_proc_ops 'struct proc_ops;' ''

path_without "${tmp}/bin" patch
small_tree
check_fails "no patch program" "patch: not found" env PATH="${tmp}/bin" "${overlay}" apply "${tree}"

if [ "$(id -u)" = 0 ]; then
	mkdir "${tmp}/full"
	mount -t tmpfs -o size=3m tmpfs "${tmp}/full"
	cp -a "${tree}/." "${tmp}/full"
	check_fails "a full disk" "less than 4 MB free" "${overlay}" apply "${tmp}/full"
	check "a full disk: nothing changed" diff -r "${tree}" "${tmp}/full"
	umount "${tmp}/full"
fi

# root can write everywhere, so this needs another user.
if [ "$(id -u)" = 0 ]; then
	chmod 755 "${tmp}"
	mkdir "${tmp}/mine"
	cp -R "${topdir}/scripts" "${topdir}/kernel" "${topdir}/init" "${topdir}/Documentation" \
		"${tmp}/mine"
	mkdir -p "${tmp}/mine/tools/testing/selftests"
	cp -R "${topdir}/tools/testing/selftests/kheaders" "${tmp}/mine/tools/testing/selftests"
	check_fails "no write permission" "not writable" setpriv --reuid=65534 --regid=65534 \
		--clear-groups "${tmp}/mine/scripts/overlay.sh" apply "${tree}"
else
	chmod a-w "${tree}" "${tree}/kernel"
	check_fails "no write permission" "not writable" "${overlay}" apply "${tree}"
	chmod u+w "${tree}" "${tree}/kernel"
fi
finish
