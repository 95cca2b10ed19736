#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# kheaders_strip removes comments and nothing else: tested with samples, whose results are
# stored beside them, with a fuzzer that starts from these, and with all headers of a
# kernel, whose tokens are compared by the compiler.
#
# The fuzzer runs for ${FUZZ_SECONDS}, 30 unless set.

. "$(dirname "$0")/../lib/tap.sh"

samples=${testdir}/data/strip
strip=${tmp}/kheaders_strip

build() {
	cc -O2 -Wall -Wextra -Werror -o "${strip}" \
		"${topdir}/kernel/kheaders_strip.c" "${topdir}/kernel/kheaders_lexer.c"
}

# $1: a sample; its result is in the file of the same name and .out
same_as_written() {
	mkdir -p "${tmp}/out"
	basename "$1" | "${strip}" "${samples}" "${tmp}/out" &&
		cmp "${tmp}/out/$(basename "$1")" "$1.out"
}

# The compiler's tokens of the text on standard input. Where it is told that
# the text is preprocessed it needs no include path, prints macros as they are
# defined and other directives as tokens, but leaves splices in. Assembly has
# comments that it takes for directives; nothing else may be wrong.
tokens() {
	sed -e ':again' -e '/\\[ \t]*\r\?$/{' -e N -e 's/\\[ \t]*\r\?\n//' -e 'b again' -e '}' \
		> "${tmp}/text"
	result=0
	LC_ALL=C cc -x c -E -fpreprocessed -fno-diagnostics-show-caret -dD -P -w "${tmp}/text" \
		> "${tmp}/tokens" 2> "${tmp}/stderr" || result=$?
	if grep -v 'error: invalid preprocessing directive #' "${tmp}/stderr" >&2; then
		return 1
	fi
	[ "${result}" = 0 ] || [ -s "${tmp}/stderr" ] || return 1
	sed -e 's/^[ \t]*//' -e '/^$/d' "${tmp}/tokens"
}

# $1: a directory with the files listed in ${tmp}/headers; the output has all of them,
# each after its name.
tokens_of_all() {
	(cd "$1" && xargs tail -v -n +1 < "${tmp}/headers") | tokens > "${tmp}/all"
	[ "$(grep -c '^==> .* <==$' "${tmp}/all")" = "$(wc -l < "${tmp}/headers")" ]
}

lines_of_all() {
	(cd "$1" && xargs wc -l < "${tmp}/headers" | sed 's/^ *//')
}

same_tokens() {
	tokens_of_all "${source}"
	mv "${tmp}/all" "${tmp}/before"
	tokens_of_all "${tmp}/stripped"
	[ -s "${tmp}/before" ] && cmp "${tmp}/before" "${tmp}/all"
}

same_lines() {
	lines_of_all "${source}" > "${tmp}/before"
	lines_of_all "${tmp}/stripped" > "${tmp}/after"
	cmp "${tmp}/before" "${tmp}/after"
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

check "builds without warnings" build
for sample in "${samples}"/*.h; do
	check "$(basename "${sample}")" same_as_written "${sample}"
done
# The compiler knows no names in <> in a text that is preprocessed.
(cd "${samples}" && find . -name '*.h' ! -name include.h) > "${tmp}/headers"
source=${samples}
check "samples are stripped" strips_all
check "samples: same tokens" same_tokens
check "samples: same number of lines" same_lines

printf 'int a; /* no end\n' > "${tmp}/open.h"
check "an unterminated comment: unchanged" \
	sh -c "cd '${tmp}' && mkdir o && echo open.h | '${strip}' . o 2> o.err &&
		cmp open.h o/open.h"
check "and a warning that names it" grep -q 'warning: ./open.h' "${tmp}/o.err"
printf 'char *a = R"(/*)"; /* stays */\n' > "${tmp}/raw.h"
check "a raw string: unchanged" \
	sh -c "cd '${tmp}' && echo raw.h | '${strip}' . o 2> o.err && cmp raw.h o/raw.h"
check "and a warning that names it" grep -q 'warning: ./raw.h' "${tmp}/o.err"
printf 'a\n/* \0 */ b\0c\n' > "${tmp}/nul.h"
check "NUL bytes" \
	sh -c "cd '${tmp}' && echo nul.h | '${strip}' . o && printf 'a\nb\0c\n' | cmp - o/nul.h"
printf 'a(); /* Fall through */\n/* gone */ b();\n' > "${tmp}/tool.c"
printf 'a(); /* Fall through */\nb();\n' > "${tmp}/tool.c.out"
check "a program: a comment for the compiler stays, others go" \
	sh -c "cd '${tmp}' && echo tool.c | '${strip}' . o && cmp tool.c.out o/tool.c"
printf '#!/bin/sh\n# /* */\n' > "${tmp}/script"
chmod 700 "${tmp}/script"
ln -s script "${tmp}/link"
check "other files unchanged" \
	sh -c "cd '${tmp}' && echo script | '${strip}' . o && cmp script o/script"
check "mode 755 if executable" [ "$(stat -c %a "${tmp}/o/script")" = 755 ]
check "a symbolic link arrives as a file" \
	sh -c "cd '${tmp}' && echo link | '${strip}' . o && [ -f o/link ] && [ ! -L o/link ]"
check "-k keeps comments" \
	sh -c "cd '${tmp}' && echo open.h | '${strip}' -k . o && cmp open.h o/open.h"
check_fails "a missing file" "kheaders_strip: \./none\.h: No such file" \
	sh -c "cd '${tmp}' && echo none.h | '${strip}' . o"
check_fails "no usage" "Usage" "${strip}"
if [ -w /dev/full ]; then
	mkdir "${tmp}/full"
	ln -s /dev/full "${tmp}/full/open.h"
	check_fails "a full disk" "full/open.h: No space left" \
		sh -c "cd '${tmp}' && echo open.h | '${strip}' -k . full"
fi

# $1: seconds; what fails is kept
fuzz() {
	clang -g -O1 -Wall -Wextra -Werror -fsanitize=fuzzer,address,undefined \
		-o "${tmp}/fuzz" "${testdir}/programs/fuzz-strip.c"
	mkdir "${tmp}/corpus"
	"${tmp}/fuzz" -max_total_time="$1" -max_len=1000 -dict="${samples}/dict" \
		-artifact_prefix="${builddir}/strip-" "${tmp}/corpus" "${samples}"
}

"${fetchdir}/packages.sh" build host
check "fuzzed for ${FUZZ_SECONDS:=30} s" fuzz "${FUZZ_SECONDS}"

for version in ${spread}; do
	source=$("${fetchdir}/source.sh" "${version}")
	(cd "${source}" && find include arch/*/include -name '*.h') | sort > "${tmp}/headers"
	rm -rf "${tmp}/stripped"
	check "${version}: $(wc -l < "${tmp}/headers") headers" strips_all
	check "${version}: same tokens" same_tokens
	check "${version}: same number of lines" same_lines
	check "${version}: smaller by a tenth at least" is_smaller
done
finish
