#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# kheaders_strip takes out comments and nothing else: samples, whose results
# are written beside them, and all headers of a kernel, compared with what the
# compiler makes of both.

. "$(dirname "$0")/../tap.sh"

samples=${here}/strip
strip=${tmp}/kheaders_strip

# $1: flags of the compiler; builds ${strip}
build() {
	# shellcheck disable=SC2086 # a list
	cc -O2 -Wall -Wextra -Werror $1 -o "${strip}" "${topdir}/kernel/kheaders_strip.c"
}

# $1: a sample; its result is in the file of the same name and .out
same_as_written() {
	mkdir -p "${tmp}/out"
	basename "$1" | "${strip}" "${samples}" "${tmp}/out" && cmp "${tmp}/out/$(basename "$1")" "$1.out"
}

# $1: a directory of headers; prints the compiler's tokens of all of them, with
# the name and the number of lines of each, by few calls of the compiler.
tokens() {
	(
		cd "$1"
		while read -r f; do
			printf '\n@@@ %s %s\n' "${f}" "$(wc -l < "${f}")"
			cat "${f}"
		done < "${tmp}/headers" > "${tmp}/all.h"
		cc -E -fpreprocessed -P -w -x c "${tmp}/all.h"
	)
}

same_tokens() {
	tokens "${source}" > "${tmp}/before"
	tokens "${tmp}/stripped" > "${tmp}/after"
	[ "$(grep -c '^ *@@@' "${tmp}/before")" -gt 1000 ] && cmp "${tmp}/before" "${tmp}/after"
}

strips_all() {
	mkdir "${tmp}/stripped"
	"${strip}" "${source}" "${tmp}/stripped" < "${tmp}/headers"
}

is_smaller() {
	before=$(cd "${source}" && xargs cat < "${tmp}/headers" | wc -c)
	after=$(cd "${tmp}/stripped" && xargs cat < "${tmp}/headers" | wc -c)
	echo "${before} ${after}"
	[ "$((after * 100))" -lt "$((before * 90))" ]
}

check "builds without warnings" build ""
for sample in "${samples}"/*.h "${samples}"/*.c; do
	check "$(basename "${sample}")" same_as_written "${sample}"
done

printf 'int a; /* no end\n' > "${tmp}/open.h"
check "an unterminated comment: unchanged" sh -c "cd '${tmp}' && mkdir o && echo open.h | '${strip}' . o 2> o.err && cmp open.h o/open.h"
check "and a warning that names it" grep -q 'warning: ./open.h' "${tmp}/o.err"
printf 'a\n/* \0 */ b\0c\n' > "${tmp}/nul.h"
check "NUL bytes" sh -c "cd '${tmp}' && echo nul.h | '${strip}' . o && printf 'a\nb\0c\n' | cmp - o/nul.h"
printf '#!/bin/sh\n# /* */\n' > "${tmp}/script"
chmod 700 "${tmp}/script"
ln -s script "${tmp}/link"
check "other files unchanged" sh -c "cd '${tmp}' && echo script | '${strip}' . o && cmp script o/script"
check "mode 755 if executable" [ "$(stat -c %a "${tmp}/o/script")" = 755 ]
check "a symbolic link arrives as a file" sh -c "cd '${tmp}' && echo link | '${strip}' . o && [ -f o/link ] && [ ! -L o/link ]"
check "-k keeps comments" sh -c "cd '${tmp}' && echo open.h | '${strip}' -k . o && cmp open.h o/open.h"
check_fails "a missing file" "kheaders_strip: \./none\.h: No such file" sh -c "cd '${tmp}' && echo none.h | '${strip}' . o"
check_fails "no usage" "Usage" "${strip}"
if [ -w /dev/full ]; then
	mkdir "${tmp}/full"
	ln -s /dev/full "${tmp}/full/open.h"
	check_fails "a full disk" "full/open.h: No space left" sh -c "cd '${tmp}' && echo open.h | '${strip}' -k . full"
fi

for version in 6.1 7.3; do
	source=$("${here}/source.sh" "${version}")
	(cd "${source}" && find include arch/*/include -name '*.h') | sort > "${tmp}/headers"
	rm -rf "${tmp}/stripped"
	check "${version}: $(wc -l < "${tmp}/headers") headers" strips_all
	check "${version}: same tokens, same number of lines" same_tokens
	check "${version}: smaller by a tenth at least" is_smaller
done
finish
