#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# kheaders link and build complete the tree's symbol versions with those of modules, and
# say what cannot be read.

. "$(dirname "$0")/../lib/command.sh"
. "$(dirname "$0")/../lib/tap.sh"

modules=/mnt/lib/modules
where=${modules}/${release}
build=${where}/build

build_fake
mkdir -p /mnt/path "${where}" /mnt/module
install -m 755 "${testdir}/programs/make.sh" /mnt/path/make
PATH=/mnt/path:${PATH}
python3 "${testdir}/programs/archives.py" --kit /mnt/vmlinux.tar.xz vmlinux
of_vmlinux() {
	command=$1
	shift
	"${kheaders}" "${command}" "$@" --archive /mnt/vmlinux.tar.xz --release "${release}" \
		--modules "${modules}" --cache /mnt/vmlinux-cache
}
symvers=$(of_vmlinux path)/Module.symvers
# $1: its version; the module exports a symbol.
install_module() {
	mkdir -p "${where}/extra"
	printf '%s\n' '.section __ksymtab,"a"' '.globl __ksymtab_one' '__ksymtab_one: .long 0' \
		".set __crc_one, $1" '.globl __crc_one' | as -o "${where}/extra/one.ko"
	list_module
}
list_module() {
	touch "${where}/modules.order" "${where}/modules.builtin"
	depmod -b /mnt "${release}"
	echo "alias symbol:one one" > "${where}/modules.symbols"
}
# The program that builds the module succeeds, and there is nothing to build.
has_version() {
	install_module "$1"
	printf '#!/bin/sh\n' > /mnt/path/make
	of_vmlinux build /mnt/module
	cat "${symvers}"
	grep -q "^$1.*one" "${symvers}"
}
check "build: a module's symbols are added" has_version 0x11111111
check "build: another version of the module" has_version 0x22222222
# From 5.19 on, a version is data in the module. $1: an architecture
has_data_as_version() {
	printf '%s\n' '.section __ksymtab,"a"' '.globl __ksymtab_one' '__ksymtab_one: .long 0' \
		'.section __kcrctab,"a"' '.globl __crc_one' '__crc_one: .long 0x12345678' |
		clang --target="$1-linux-gnu" -c -x assembler -o "${where}/extra/one.ko" -
	list_module
	of_vmlinux build /mnt/module
	cat "${symvers}"
	grep -q "^0x12345678.*one" "${symvers}"
}
check "build: a version as data" has_data_as_version x86_64
check "build: of a kernel of the other byte order" has_data_as_version s390x
install_module 0x22222222
check "build: and back" of_vmlinux build /mnt/module
# $1: what is done before; make would see a new file.
is_not_replaced() {
	"$@"
	before=$(stat -c %i "${symvers}")
	of_vmlinux build /mnt/module
	[ "$(stat -c %i "${symvers}")" = "${before}" ]
}
check "build: nothing has changed: the file stays" is_not_replaced true
check "build: depmod ran again: the file stays" is_not_replaced touch "${where}/modules.symbols"
# Modules are installed between the reading of others and the writing of their symbols.
depmod_meanwhile() {
	install_module 0x44444444
	cp -R "${where}" /mnt/next
	install_module 0x55555555
	LD_PRELOAD=/mnt/fake.so \
		FAKE_RUN="cp -R /mnt/next/. ${where} && touch ${where}/modules.symbols" \
		/mnt/bin/kheaders build /mnt/module --archive /mnt/vmlinux.tar.xz \
		--release "${release}" --modules "${modules}" --cache /mnt/vmlinux-cache
	grep -q "^0x55555555.*one" "${symvers}"
	of_vmlinux build /mnt/module
	cat "${symvers}"
	grep -q "^0x44444444.*one" "${symvers}"
}
check "build: depmod runs meanwhile: the next build adds what it found" depmod_meanwhile
no_modules() {
	mv "${where}/modules.symbols" /mnt/modules.symbols
	of_vmlinux build /mnt/module
	is_not_replaced true
	mv /mnt/modules.symbols "${where}/modules.symbols"
}
check "build: no modules: the file stays" no_modules
# $@: options; print the file whose BTF modules get
btf_for() {
	# shellcheck disable=SC2016 # for that script
	printf '#!/bin/sh\necho "${KHEADERS_BTF-none}"\n' > /mnt/path/make
	make_sysfs /mnt/sysfs 12345678
	ln -sf /mnt/vmlinux.tar.xz /mnt/sysfs/kernel/kheaders.tar.xz
	cd /mnt
	LD_PRELOAD=/mnt/fake.so FAKE_RELEASE="${release}" /mnt/bin/kheaders build /mnt/module \
		--cache /mnt/btf-cache --sysfs sysfs --modules "${modules}" "$@"
}
check "build: BTF is that of the running kernel, also from another directory" \
	[ "$(btf_for 2> /dev/null)" = /mnt/sysfs/kernel/btf/vmlinux ]
check "the same if its release is given" \
	[ "$(btf_for --release "${release}" 2> /dev/null)" = /mnt/sysfs/kernel/btf/vmlinux ]
install_module 0x33333333
check_fails "they cannot be written: no link is made" "No space left on device" \
	env LD_PRELOAD=/mnt/fake.so FAKE_WRITE=28 /mnt/bin/kheaders link \
	--archive /mnt/vmlinux.tar.xz --release "${release}" --modules "${modules}" \
	--cache /mnt/vmlinux-cache
check "there is none" [ ! -L "${build}" ]
# $1: an error, $2: of which call, $3: for which file
link_of_vmlinux() {
	strace -f -o /dev/null -P "$3" -e "inject=$2:error=$1" /mnt/bin/kheaders link \
		--archive /mnt/vmlinux.tar.xz --release "${release}" --modules "${modules}" \
		--cache /mnt/vmlinux-cache
}
check_fails "they cannot be read: no link" "symbol versions cannot be read: Input/output error" \
	link_of_vmlinux EIO read "${symvers}"
check_fails ".kheaders cannot be read: no link" \
	"kheaders: cannot be read: Input/output error; " \
	link_of_vmlinux EIO read "${symvers%/*}/.kheaders"
check_fails "no more files can be opened: no link" \
	"Too many open files; raise the limit of open files" \
	link_of_vmlinux EMFILE openat "${where}/extra/one.ko"
check "there is none" [ ! -L "${build}" ]
unreadable_module() {
	of_vmlinux link 2> "${tmp}/stderr"
	link_of_vmlinux EIO read "${where}/extra/one.ko" 2> "${tmp}/stderr"
	cat "${tmp}/stderr"
	grep 'one.ko: exports are not known: Input/output error; install this module' "${tmp}/stderr"
	of_vmlinux unlink
}
install -m 755 "${testdir}/programs/make.sh" /mnt/path/make
check "one module cannot be read: that is said, and why" unreadable_module
cp "${symvers}" /mnt/symvers
truncate -s 65M "${symvers}"
check_fails "symbol versions of more than 64 MiB" \
	"Module.symvers: symbol versions have more than 64 MiB; look for" of_vmlinux link
check "no link is made" [ ! -L "${build}" ]
mv /mnt/symvers "${symvers}"
check "and with those of before, it is" of_vmlinux link
of_vmlinux unlink
finish
