#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The kheaders command works as its pages describe: what it prints, how fast it is, what it
# reports if the kernel refuses and, in guests, all subcommands with a kernel's own
# archive.
#
# Usage: tools.t [KERNEL]...

. "$(dirname "$0")/../lib/command.sh"
. "$(dirname "$0")/../lib/tap.sh"

[ $# != 0 ] || set -- "${latest}"
PATH=/mnt/bin:${PATH}
commands=$(kheaders --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')

# $1: exit status wanted, then the command; anything wrong is one line
ends() {
	want=$1
	shift
	status=0
	"$@" > "${tmp}/stdout" 2> "${tmp}/stderr" || status=$?
	cat "${tmp}/stdout" "${tmp}/stderr"
	[ "${status}" = "${want}" ] && [ "$(wc -l < "${tmp}/stderr")" = "$((want != 0))" ]
}

# ---- pages, help and completion
words_of() {
	grep -o -E -e '--[a-z]+' | sort -u
}
page() {
	man -l "${source}/$1" | col -b
}
page_has_commands() {
	for command in ${commands}; do
		page kheaders.1 | grep -q -E "^ +${command}( |\$)" || return
	done
	[ "$(grep -c '^\.B[I]* [a-z\\-]*\( "\|$\)' "${source}/kheaders.1")" -ge \
		"$(echo "${commands}" | wc -l)" ]
}
same_options() {
	{
		kheaders --help
		kheaders status --help
	} | words_of > "${tmp}/help"
	sed 's/\\-/-/g' "${source}/kheaders.1" | words_of > "${tmp}/page"
	completes status - | sort > "${tmp}/completion"
	diff "${tmp}/help" "${tmp}/page" && diff "${tmp}/help" "${tmp}/completion"
}
page_has_keys() {
	kheaders status --json | sed -n 's/^  "\(.*\)": .*/\1/p' > "${tmp}/keys"
	[ -s "${tmp}/keys" ] || return
	while read -r key; do
		grep -q -E "^\.BR? .*\b${key}\b" "${source}/kheaders.1" || return
	done < "${tmp}/keys"
}
page_has_functions() {
	nm -D --defined-only /mnt/bin/libkheaders.so |
		sed -n 's/.* T \(kheaders_[a-z_]*\).*/\1/p' | sort > "${tmp}/exported"
	grep -o -E '\bkheaders_[a-z]+_[a-z]+\(' "${source}/libkheaders/kheaders.h" |
		sed 's/(//' | sort -u > "${tmp}/declared"
	page libkheaders.3 | grep -o -E '\bkheaders_[a-z]+_[a-z]+\(' |
		sed 's/(//' | sort -u > "${tmp}/described"
	[ -s "${tmp}/exported" ] && diff "${tmp}/exported" "${tmp}/declared" &&
		diff "${tmp}/exported" "${tmp}/described"
}
page_has_no_warning() {
	[ -z "$(man --warnings -l "${source}/$1" 2>&1 > "${tmp}/page")" ]
}
# $@: words of a command line, the last of which is completed
completes() {
	bash -c '. "$1"; shift; COMP_WORDS=(kheaders "$@"); COMP_CWORD=$#; _kheaders
		printf "%s\n" "${COMPREPLY[@]}"' - "${source}/kheaders.bash-completion" "$@"
}
# A file that is not in the table is none.
all_are_in_the_table() {
	sed -n '/^const struct cmd /,/};/s/.*\.name = "\(.*\)",/\1/p' "${source}"/*.c |
		sort > "${tmp}/defined"
	[ -s "${tmp}/defined" ] && echo "${commands}" | sort | diff "${tmp}/defined" -
}
check "each command that a file defines is in --help" all_are_in_the_table
for command in ${commands}; do
	check "${command} --help" ends 0 kheaders "${command}" --help
done
check "kheaders.1 has all commands" page_has_commands
helps_after_options() {
	kheaders --cache /none status --help | grep -q '^Usage: kheaders status'
}
check "--help: of a command that follows an option" helps_after_options
check "kheaders.1, --help and completion have the same options" same_options
check "completion has the same commands" [ "$(completes "")" = "${commands}" ]
completes_files() {
	bash -c '. "$1"; compopt() { echo "$@"; };
		COMP_WORDS=(kheaders "$2" ""); COMP_CWORD=$3; _kheaders' \
		- "${source}/kheaders.bash-completion" "$1" "$2"
}
check "completion: a command is no file" [ -z "$(completes_files build 1)" ]
check "completion: what it is given is" [ "$(completes_files build 2)" = "-o filenames" ]
check "kheaders.1 has all keys of the JSON" page_has_keys
check "libkheaders.3, kheaders.h and the symbol map have the same functions" page_has_functions
check "kheaders.1: no warning" page_has_no_warning kheaders.1
check "libkheaders.3: no warning" page_has_no_warning libkheaders.3
check "--version" ends 0 kheaders --version

# ---- called wrongly
check "no command" ends 2 kheaders
check "no such command" ends 2 kheaders none
check "no such option" ends 2 kheaders path --none
check "it is named" grep -q -- '^kheaders: --none: ' "${tmp}/stderr"
check "a letter that is no option" ends 2 kheaders path -vx
check "it is named, too" grep -q -- '^kheaders: -x: ' "${tmp}/stderr"
check "an option without its value" ends 2 kheaders path --archive
check "an argument missing" ends 2 kheaders extract
check "too many arguments" ends 2 kheaders path there
check "--json where there is none" ends 2 kheaders path --json
check "a release that is none" ends 2 kheaders path --release ../x
check "an empty path" ends 2 kheaders path --archive ""
check_fails "stdout is full" "stdout: No space left" sh -c "kheaders --help > /dev/full"

# ---- eBPF: of a kernel for x86_64, built by clang
x86=$(LLVM=1 GOAL=kernel/kheaders_data.o \
	"${testdir}/build/kernel.sh" qemu "${usual}" kit-llvm INIT_STACK_NONE=y)
x86=${x86}/obj/kernel/kheaders_data.tar.xz
of_x86() {
	kheaders "$@" --archive "${x86}" --cache /mnt/bpf
}
# $1: a name for the output, then headers
compiles() {
	ir=$1
	shift
	of_x86 cflags "$@" > "${tmp}/flags"
	# shellcheck disable=SC2046 # flags
	clang $(cat "${tmp}/flags") -c "${testdir}/guest/clients/probe.c" -o "/mnt/${ir}.ll" &&
		llc -march=bpf -filetype=obj -o "/mnt/${ir}.o" "/mnt/${ir}.ll" &&
		readelf -h "/mnt/${ir}.o" | grep -q 'Machine:.*BPF'
}
compiles_faster() {
	compiles fast && grep -q include-pch "${tmp}/flags" && cmp /mnt/plain.ll /mnt/fast.ll
}
makes_pch() {
	pch=$(of_x86 pch) && [ -s "${pch}" ]
}
made_once() {
	touch /mnt/now
	[ "$(of_x86 pch)" = "$(of_x86 pch)" ] &&
		! find /mnt/bpf -newer /mnt/now -name '*.pch' | grep .
}
# clang reports the reason.
has_no_such_header() {
	files=$(find /mnt/bpf | wc -l)
	! of_x86 pch linux/none.h 2> "${tmp}/stderr" &&
		grep -q "'linux/none.h' file not found" "${tmp}/stderr" &&
		[ "$(find /mnt/bpf | wc -l)" = "${files}" ]
}
# clang does not take one whose source is newer than it was.
two_at_once() {
	for i in 1 2 3; do
		find /mnt/bpf -path '*/.kheaders-pch/*' -delete
		of_x86 pch > "${tmp}/1" &
		sleep "0.${i}"
		of_x86 pch > "${tmp}/2"
		wait $!
		cmp "${tmp}/1" "${tmp}/2"
		compiles fast
		grep -q include-pch "${tmp}/flags"
	done
}
# As Linux's own archive, which has headers only
compiles_with_headers() {
	mkdir "${tmp}/own"
	tar -xJf "${x86}" -C "${tmp}/own" --wildcards './include*' './arch/*/include*'
	tar -cJf /mnt/own.tar.xz -C "${tmp}/own" .
	kheaders cflags --archive /mnt/own.tar.xz --cache /mnt/bpf-own > "${tmp}/flags"
	# shellcheck disable=SC2046 # flags
	clang $(cat "${tmp}/flags") -c "${testdir}/guest/clients/probe.c" -o /mnt/own.ll
}
check "a program with headers of the kernel compiles" compiles plain
check "an archive without .kheaders: so it does" compiles_with_headers
check "pch" makes_pch
check "pch: made once" made_once
# clang goes on when only kheaders is killed; the next call waits for it.
killed_alone() {
	printf '%s\n' '#!/bin/sh' 'case "$*" in *c-header*) echo $$ > /mnt/clang-pid; sleep 2 ;; esac' \
		'exec clang "$@"' > /mnt/slow-clang
	chmod +x /mnt/slow-clang
	CLANG=/mnt/slow-clang kheaders pch linux/fs.h --archive "${x86}" --cache /mnt/bpf &
	until [ -s /mnt/clang-pid ]; do
		kill -s 0 $!
	done
	kill -s KILL $!
	touch "$(dirname "$(of_x86 pch)")/left.pch-1f.new.tmp"
	first=$(cat /mnt/clang-pid)
	CLANG=/mnt/slow-clang of_x86 pch linux/fs.h > "${tmp}/path"
	if kill -s 0 "${first}" 2> /dev/null; then
		return 1
	fi
	[ -s "$(cat "${tmp}/path")" ]
	! find /mnt/bpf -name '*.new' -o -name '*.tmp' | grep .
}
check "with it, the program is the same" compiles_faster
check "pch: killed, and clang goes on: the next call waits, and nothing is left" killed_alone
check "pch: two at once" two_at_once
check_fails "a clang that says nothing" \
	"true: not found, or not clang; install clang, or set CLANG" \
	env CLANG=true kheaders cflags --archive "${x86}" --cache /mnt/bpf
without_pch() {
	of_x86 cflags linux/fs.h linux/sched.h > "${tmp}/flags"
	grep nostdinc "${tmp}/flags"
	! grep include-pch "${tmp}/flags"
}
check "and other headers need another one" without_pch
check "pch: no such header; nothing is left" has_no_such_header
check_fails "pch: no clang" "none: not found, or not clang; install clang, or set CLANG" \
	env CLANG=none kheaders pch --archive "${x86}" --cache /mnt/bpf

# The newest kernel's headers need flags that older kernels are not built with.
newest=$(GOAL=kernel/kheaders_data.o \
	"${testdir}/build/kernel.sh" qemu "${latest}" kit INIT_STACK_NONE=y)
compiles_without_words() {
	CLANG="$1" kheaders cflags --archive "${newest}/obj/kernel/kheaders_data.tar.xz" \
		--cache /mnt/bpf > "${tmp}/flags"
	# shellcheck disable=SC2046 # flags
	"$1" $(cat "${tmp}/flags") -c "${testdir}/guest/clients/probe.c" \
		-o /mnt/newest.ll 2> "${tmp}/words"
	cat "${tmp}/words"
	[ ! -s "${tmp}/words" ]
}
for clang in clang clang-19; do
	if command -v "${clang}" > /dev/null; then
		check "${latest}: a program with headers of the kernel compiles, without a word: ${clang}" \
			compiles_without_words "${clang}"
	fi
done

# ---- installed
installed() {
	(umask 077 && make -s -C "${source}" O=/mnt/bin install DESTDIR=/mnt/dest PREFIX=/usr)
	[ -z "$(find /mnt/dest ! -perm -444)" ]
	sed -i 's:/usr:/mnt/dest/usr:' /mnt/dest/usr/lib/pkgconfig/libkheaders.pc
	export PKG_CONFIG_PATH=/mnt/dest/usr/lib/pkgconfig
	# shellcheck disable=SC2046 # flags
	cc -o /mnt/threads "${testdir}/programs/threads.c" \
		$(pkg-config --cflags --libs libkheaders) -lpthread
	# shellcheck disable=SC2046
	cc -o /mnt/threads-static "${testdir}/programs/threads.c" \
		$(pkg-config --cflags libkheaders) /mnt/dest/usr/lib/libkheaders.a \
		$(pkg-config --libs libarchive libelf libkmod liblzma) -lpthread
	# shellcheck disable=SC2046
	cc -o /mnt/caller "${testdir}/programs/caller.c" $(pkg-config --cflags --libs libkheaders)
}
threads() {
	LD_LIBRARY_PATH=/mnt/dest/usr/lib /mnt/threads "${good}" /mnt/threads-cache
}
modes_are_right() {
	[ -d "$(threads)" ]
	[ -z "$(find "$(threads)" ! -type l ! -perm 755 ! -perm 644)" ]
}
calls() {
	LD_LIBRARY_PATH=/mnt/dest/usr/lib /mnt/caller "${good}" /mnt/threads-cache
}
unit_is_good() {
	! systemd-analyze verify --man=no /mnt/dest/usr/lib/systemd/system/kheaders-*.service 2>&1 |
		grep kheaders- | grep -v 'not executable'
}
hardened() {
	readelf -dlW "$1" > "${tmp}/elf"
	grep -q 'BIND_NOW' "${tmp}/elf" && grep -q GNU_RELRO "${tmp}/elf" &&
		! grep -q 'GNU_STACK.*RWE' "${tmp}/elf" &&
		readelf -sW "$1" | grep -q __stack_chk_fail
}
finds_its_library() {
	make -s -C "${source}" O=/mnt/bin install DESTDIR=/mnt/elsewhere PREFIX="$1"
	readelf -d "/mnt/elsewhere$1/bin/kheaders" | grep -q "RUNPATH.*\\[$1/lib\\]"
}
check "make install" finds_its_library /opt/one
check "make install, elsewhere" finds_its_library /opt/other
check "make install; a program is linked by pkg-config, shared and static" installed
check "eight threads, each a context, and one that changes the umask" modes_are_right
check "a caller that forks, has another umask, or links to no tree" calls
check "the same, static" [ "$(/mnt/threads-static "${good}" /mnt/threads-cache)" = "$(threads)" ]
if command -v systemd-analyze > /dev/null; then
	check "the systemd units" unit_is_good
fi
check "hardened: kheaders" hardened /mnt/bin/kheaders
check "hardened: libkheaders" hardened /mnt/bin/libkheaders.so
thread_sanitizer() {
	make -s -C "${source}" O=/mnt/tsan CFLAGS="-O1 -fsanitize=thread" LDFLAGS=-fsanitize=thread
	/mnt/tsan/kheaders extract --archive "$1" /mnt/tsan-out
}
check "ThreadSanitizer" thread_sanitizer /mnt/archives/good-part.tar.xz

# ---- another kernel's sysfs, and one that refuses
sys=/mnt/sys
fake() {
	env LD_PRELOAD=/mnt/fake.so FAKE_SYSFS="${sys}" FAKE_ARCHIVE="${good}" "$@"
}
modules=/mnt/lib/modules
running=$(uname -r)
build_fake
make_sysfs "${sys}" 12345678
mkdir -p "${modules}/${running}" "${modules}/${release}"
cp "${dir}/modules/lib/modules/"*/kernel/kernel/kheaders.ko "${modules}/${running}"
touch "${modules}/${running}/modules.order" "${modules}/${running}/modules.builtin" \
	"${modules}/${release}/modules.order"
depmod -b /mnt "${running}"
for case in "1 cannot be loaded from here" \
	"129 not signed by a key that the kernel trusts; sign it" \
	"126 not signed by a key" "8 not a module of this kernel" "12 Cannot allocate memory"; do
	check_fails "load refused, errno ${case%% *}" "${case#* }" \
		fake FAKE_LOAD="${case%% *}" kheaders path --sysfs "${sys}" --modules "${modules}"
done
mkdir "${sys}/kernel/security"
echo "none [integrity] confidentiality" > "${sys}/kernel/security/lockdown"
check_fails "load refused, lockdown" "refused by the kernel's lockdown" \
	fake FAKE_LOAD=1 kheaders path --sysfs "${sys}" --modules "${modules}"
check_fails "an archive of another release by that module" \
	"belongs to ${release}, not to ${running}" \
	fake kheaders path --sysfs "${sys}" --modules "${modules}"
check "it is unloaded then" [ ! -L "${sys}/kernel/kheaders.tar.xz" ]
says_it_stays() {
	fake FAKE_UNLOAD=16 kheaders path -v --sysfs "${sys}" --modules "${modules}" 2>&1 |
		grep 'stays loaded'
}
check "in use when it is to be unloaded: stays" says_it_stays
rm -f "${sys}/kernel/kheaders.tar.xz"
ln -sf "${good}" "${sys}/kernel/kheaders.tar.xz"
container() {
	kheaders "$@" --sysfs "${sys}" --release "${release}" --cache /mnt/container \
		--modules "${modules}"
}
by_build_id() {
	[ "$(container path)" = "/mnt/container/${release}-3132333435363738" ]
}
check "container: --sysfs, --release" by_build_id
other() {
	kheaders "$@" --release "${release}" --cache /mnt/container --modules "${modules}"
}
check "its build and its archive are not those in /sys" \
	sh -c "kheaders status --json --release 1.2.3 --modules '${modules}' |
	tr -d '\n' | grep -q '\"build\": null,  *\"archive\": \"absent\"'"
check_fails "nor does extract take that" "${release}: is not the running kernel" \
	other extract /mnt/other
check_fails "link: an archive of another kernel" "belongs to ${release}, not to ${running}" \
	kheaders link --archive "${good}" --cache /mnt/container --modules "${modules}"
check "link: with its release" other link --archive "${good}"
check "unlink" other unlink
link_anew() {
	(
		umask 077
		kheaders link --archive "${good}" --release "${release}" --modules /mnt/new \
			--cache /mnt/new-cache
	)
	[ "$(stat -c %a /mnt/new "/mnt/new/${release}" | tr '\n' ' ')" = "755 755 " ]
}
check "link: the directories that it makes are for all" link_anew
check "container: without tar, xz and modprobe" \
	env PATH=/mnt/bin kheaders extract --sysfs "${sys}" --release "${release}" /mnt/no-tar
make_sysfs "${sys}" 87654321
check "another build of the same release: another tree" sh -c \
	"[ \$(kheaders path --sysfs ${sys} --release ${release} --cache /mnt/container) = \
		/mnt/container/${release}-3837363534333231 ]"
printf 'short' > "${sys}/kernel/notes"
check_fails "notes that make no sense, and no ID" "has no build ID of the kernel" container path
echo 0123456789abcdef > "${sys}/module/kheaders_symvers/version"
check "the archive's ID instead" container path
echo fedcba9876543210 > "${sys}/module/kheaders_symvers/version"
check_fails "a kernel of another build" "belongs to another build of ${release}" container path
check_fails "another kernel than the one that runs" "is not the running kernel" \
	kheaders path --release 1.2.3
check_fails "/sys missing" "mount sysfs" kheaders path --sysfs /mnt/none

# ---- status
status_is_json() {
	kheaders status --json "$@" > "${tmp}/json"
	cat "${tmp}/json"
	python3 -c 'import json, sys; s = json.load(open(sys.argv[1])); \
		assert s["release"] and s["archive"]' "${tmp}/json"
}
echo 0123456789abcdef > "${sys}/module/kheaders_symvers/version"
check "status: ten lines at most" [ "$(container status | wc -l)" -le 10 ]
check "status --json" status_is_json
check "status --json, of an archive" status_is_json --archive "${good}"
check "status: built in" \
	sh -c "kheaders status --sysfs ${sys} --release ${release} | grep '^archive: *built in'"
check "status: of an archive, with a tree" sh -c \
	"[ \$(kheaders path --archive ${good}) ] &&
		kheaders status --archive ${good} | grep 'programs: source, not built yet\$'"
check "status: an unusable cache is a line" \
	sh -c "kheaders status --cache /tmp/x --archive ${good} | grep '^problem:'"

# ---- Module.symvers, against what Debian ships for its 6.1
debian_symvers() {
	grep -v -P '\tvmlinux\t' "${debian}"/usr/src/*-amd64/Module.symvers | sort > "${tmp}/wanted"
	mkdir -p "${modules}/${r}/kernel"
	mount --bind "${debian}/lib/modules/${r}/kernel" "${modules}/${r}/kernel"
	depmod -b /mnt "${r}" 2> "${tmp}/depmod"
	printf '0x00000000\tnothing\tvmlinux\tEXPORT_SYMBOL\t\n' > "${sys}/kernel/kheaders.symvers"
	kheaders extract --archive "${good}" /mnt/tree
	# shellcheck disable=SC2046
	cc -o "${symvers}" "${testdir}/programs/symvers.c" -I"${source}/libkheaders" \
		-L/mnt/bin -lkheaders -Wl,-rpath,/mnt/bin
	(cd /mnt && "${symvers}" "${sys}" "${r}" "${modules#/mnt/}" /mnt/tree)
	grep -v -P '\tvmlinux\t' /mnt/tree/Module.symvers | sort > "${tmp}/got"
	[ -s "${tmp}/wanted" ] &&
		diff "${tmp}/wanted" "${tmp}/got" | head -n 20 > "${tmp}/difference"
	cat "${tmp}/difference"
	[ ! -s "${tmp}/difference" ]
}

# A tree as from a built-in archive: Module.symvers has one symbol of vmlinux, and one
# of a module that no longer exists.
symvers_in_tree() {
	sed -i 's/^SYMVERS=.*/SYMVERS=vmlinux/' /mnt/tree/.kheaders
	printf '0x00000000\t%s\t%s\tEXPORT_SYMBOL\t\n' nothing vmlinux gone extra/gone \
		> /mnt/tree/Module.symvers
	rm "${sys}/kernel/kheaders.symvers"
	for _ in 1 2; do
		(cd /mnt && "${symvers}" "${sys}" "${r}" "${modules#/mnt/}" /mnt/tree)
		sort /mnt/tree/Module.symvers > "${tmp}/in-tree"
		printf '0x00000000\tnothing\tvmlinux\tEXPORT_SYMBOL\t\n' |
			sort - "${tmp}/wanted" | cmp - "${tmp}/in-tree"
	done
}

# With those of all modules nothing is added.
symvers_stay() {
	sed -i 's/^SYMVERS=.*/SYMVERS=yes/' /mnt/tree/.kheaders
	echo all > /mnt/tree/Module.symvers
	"${symvers}" "${sys}" "${r}" "${modules}" /mnt/tree
	echo all | cmp - /mnt/tree/Module.symvers
}
debian=$("${fetchdir}/debian-kernel.sh")
symvers=/mnt/symvers
r=$(basename "${debian}"/lib/modules/*)
check "Module.symvers: modules' files, the same as Debian's" debian_symvers
check "Module.symvers: of an archive that is built in, the same" symvers_in_tree
check "Module.symvers: of the whole build: stays" symvers_stay

# ---- how far it is
archive=${dir}/obj/kernel/kheaders_data.tar.xz
progress() {
	"${testdir}/programs/slow.py" kheaders path --archive "${archive}" --cache /mnt/slow |
		tee "${tmp}/slow"
	grep -q 'unpacking, [0-9]*%' "${tmp}/slow" && ! grep '%/mnt/slow' "${tmp}/slow"
}
check "on a terminal, and slow: it says how far it is" progress

# ---- in guests, at the same time: each uses one processor
start_guest() {
	dir=$("${testdir}/build/kernel.sh" um "$1")
	guest=${dir}/tools
	rm -rf "${guest}"
	mkdir -p "${guest}/bin"
	cp -P /mnt/bin/kheaders /mnt/bin/libkheaders.so* "${guest}/bin"
	cp -R "${dir}/modules" "${dir}/obj/Module.symvers" "${guest}"
	cp -R "${testdir}/data/modules" "${guest}/sources"
	cp "${topdir}/tools/testing/selftests/kheaders/functions.sh" "${guest}"
	ln -sfn "${guest}" "/mnt/guest-$1"
	"${testdir}/boot/boot.sh" um "${dir}/image" "${testdir}/guest/tools.sh" "${guest}" \
		> "/mnt/log-$1" 2>&1 &
	echo $! > "/mnt/pid-$1"
}

# $1: a test that failed; what the log has of it
log_of() {
	sed -n "/^# $1\$/,/^# /p" "${log}"
	false
}

report_guest() {
	guest=/mnt/guest-$1
	log=${guest}/tools.log
	status=0
	wait "$(cat "/mnt/pid-$1")" || status=$?
	cp "/mnt/log-$1" "${tmp}/output"
	check "$1: the guest ended well" [ "${status}" = 0 ]
	while read -r result; do
		case ${result} in
		"ok "*) check "$1: ${result#ok * }" true ;;
		"not ok "*) check "$1: ${result#not ok * }" log_of "${result#not ok * }" ;;
		esac
	done < "${guest}/tools.tap"
	check "$1: all of the guest's tests were run" grep -q '^1\.\.[1-9]' "${guest}/tools.tap"
}

for kernel in "$@"; do
	start_guest "${kernel}"
done
for kernel in "$@"; do
	report_guest "${kernel}"
done
finish
