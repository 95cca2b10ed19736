#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# kheaders vmlinux-h works with the BTF of Debian's own kernel 6.1: the header equals
# bpftool's, a program with a type of a .c file compiles, and the header is made safely.

. "$(dirname "$0")/../lib/command.sh"
. "$(dirname "$0")/../lib/tap.sh"

PATH=/mnt/bin:${PATH}
debian=$("${fetchdir}/debian-kernel.sh")
sys=/mnt/btf
btf=${sys}/kernel/btf/vmlinux
make_sysfs "${sys}" 12345678
cache=/mnt/types
types() {
	kheaders vmlinux-h --sysfs "${sys}" --release "${release}" --cache "${cache}"
}
check_fails "a kernel without BTF" \
	"^kheaders: ${btf}: does not exist; use a kernel with CONFIG_DEBUG_INFO_BTF, or give the sysfs of one" types
check "nothing is left then" [ ! -e "${cache}" ]
not_to_be_read() {
	mkdir -p "${btf%/*}"
	"$@" "${btf}"
	status=0
	types 2> "${tmp}/stderr" || status=$?
	rm -r "${btf%/*}"
	cat "${tmp}/stderr"
	[ "${status}" = 1 ] && grep "^kheaders: ${btf}: BTF cannot be read" "${tmp}/stderr"
}
check "BTF is a FIFO" not_to_be_read mkfifo
check "BTF of a gigabyte" not_to_be_read truncate -s 1G
check_fails "another kernel, and the sysfs of this one" "is of the running kernel; give --sysfs" \
	kheaders vmlinux-h --release 1.2.3 --cache "${cache}"
check_fails "another archive, and the sysfs of this one" "is of the running kernel; give --sysfs" \
	kheaders vmlinux-h --archive "${good}" --cache "${cache}"
copy_btf() {
	mkdir "${btf%/*}"
	"${dir}/tree/scripts/extract-vmlinux" "${debian}"/boot/vmlinuz-* > /mnt/vmlinux
	objcopy --dump-section ".BTF=${btf}" /mnt/vmlinux /dev/null
	rm /mnt/vmlinux
}
names_of_types() {
	sed -n -e 's/^\(struct\|union\|enum\) \([a-zA-Z0-9_]*\) {$/\1 \2/p' \
		-e 's/^typedef .*[ *]\([a-zA-Z0-9_]*\);$/typedef \1/p' "$1" | sort -u
}
same_types() {
	header=$(types)
	bpftool btf dump file "${btf}" format c > /mnt/vmlinux.h
	names_of_types /mnt/vmlinux.h > "${tmp}/wanted"
	names_of_types "${header}" | diff "${tmp}/wanted" -
	[ "$(wc -l < "${tmp}/wanted")" -gt 5000 ]
}
# The guard and the pragma
same_frame() {
	grep '^#' /mnt/vmlinux.h > "${tmp}/wanted"
	[ "$(wc -l < "${tmp}/wanted")" = 9 ] && grep '^#' "$(types)" | diff "${tmp}/wanted" -
}
# $1: a program with a type that no header of Debian's has
has_private_type() {
	! grep -r -q '^struct pool_workqueue {' "${debian}/usr/src" &&
		clang -target bpf -g -O2 -Wall -Werror -I"$(dirname "$(types)")" -c "$1" \
			-o /mnt/private.o &&
		readelf -SW /mnt/private.o | grep -q ' \.BTF\.ext '
}
types_made_once() {
	stat "$(types)" > "${tmp}/before"
	stat "$(types)" | diff "${tmp}/before" -
	[ "$(find "${cache}" -name vmlinux.h | wc -l)" = 1 ]
}
other_btf() {
	before=$(types)
	mv "${btf}" /mnt/good.btf
	llvm-objcopy --dump-section ".BTF=${btf}" /mnt/private.o /dev/null
	[ "$(types)" != "${before}" ]
	cp /mnt/good.btf "${btf}"
	[ "$(types)" = "${before}" ]
}
types_are_tidy() {
	[ "$(find "${cache}" -mindepth 1 -name '.*' ! -name .lock ! -name .kheaders-complete |
		wc -l)" = 0 ]
}
check "the BTF of Debian's ${usual}" copy_btf
check "the types that bpftool finds" same_types
check "and around them the lines that bpftool has" same_frame
check "a program with a type private to a .c file" \
	has_private_type "${testdir}/guest/clients/private.c"
