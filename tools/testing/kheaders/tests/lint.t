#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's own checks pass on our code, and shellcheck on all shell scripts.

. "$(dirname "$0")/../lib/tap.sh"

"${fetchdir}/packages.sh" build lint tools
cd "${topdir}"
dir=$(GOAL="modules_prepare kernel/kheaders_data.o" "${testdir}/build/kernel.sh" um "${usual}")
checkpatch=${dir}/tree/scripts/checkpatch.pl

# All files of the repository, also ones not yet committed
files() {
	find . \( -name .git -o -path ./build \) -prune -o -type f -print | sort
}

shell_files() {
	files | while read -r f; do
		case $(head -n 1 "${f}") in
		'#!/bin/sh'* | '# SPDX'*)
			case ${f} in
			*.sh | *.t | */boot/init | */.ci/run | *.postrm) echo "${f}" ;;
			esac
			;;
		esac
	done
}

# $@: files, or options of checkpatch; its findings go to ${tmp}/checkpatch.
checkpatch_files() {
	status=0
	"${checkpatch}" --strict --no-tree --no-summary --terse -f "$@" >> "${tmp}/checkpatch" ||
		status=$?
	[ "${status}" -le 1 ]
}

# No finding at all in $1, which was among these files
has_no_finding() {
	! grep -F "$1:" "${tmp}/checkpatch"
}

# Maintainers and a commit's text belong to a patch that is sent.
checkpatch_patch() {
	"${checkpatch}" --strict --no-tree --no-summary --terse --no-signoff \
		--ignore FILE_PATH_CHANGES,COMMIT_MESSAGE - < "$1" > "${tmp}/findings" || :
	cat "${tmp}/findings"
	[ ! -s "${tmp}/findings" ]
}

# Neither sparse nor the compiler with W=1 prints a warning. Under the lock of
# kernel.sh, because another test may build in the same tree. $1: an object
builds_without_words() {
	lock "${dir}/lock"
	touch "${dir}/tree/kernel/${1%.o}.c"
	make -C "${dir}/tree" O="${dir}/obj" ARCH=um C=1 W=1 "kernel/$1" \
		> "${tmp}/log" 2>&1 || return
	grep -q "CHECK .*kernel/${1%.o}.c" "${tmp}/log" || return
	! grep -E 'kernel/kheaders.*: *(warning|error)' "${tmp}/log"
}

# $@: a compiler or sparse, and a file of the tools
on_tool() {
	"$@" -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DKHEADERS_VERSION='"1"' \
		-Itools/kheaders/libkheaders -Wall -Wextra -Wno-unused-parameter
}

no_word_from_sparse() {
	on_tool sparse "$1" > "${tmp}/findings" 2>&1
	cat "${tmp}/findings"
	[ ! -s "${tmp}/findings" ]
}

files_are_short() {
	wc -l "$@" | awk '$1 >= 500 && $2 != "total"' | tee "${tmp}/findings"
	[ ! -s "${tmp}/findings" ]
}

# No line is longer than 100 columns, except for one message, pattern or name of 50
# characters or more in it, which grep can find only as a whole.
lines_are_short() {
	files | grep -E -e '\.(sh|t|mk)$' -e '/(GNUmakefile|Makefile\.kheaders)$' |
		while read -r f; do
			# shellcheck disable=SC2016 # a command without quotes stands for others
			expand "${f}" | grep -n '.\{101\}' | sed 's/\$([^()]*)/$(command)/g' |
				grep -v -E -e "^([^']*'[^']*')*[^']*'[^']{50}" \
					-e '^([^"]*"[^"]*")*[^"]*"([^"\]|\\.){50}' \
					-e 'error .{50}' |
				sed "s|^|${f}:|"
		done > "${tmp}/findings"
	cat "${tmp}/findings"
	[ ! -s "${tmp}/findings" ]
}

no_word_from_kernel_doc() {
	"${dir}/tree/scripts/kernel-doc" -none "$@" > "${tmp}/findings" 2>&1
	cat "${tmp}/findings"
	! grep -E 'warning|error' "${tmp}/findings"
}

# The packages' version is the command's, and they have the library's symbols.
packages_agree() {
	sed -n 's/^VERSION := //p' tools/kheaders/Makefile > "${tmp}/version"
	sed -n '1s/^kheaders (\(.*\)).*/\1/p' debian/changelog | diff "${tmp}/version" -
	sed -n 's/^\t\(kheaders_.*\);/\1/p' tools/kheaders/libkheaders/libkheaders.sym \
		> "${tmp}/symbols"
	[ -s "${tmp}/symbols" ]
	sed -n 's/^ \(kheaders_.*\)@.*/\1/p' debian/libkheaders1.symbols | diff "${tmp}/symbols" -
}

# Print the figures of make bench in README.md, computed from the data of the chart.
figures() {
	jq -r '.processors as $n | .seconds as $s | .bytes as $b |
		def at($case; $build): $s["\($case) -j\($n) \($build)"].wall.median;
		def r: . * 10 | round / 10 | tostring | if test("[.]") then . else . + ".0" end;
		"Linux \(.kernel), \($n) processors (\(.machine)), \(.date[:10])",
		("\(at("cold"; "kit", "own") | r)", "\(at("edited"; "kit", "own") | r)" |
			"+\(.) s"),
		"takes \(at("cold"; "headers") | r) s",
		($b[] | "\(. / 1e6 | r) MB")' pictures/bench.json
}

figures_are_those_measured() {
	figures > "${tmp}/figures"
	[ "$(wc -l < "${tmp}/figures")" = 9 ]
	while read -r figure; do
		tr '\n' ' ' < README.md | grep -q -F -e "${figure}" ||
			echo "not in README.md: ${figure}"
	done < "${tmp}/figures" | tee "${tmp}/findings"
	[ ! -s "${tmp}/findings" ]
}

