#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Goals and options of make with M= do the same in the full tree and in the archive: each
# row of the table in Documentation/kbuild/kheaders.rst.
#
# Usage: targets.t [TYPE:KERNEL[:ROW[,ROW]...]]...
#
# TYPE is qemu, for x86_64, or arm64. The same is: the same exit status, files of the
# same names, and the same bytes in modules and device trees. ROW is the first word
# of a row.
#
# shellcheck disable=SC2016 # for what rst and make quote with

. "$(dirname "$0")/../lib/tap.sh"

[ $# != 0 ] || set -- "qemu:${latest}" "arm64:${longterm}"
guide=${topdir}/Documentation/kbuild/kheaders.rst
module=${tmp}/module

# Row, and yes or no
sed -n '/^Goal or option/,/^$/s/^``\([^ `]*\)`` *\(yes\|no\)\( .*\)*$/\1 \2/p' "${guide}" > "${tmp}/rows"

# Of a kernel of which only what modules need is built
make_trees() {
	dir=$(GOAL=kernel/kheaders_data.o "${testdir}/build/kernel.sh" "${type}" "${kernel}" kit INIT_STACK_NONE=y)
	cross=
	[ "${type}" != arm64 ] || cross="ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-"
	# shellcheck disable=SC2086 # a list
	run_logged "${dir}/modules_prepare.log" make -C "${dir}/obj" ${cross} modules_prepare
	rm -rf "${dir}/targets"
	mkdir "${dir}/targets"
	tar -xJf "${dir}/obj/kernel/kheaders_data.tar.xz" -C "${dir}/targets"
}

has_option() {
	grep -q "^CONFIG_$1=" "${dir}/obj/include/config/auto.conf"
}

# A module, with what the configuration has programs for
write_module() {
	rm -rf "${module}"
	cp -R "${testdir}/data/modules/several" "${module}"
	cd "${module}"
	if has_option DTC; then
		printf '%s\n' '/dts-v1/;' '#include <dt-bindings/gpio/gpio.h>' \
			'/ { a: a { active = <GPIO_ACTIVE_LOW>; }; };' > base.dts
		printf '%s\n' '/dts-v1/;' '/plugin/;' '&{/a} { more; };' > overlay.dtso
		printf '%s\n' 'dtb-y := base.dtb both.dtb' 'both-dtbs := base.dtb overlay.dtbo' \
			'always-y += $(dtb-y)' >> Kbuild
	fi
	if has_option ASN1; then
		echo 'Message ::= SEQUENCE { number INTEGER }' > message.asn1
		echo 'kheaders_several-y += message.asn1.o' >> Kbuild
	fi
}

mk() {
	# shellcheck disable=SC2086 # a list
	make -C "${where}" ${cross} M="${module}" KBUILD_MODPOST_WARN=1 "$@"
}

# $1: a row; what it says, where ${where} is, with sources in ${source}
run_row() {
	case $1 in
	modules | V=1 | W=1 | C=1 | UT=1 | LLVM=1 | KBUILD_MODPOST_WARN=1 | CONFIG_DEBUG_INFO_SPLIT=y)
		mk "$1"
		;;
	dtb-y | FILE.asn1) mk modules ;;
	modules_install) mk modules && mk modules_install INSTALL_MOD_PATH="${module}/root" INSTALL_MOD_STRIP=1 ;;
	modules_sign | clean | checkstack) mk modules && mk "$1" ;;
	FILE.o) mk main.i main.s main.o kheaders_several.ko ;;
	FILE.lst) mk main.lst ;;
	DIR/) mk sum/ ;;
	coccicheck) mk coccicheck MODE=report COCCI="${source}/scripts/coccinelle/free/kfree.cocci" ;;
	O=DIR) mk modules ${out:+"O=${out}"} ;;
	MO=DIR) mkdir "${module}/out" && mk modules MO="${module}/out" ;;
	KBUILD_EXTRA_SYMBOLS=FILE) : > "${tmp}/symbols" && mk modules KBUILD_EXTRA_SYMBOLS="${tmp}/symbols" ;;
	run-command) mk run-command KBUILD_RUN_COMMAND='echo $(KERNELVERSION)' ;;
	help | nsdeps | compile_commands.json | clang-tidy | versioncheck | includecheck | tags | \
	kernelrelease | kernelversion | image_name | modules_prepare | rust-analyzer | sbom | \
	kconfig-sym-check) mk "$1" ;;
	*)
		echo "no test of $1"
		return 99
		;;
	esac
}

# $1: a row, $2: full or archive; its outcome is in ${tmp}/$2, and what it said in
# ${tmp}/$2.log
outcome() {
	write_module
	out=
	case $2 in
	full)
		where=${dir}/obj
		source=${dir}/tree
		;;
	archive)
		where=${dir}/targets
		source=${where}
		out=${tmp}/out
		;;
	esac
	status=0
	(run_row "$1") > "${tmp}/$2.log" 2>&1 < /dev/null || status=$?
	{
		echo "status ${status}"
		(cd "${module}" && find . ! -name '.*' -type f | sort)
		[ "$1" = CONFIG_DEBUG_INFO_SPLIT=y ] || (cd "${module}" &&
			find . -name '*.ko' -o -name '*.dtb' -o -name '*.dtbo' | sort | xargs -r sha256sum)
	} > "${tmp}/$2"
	[ "${status}" != 99 ]
}

does_the_same() {
	outcome "$1" archive
	outcome "$1" full
	diff "${tmp}/full" "${tmp}/archive" || {
		tail -n 5 "${tmp}/full.log" "${tmp}/archive.log"
		return 1
	}
}

# They read each file of the tree: in the full one, that takes long.
succeeds() {
	outcome "$1" archive
	grep -q -x 'status 0' "${tmp}/archive" || {
		tail -n 5 "${tmp}/archive.log"
		return 1
	}
}

fails() {
	outcome "$1" archive
	! grep -q -x 'status 0' "${tmp}/archive"
}

"${fetchdir}/packages.sh" kit kbuild lint
check "the table has rows" [ "$(wc -l < "${tmp}/rows")" -ge 30 ]
for spec in "$@"; do
	type=${spec%%:*}
	kernel=${spec#*:}
	these=
	case ${kernel} in
	*:*)
		these=,${kernel#*:},
		kernel=${kernel%%:*}
		;;
	esac
	[ "${type}" != arm64 ] || "${fetchdir}/packages.sh" arm64
	make_trees
	while read -r row answer; do
		case ${these:-,${row},} in
		*",${row},"*) ;;
		*) continue ;;
		esac
		case ${answer}:${row} in
		no:*) check "${kernel} ${type}: ${row}: not in the archive" fails "${row}" ;;
		*:versioncheck | *:includecheck | *:tags) check "${kernel} ${type}: ${row}" succeeds "${row}" ;;
		*) check "${kernel} ${type}: ${row}" does_the_same "${row}" ;;
		esac
	done < "${tmp}/rows"
done
finish