check "made once" types_made_once
check "for all to read" [ "$(stat -c %a "$(types)")" = 644 ]
check "another BTF, another file" other_btf
sanitized() {
	[ -s "$("${kheaders}" vmlinux-h --sysfs "${sys}" --release "${release}" \
		--cache /mnt/sanitized)" ]
}
check "AddressSanitizer" sanitized
rm "$(types)"
check "a cleaner takes it: made anew" same_types
: > "${btf}"
check_fails "empty BTF" "${btf}: BTF cannot be read" types
head -c 1000000 /mnt/good.btf > "${btf}"
check_fails "BTF that was cut short" "${btf}: BTF cannot be read" types
check_fails "the same, with AddressSanitizer" "${btf}: BTF cannot be read" \
	"${kheaders}" vmlinux-h --sysfs "${sys}" --release "${release}" --cache /mnt/sanitized
# Types refer to others that are not there: libbpf reads those all the same.
# $1: how many words of the types are changed
damaged() {
	refused=0
	room=$(($(stat -c %s /mnt/good.btf) / 2))
	for i in $(seq "$1"); do
		cp /mnt/good.btf "${btf}"
		printf '\377\377\377\177' |
			dd of="${btf}" bs=4 seek=$((6 + i * room / 4 / ($1 + 1))) conv=notrunc \
				status=none
		status=0
		types > "${tmp}/out" 2> "${tmp}/err" || status=$?
		case ${status} in
		0) [ -s "$(cat "${tmp}/out")" ] || return ;;
		1)
			refused=$((refused + 1))
			grep -q -e "${btf}: damaged; give" -e "${btf}: BTF cannot be read" \
				"${tmp}/err" || return
			[ "$(wc -l < "${tmp}/err")" = 1 ] || return
			;;
		*) return 1 ;;
		esac
		types_are_tidy
	done
	echo "${refused} of $1 refused"
	[ "${refused}" -gt 0 ]
}
check "BTF with damage, 40 times: said or survived, and nothing is left" damaged 40
cp /mnt/good.btf "${btf}"
killed() {
	for delay in $(seq 0.01 0.01 0.20); do
		rm -rf "${cache:?}"/*
		timeout -s KILL "${delay}" kheaders vmlinux-h --sysfs "${sys}" \
			--release "${release}" --cache "${cache}" || :
		names_of_types "$(types)" | diff "${tmp}/wanted" - || return
		types_are_tidy
	done
}
names_of_types /mnt/vmlinux.h > "${tmp}/wanted"
check "SIGKILL at 20 moments: the next call works" killed
rm -rf "${cache:?}"/*
check_fails "a limit of file sizes" "vmlinux.h: cannot be written: File too large; raise the" \
	prlimit --fsize=1024 "$(command -v kheaders)" vmlinux-h --sysfs "${sys}" \
	--release "${release}" --cache "${cache}"
check_fails "no process" "vmlinux.h: cannot be written: Resource temporarily.*; raise the" \
	strace -o /dev/null -e trace=clone,clone3,fork -e inject=clone,clone3,fork:error=EAGAIN \
	"$(command -v kheaders)" vmlinux-h --sysfs "${sys}" --release "${release}" \
	--cache "${cache}"
# As the kernel does where memory is short. Only the process that calls libbpf sets limits.
check_fails "killed" "vmlinux.h: cannot be written: Cannot allocate memory; free some memory" \
	strace -f -o /dev/null -e trace=prlimit64 -e inject=prlimit64:signal=KILL:when=3 \
	"$(command -v kheaders)" vmlinux-h --sysfs "${sys}" --release "${release}" \
	--cache "${cache}"
cache=/mnt/small
mkdir "${cache}"
mount -t tmpfs -o mode=755,size=1m tmpfs "${cache}"
check_fails "disk full" "vmlinux.h: cannot be written: No space left on device; make room" types
check "disk full: nothing is left" [ "$(ls -A "${cache}")" = .lock ]
umount "${cache}"
cache=/mnt/types
types > "${tmp}/header"
keeps_header() {
	kheaders clean --sysfs "${sys}" --release "${release}" --cache "${cache}"
	[ -e "$(cat "${tmp}/header")" ]
}
drops_header() {
	make_sysfs "${sys}" 87654321
	kheaders clean --sysfs "${sys}" --release "${release}" --cache "${cache}"
	[ ! -e "$(cat "${tmp}/header")" ]
}
check "clean: that of this build stays" keeps_header
check "clean: that of another build does not" drops_header
finish
