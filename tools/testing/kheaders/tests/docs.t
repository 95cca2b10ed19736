#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/ agrees with the code: references exist, and lists of keys, options,
# fragments and messages are complete.
#
# shellcheck disable=SC2016 # for what rst quotes with

. "$(dirname "$0")/../lib/tap.sh"

"${fetchdir}/packages.sh" build lint
cd "${topdir}"
dir=$(GOAL="modules_prepare kernel/kheaders_data.o" "${testdir}/build/kernel.sh" um "${usual}")
guide=Documentation/admin-guide/kheaders.rst

# Each path exists in the kernel tree, in the object tree, in this repository, or among
# our own files in the archive.
references_exist() {
	perl -ne 'print "$1\n" while m:(?<![\w/.])((Documentation|init|kernel|scripts|tools/testing|tools/kheaders)/[\w./*-]*\w):g' \
		"$@" | sort -u > "${tmp}/references"
	[ "$(wc -l < "${tmp}/references")" -ge 10 ]
	result=0
	while read -r f; do
		for file in "${dir}/tree/"${f} "${dir}/obj/"${f} ${f} kernel/kheaders/${f}; do
			[ ! -e "${file}" ] || continue 2
		done
		echo "${f}: no such file"
		result=1
	done < "${tmp}/references"
	return "${result}"
}

# $1: what the guide has, $2: what the code has; both the same, and not nothing
the_same() {
	sort -u "$1" > "$1.sorted"
	sort -u "$2" > "$2.sorted"
	[ -s "$1" ] && diff "$1.sorted" "$2.sorted"
}

keys() {
	sed -n 's/^``\([A-Z_]*\)``  .*/\1/p' "${guide}" > "${tmp}/guide"
	{
		sed -n '/^archive()/,/^}/p' kernel/gen_kheaders.sh
		sed -n '/^info()/,/^}/p' kernel/kheaders_list.sh
	} | grep -o -E -e '["/ ][A-Z_]+=' -e 'quoted_option [A-Z_]+' |
		sed -e 's:.*["/ ]::' -e 's/=$//' > "${tmp}/code"
	the_same "${tmp}/guide" "${tmp}/code"
}

options() {
	sed -n 's/^``\(IKHEADERS[A-Z_]*\)``$/\1/p' "${guide}" > "${tmp}/guide"
	sed -n 's/^+config //p' init/Kconfig.patch > "${tmp}/code"
	the_same "${tmp}/guide" "${tmp}/code"
}

fragments() {
	sed -n 's/^``\(kheaders.*\.config\)``$/\1/p' "${guide}" > "${tmp}/guide"
	(cd kernel/configs && ls) > "${tmp}/code"
	the_same "${tmp}/guide" "${tmp}/code"
}

# Scripts; a message that goes on in the next line is one line.
joined() {
	sed -e ':again' -e '/\\$/N; s/",\{0,1\} \\\n[[:blank:]]*"/ /; t again' "$@"
}

# Messages of our files in the archive
kit_messages() {
	kit=kernel/kheaders/scripts/kheaders
	joined kernel/kheaders/GNUmakefile "${kit}"/* |
		sed -n -e 's/.*\(echo ["'\''"]\|\$(error \)\(kheaders: [^;"]*\).*/\2/p' |
		grep -v '\$\*'
	joined "${kit}/compiler.sh" kernel/kheaders/rust/crates.sh |
		sed -n 's/.*die "\([^;"]*\);.*/kheaders: \1/p'
	joined "${kit}/output.sh" | sed -n 's/.*die "\([^;"]*\);.*/kheaders: O=${out}: \1/p'
}

# Messages up to the remedy; _ is a placeholder.
code_messages() {
	kit_messages | sed -e ':again' -e 's/\$([^()]*)/_/; t again' \
		-e 's/\${[^}]*}/_/g; s/\$[0-9@]/_/g; s:_/_:_:g; s/ARCH=/_=/g'
	sed -n 's/.*die "\([^;"]*\).*/gen_kheaders: \1/p' kernel/gen_kheaders.sh |
		sed 's/\$((.*))/_/; s/\${[^}]*}/_/g; s/\$[0-9]/_/'
	sed -n 's/.*echo "\(gen_kheaders: [^;"]*\).*/\1/p' kernel/gen_kheaders.sh | grep -v '\$'
	joined kernel/kheaders_list.sh kernel/kheaders_kit.sh kernel/kheaders_rust.sh |
		sed -n -e 's/" \(file\|dir\) "/_/; s:\${.*}/include:_:; s/\${\(dir\|f\)}/_/; s/ARCH=/_=/' \
			-e 's/.*"\(kheaders_list: .*\)" >.*/\1/p'
	sed -n 's/.*"\(kheaders_strip: [^"]*\)\\n".*/\1/p' kernel/kheaders_strip.c |
		sed 's/%s/_/g; s:_/_:_:'
}

messages() {
	sed -n 's/^``\([a-z_]*: .*\)``$/\1/p' "${guide}" |
		sed -E 's/\b(ARCH|CHARACTERS|COMPILER|DATE|DIR|FILE|GOAL|HEADER|MACHINE|N|PROGRAM|REASON|TAR|VERSION)\b/_/g' > "${tmp}/guide"
	code_messages > "${tmp}/code"
	the_same "${tmp}/guide" "${tmp}/code"
}

# The table has the recorded results, and nothing else.
table_of_lines() {
	lines=${testdir}/lines.sh
	sed -n '/^\.\. make lines writes this table$/,/^\.\. end of the table$/p' \
		Documentation/kbuild/kheaders.rst | sed -e '1,2d' -e '$d' |
		sed '$d' > "${tmp}/document"
	"${lines}" table "${testdir}/data/results" > "${tmp}/table"
	[ -s "${tmp}/table" ] && diff "${tmp}/table" "${tmp}/document"
}

# "Linux A, B and C are tested" of README.md; booted, as the table has it
tested_lines() {
	sed -n 's/^- Linux \(.*\) are tested.*/\1/p' README.md | sed 's/,\| and/\n/g' |
		tr -d ' ' > "${tmp}/readme"
	sed -n 's/ booted .*//p' "${testdir}/data/results" > "${tmp}/booted"
	the_same "${tmp}/readme" "${tmp}/booted"
}

no_word_from_get_abi() {
	perl "${dir}/tree/scripts/get_abi.pl" validate --dir Documentation/ABI/testing \
		> "${tmp}/findings" 2>&1
	cat "${tmp}/findings"
	[ ! -s "${tmp}/findings" ]
}

find Documentation -type f > "${tmp}/documents"
grep '\.rst$' "${tmp}/documents" > "${tmp}/rst"
while read -r f; do
	check "rst: ${f}" rst2html --report=info --halt=warning "${f}" /dev/null
done < "${tmp}/rst"
# shellcheck disable=SC2046 # names without blanks
check "what documents refer to is there" references_exist $(cat "${tmp}/documents")
check "the guide has the keys of .kheaders, all and no other" keys
check "the guide has the options, all and no other" options
check "the guide has the fragments, all and no other" fragments
check "the guide has the messages, all and no other" messages
check "the table of kernel lines is what tests have noted" table_of_lines
check "README.md calls those lines tested that were booted, and no other" tested_lines
check "the kernel's check of ABI documents" no_word_from_get_abi
finish
