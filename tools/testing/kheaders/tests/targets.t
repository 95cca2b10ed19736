#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Goals and options of make with M= do the same in the full tree and in the archive: each
# row of the table in Documentation/kbuild/kheaders.rst.
#
# Usage: targets.t [TYPE:KERNEL[:ROW[,ROW]...]]...
#
# TYPE is qemu (x86_64), llvm (x86_64, built by clang) or arm64. "The same" means the
# same exit status, files of the same names, and the same bytes in modules and device
# trees. A row must succeed, except where this kernel lacks what the row needs. ROW is
# the first word of a row.
#
# shellcheck disable=SC2016 # for what rst and make quote with

. "$(dirname "$0")/../lib/tap.sh"

[ $# != 0 ] || set -- "qemu:${latest}" "arm64:${longterm}" "llvm:${usual}:modules,LLVM=1,clang-tidy"
guide=${topdir}/Documentation/kbuild/kheaders.rst
module=${tmp}/module

# Row, and yes or no
sed -n '/^Goal or option/,/^$/s/^``\([^ `]*\)`` *\(yes\|no\)\( .*\)*$/\1 \2/p' "${guide}" \
	> "${tmp}/rows"

# Of a kernel of which only what modules need is built
make_trees() {
	cross=
	llvm=
	set -- "${type}" "${kernel}" kit
	case ${type} in
	arm64) cross="ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-" ;;
	llvm)
		cross=LLVM=1
		llvm=1
		set -- qemu "${kernel}" kit-llvm
		;;
	esac
	dir=$(LLVM="${llvm}" GOAL=kernel/kheaders_data.o \
		"${testdir}/build/kernel.sh" "$@" INIT_STACK_NONE=y)
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
	modules | V=1 | W=1 | C=1 | UT=1 | LLVM=1 | KBUILD_MODPOST_WARN=1 | \
	CONFIG_DEBUG_INFO_SPLIT=y)
		mk "$1"
		;;
	dtb-y | FILE.asn1) mk modules ;;
	modules_install)
		mk modules &&
			mk modules_install INSTALL_MOD_PATH="${module}/root" INSTALL_MOD_STRIP=1
		;;
	modules_sign | clean | checkstack) mk modules && mk "$1" ;;
	FILE.o) mk main.i main.s main.o kheaders_several.ko ;;
	FILE.lst) mk main.lst ;;
	DIR/) mk sum/ ;;
	coccicheck)
		mk coccicheck MODE=report COCCI="${source}/scripts/coccinelle/free/kfree.cocci"
		;;
	O=DIR) mk modules ${out:+"O=${out}"} ;;
	MO=DIR) mkdir "${module}/out" && mk modules MO="${module}/out" ;;
	KBUILD_EXTRA_SYMBOLS=FILE)
		: > "${tmp}/symbols" && mk modules KBUILD_EXTRA_SYMBOLS="${tmp}/symbols"
		;;
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

# Print the rows that run_row knows, read from its source.
rows_of_tests() {
	sed -n '/^run_row/,/^}/s/^	\([A-Za-z].*\)/\1/p' "$0" | grep -v '^case \|^esac' |
		sed 's/[)\\].*//' | tr -s ' |' '\n' | sed '/^$/d'
}

table_is_complete() {
	cut -d ' ' -f 1 "${tmp}/rows" | sort > "${tmp}/table"
	rows_of_tests | sort > "${tmp}/tests"
	[ "$(wc -l < "${tmp}/table")" -ge 30 ]
	diff "${tmp}/table" "${tmp}/tests"
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
		rm -rf "${out}"
		;;
	esac
	status=0
	(run_row "$1") > "${tmp}/$2.log" 2>&1 < /dev/null || status=$?
	{
		echo "status ${status}"
		(cd "${module}" && find . ! -name '.*' -type f | sort)
		[ "$1" = CONFIG_DEBUG_INFO_SPLIT=y ] || (cd "${module}" &&
			find . -name '*.ko' -o -name '*.dtb' -o -name '*.dtbo' | sort |
			xargs -r sha256sum)
	} > "${tmp}/$2"
	[ "${status}" != 99 ]
}

# $1: a row; it fails with this configuration, or because no whole kernel was built.
lacks_something() {
	case $1 in
	clang-tidy | LLVM=1) ! has_option CC_IS_CLANG ;;
	modules_sign) ! has_option MODULE_SIG ;;
	FILE.lst) [ ! -e "${dir}/obj/System.map" ] ;;
	*) false ;;
	esac
}

does_the_same() {
	outcome "$1" archive
	outcome "$1" full
	diff "${tmp}/full" "${tmp}/archive" || {
		tail -n 5 "${tmp}/full.log" "${tmp}/archive.log"
		return 1
	}
	lacks_something "$1" || grep -x 'status 0' "${tmp}/full" || {
		tail -n 5 "${tmp}/full.log"
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

# Scripts that no goal calls but users do, and headers that configure scripts read
has_files_for_users() {
	for file in scripts/config scripts/decode_stacktrace.sh scripts/faddr2line \
		scripts/file-size.sh; do
		[ ! -e "${dir}/tree/${file}" ] || cmp "${dir}/tree/${file}" "${dir}/targets/${file}"
	done
	compiler=$(sed -n 's/^CONFIG_CC_VERSION_TEXT=//p' "${dir}/obj/.config" | tr -d '"')
	grep -F "#define LINUX_COMPILER \"${compiler}" "${dir}/targets/include/generated/compile.h"
	grep -r '^#define UTS_VERSION "#1' "${dir}/targets/include/generated"
}

"${fetchdir}/packages.sh" kit kbuild lint
check "the table and the test have the same rows" table_is_complete
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
	check "${kernel} ${type}: scripts for users, and headers for configure scripts" \
		has_files_for_users
	while read -r row answer; do
		case ${these:-,${row},} in
		*",${row},"*) ;;
		*) continue ;;
		esac
		case ${answer}:${row} in
		no:*) check "${kernel} ${type}: ${row}: not in the archive" fails "${row}" ;;
		*:versioncheck | *:includecheck | *:tags)
			check "${kernel} ${type}: ${row}" succeeds "${row}"
			;;
		*) check "${kernel} ${type}: ${row}" does_the_same "${row}" ;;
		esac
	done < "${tmp}/rows"
done
finish