# Each test is listed by make help, once, with a goal that runs it.
tests_are_listed() {
	make -s help | sed '1,/^Tests/d' | awk '$2 ~ /^check/ { print $1 }' > "${tmp}/listed"
	basename -a -s .t "${testdir}"/tests/*.t | diff - "${tmp}/listed"
}

# A file with an interpreter line is executable, and a sourced file is not.
run_bits_are_right() {
	grep -v '\.postrm$' "${tmp}/sh" | while read -r f; do
		case $(head -n 1 "${f}") in
		'#!'*) [ -x "${f}" ] || echo "${f}" ;;
		*) [ ! -x "${f}" ] || echo "${f}" ;;
		esac
	done > "${tmp}/findings"
	cat "${tmp}/findings"
	[ ! -s "${tmp}/findings" ]
}

# The files, pictures, directories and goals of make in a text exist. $1: the text;
# files of the tests, of the tools or of a build need no path.
# shellcheck disable=SC2016 # for what Markdown quotes with
names_are_there() {
	{
		sed -n 's/.*](\([^)]*\)).*/\1/p' "$1"
		grep -o '`[a-zA-Z0-9_./-]*/[a-zA-Z0-9_./-]*`' "$1" | tr -d '`' |
			grep -v -e '^[/~]' -e ^build/. -e NAME -e '/X\.'
	} > "${tmp}/names"
	[ "$(wc -l < "${tmp}/names")" -ge 8 ]
	while read -r name; do
		ls -d "${name}" || ls -d "${testdir}/${name}" || ls -d "tools/kheaders/${name}" ||
			ls -d "${dir}/obj/${name}"
	done < "${tmp}/names"
	grep -o '\(`\|^    \)make [a-z-]*' "$1" | sed 's/.*make //' | sort -u |
		grep -v -x -e '' -e '-.*' -e kheaders -e modules > "${tmp}/goals"
	while read -r goal; do
		make -n "${goal}" KDIR=/ VERSION="${longterm}" > /dev/null
	done < "${tmp}/goals"
}

# All files of the overlay, and all C files
files | grep -E -e '\.[ch]$' -e '^\./(Documentation|init|kernel|tools/testing/selftests)/' |
	grep -v -e /data/strip/ -e '\.patch$' > "${tmp}/patched"
grep '^\./tools/' "${tmp}/patched" > "${tmp}/tools"
grep -v '^\./tools/' "${tmp}/patched" > "${tmp}/kernel"
# shellcheck disable=SC2046 # names without blanks
check "checkpatch reads the files of the kernel" checkpatch_files $(cat "${tmp}/kernel")
# Outside the kernel, names of libelf's are as they are, and attributes have no macros.
# shellcheck disable=SC2046 # as above
check "checkpatch reads the tools" checkpatch_files \
	--ignore CAMELCASE,PREFER_DEFINED_ATTRIBUTE_MACRO $(cat "${tmp}/tools")
while read -r f; do
	check "checkpatch --strict ${f}" has_no_finding "${f}"
done < "${tmp}/patched"
check "checkpatch: no other line" sh -c "! grep -v '^\./' '${tmp}/checkpatch'"
check "checkpatch --strict init/Kconfig.patch" checkpatch_patch init/Kconfig.patch
check "sparse and W=1: kheaders.o" builds_without_words kheaders.o
for f in tools/kheaders/*.c tools/kheaders/libkheaders/*.c; do
	check "sparse: ${f}" no_word_from_sparse "${f}"
done
# strip.t compiles fuzz-strip.c, which has the kernel's file in it.
for f in tools/kheaders/*.c tools/kheaders/libkheaders/*.c \
	tools/testing/kheaders/programs/*.c; do
	[ "${f##*/}" != fuzz-strip.c ] || continue
	check "compiler: ${f}" on_tool cc -Werror -fsyntax-only "${f}"
done
check "tools: no file of 500 lines" \
	files_are_short tools/kheaders/*.[ch] tools/kheaders/libkheaders/*.[ch]
check "kernel-doc" no_word_from_kernel_doc kernel/*.[ch] tools/kheaders/*.[ch] \
	tools/kheaders/libkheaders/*.[ch]
check "compiler: kheaders_strip" \
	cc -Wall -Wextra -Werror -fsyntax-only kernel/kheaders_strip.c kernel/kheaders_lexer.c
check "debian/: the version and the symbols" packages_agree
for source in flow.dot bench.json; do
	check "pictures/${source}: the picture is that of it" \
		pictures/draw.sh --check "pictures/${source}" "pictures/${source%.*}.svg"
done
check "scripts/overlay.sh: the last version tested is the latest" \
	grep -q "newer than ${latest}, the last one tested" scripts/overlay.sh
check "README.md: figures are those of the chart" figures_are_those_measured
for text in README.md CONTRIBUTING.md; do
	check "${text}: what it names is there" names_are_there "${text}"
done
shell_files > "${tmp}/sh"
check "at least 20 shell files" [ "$(wc -l < "${tmp}/sh")" -ge 20 ]
check "scripts may be run, and what is sourced may not" run_bits_are_right
check "make help lists all tests, with their goals" tests_are_listed
check "no line is longer than 100 columns" lines_are_short
check "shellcheck" xargs shellcheck < "${tmp}/sh"
check "shellcheck: completion" shellcheck tools/kheaders/kheaders.bash-completion
for f in kernel/*.sh; do
	check "busybox ash reads ${f}" busybox ash -n "${f}"
done
finish
