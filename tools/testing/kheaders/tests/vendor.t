#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The overlay can be applied to modified trees and removed without a trace, and leaves the
# vendor's changes alone, or reports in one line what does not fit.
#
# Usage: vendor.t [KERNEL]...
#
# KERNEL is an argument of source.sh. A few files of each are changed as vendors do.
#
# shellcheck disable=SC2016 # dollars are those of the tree's files

. "$(dirname "$0")/../lib/tap.sh"

[ $# != 0 ] || set -- "${spread%% *}" "${latest}"
overlay=${topdir}/scripts/overlay.sh

# The file that links modules
modfinal() {
	ls "${tree}/scripts/Makefile.modfinal" 2> /dev/null ||
		echo "${tree}/scripts/Makefile.modpost"
}

# A new tree
begin() {
	what="${kernel}: $1"
	rm -rf "${tree}"
	copy_small_tree "${pristine}" "${tree}"
}

# Print all files with checksums, and all links with targets.
contents() {
	(cd "${tree}" && find . ! -type d ! -type l | sort | xargs sha256sum &&
		find . -type l -exec ls -l {} + | sed 's/.* \(.* -> \)/\1/' &&
		find . -type d) | sort
}

# The tree's own kheaders is removed with no other line, and ours is added once.
only_ours() {
	makefile=${tree}/kernel/Makefile
	grep -i 'kheaders\|genikh' "${makefile}" > "${tmp}/ours"
	echo 'include $(srctree)/kernel/Makefile.kheaders' | cmp - "${tmp}/ours"
	[ "$(grep -c '^config IKHEADERS$' "${tree}/init/Kconfig")" = 1 ]
	[ "$(grep -c '^config IKHEADERS_PROC$' "${tree}/init/Kconfig")" = 1 ]
	for line in "$@"; do
		grep -q -x -F -e "${line}" "${makefile}" || {
			echo "gone: ${line}"
			return 1
		}
	done
}

goes_in() {
	contents > "${tmp}/before"
	"${overlay}" apply "${tree}"
	[ "$(grep -c '^config IKHEADERS$' "${tree}/init/Kconfig")" = 1 ]
	grep -q '^kernel/kheaders.ko: kernel/kheaders_data.o' "$(modfinal)"
	grep -q 'kernel/kheaders_data.o' "${tree}/scripts/link-vmlinux.sh"
}

comes_out() {
	"${overlay}" unapply "${tree}"
	contents | diff "${tmp}/before" -
}

# $@: lines of others that kernel/Makefile still has to have
fits() {
	check "${what}: goes in" goes_in
	check "${what}: in kernel/Makefile is ours, and theirs" only_ours "$@"
	check "${what}: comes out" comes_out
}

# $1: pattern
refused() {
	contents > "${tmp}/before"
	check_fails "${what}: refused" "$1" "${overlay}" apply "${tree}"
	contents > "${tmp}/after"
	check "${what}: nothing changed" diff "${tmp}/before" "${tmp}/after"
}

# The tree's own kheaders, of the age of what was first in a release candidate and
# is in Android's kernels of that time
make_early() {
	sed -i 's/^config IKHEADERS$/config IKHEADERS_PROC/' "${tree}/init/Kconfig"
	sed -i 's/(CONFIG_IKHEADERS)/(CONFIG_IKHEADERS_PROC)/; s/gen_kheaders\.sh/gen_ikh_data.sh/' \
		"${tree}/kernel/Makefile"
	echo '#!/bin/sh' > "${tree}/kernel/gen_ikh_data.sh"
}

stray_files() {
	mkdir -p "${tree}/include/linux" "${tree}/tools/testing/selftests/kheaders"
	for file in kernel/Makefile.orig kernel/kheaders.c.rej kernel/kheaders_data.tar.xz \
		kernel/Makefile.kheaders 'include/linux/copy of module.h' \
		tools/testing/selftests/kheaders/vendor.sh; do
		echo vendor > "${tree}/${file}"
	done
	mkdir "${tree}/.kheaders.new"
	ln -s /no/such/file "${tree}/kernel/gen_kheaders.sh"
}

# Make each file a link into a read-only store.
links() {
	rm -rf "${tmp}/store"
	mv "${tree}" "${tmp}/store"
	cp -as "${tmp}/store" "${tree}"
	chmod -R a-w "${tmp}/store"
	(cd "${tmp}/store" && find . -type f -exec sha256sum {} +) > "${tmp}/stored"
}

store_is_untouched() {
	(cd "${tmp}/store" && sha256sum -c --quiet "${tmp}/stored")
}

# Lines between those of the tree's own kheaders, where it has some
extra_lines() {
	sed -i -e '/^\$(obj)\/kheaders\.o:/{ i include $(srctree)/kernel/vendor.mk
		}' -e '/^clean-files := .*kheaders/{ s/$/ vendor.tmp/
			a include $(srctree)/kernel/last.mk
		}' "${tree}/kernel/Makefile"
	printf '\n%s\n' 'obj-$(CONFIG_VENDOR) += vendor/' '-include $(srctree)/kernel/end.mk' \
		>> "${tree}/kernel/Makefile"
}

for kernel in "$@"; do
	pristine=$("${fetchdir}/source.sh" "${kernel}")
	kernel=$(basename "${kernel}")
	tree=${tmp}/tree

	begin "as it came"
	before=${failed}
	fits
	record "${before}" "${pristine}" applied
	begin "stray files"
	stray_files
	fits
	begin "EXTRAVERSION without a dash"
	sed -i 's/^EXTRAVERSION =.*/EXTRAVERSION = Connoisseur/; s/^VERSION = /VERSION=/' \
		"${tree}/Makefile"
	fits
	begin "files that are links"
	links
	fits
	check "${what}: where they lead, nothing changed" store_is_untouched
	chmod -R u+w "${tmp}/store"
	begin "no .gitignore"
	rm -f "${tree}/kernel/.gitignore"
	fits
	begin "lines in kernel/Makefile"
	extra_lines
	grep 'vendor\|last\.mk\|end\.mk' "${tree}/kernel/Makefile" |
		sed 's/ kheaders[^ ]*//g' > "${tmp}/theirs"
	IFS='
'
	# shellcheck disable=SC2046 # a line each
	set -- $(cat "${tmp}/theirs")
	unset IFS
	fits "$@"
	begin "an object of theirs beside kheaders.o"
	sed -i 's/^obj-.*kheaders\.o$/& vendor.o/' "${tree}/kernel/Makefile"
	grep -q 'kheaders.o vendor.o' "${tree}/kernel/Makefile" ||
		echo 'obj-y += kheaders.o vendor.o' >> "${tree}/kernel/Makefile"
	refused "kernel/Makefile: its kheaders rules have an unknown form"

	if grep -q '^config IKHEADERS$' "${pristine}/init/Kconfig"; then
		begin "an early kheaders, in /proc"
		make_early
		fits
	fi
	begin "no kheaders at all"
	sed -i '/^config IKHEADERS$/,/^config LOG_BUF_SHIFT$/ { /^config LOG/!d }' \
		"${tree}/init/Kconfig"
	sed -i -e /kheaders/d -e /genikh/d "${tree}/kernel/Makefile"
	fits

	begin "a link of modules with more to it"
	sed -i 's/^targets += \$(modules.*/& $(vendor-signatures)/; s/-o \$@ \$(filter/--vendor &/' "$(modfinal)"
	fits
	begin "a link of modules that names its objects"
	sed -i 's/-o \$@ .*\$^)/-o $@ $(@:.ko=.o) $(@:.ko=.mod.o)/' "$(modfinal)"
	refused "$(basename "$(modfinal)"): links modules in an unknown way"
	begin "a link of modules without the line that follows it"
	sed -i 's/^targets += \$(modules.*/targets += vendor/' "$(modfinal)"
	refused "$(basename "$(modfinal)"): links modules in an unknown way"
	begin "another function that shifts"
	sed -i 's/^vmlinux_link()/vendor()\n{\n\tshift\n\techo "$@"\n}\n\n&/' \
		"${tree}/scripts/link-vmlinux.sh"
	fits
	begin "vmlinux linked by another function"
	sed -i 's/^vmlinux_link()/vendor_link()/' "${tree}/scripts/link-vmlinux.sh"
	refused "link-vmlinux.sh: vmlinux_link.. has an unknown form"
	begin "an option of theirs before LOG_BUF_SHIFT"
	sed -i 's/^config LOG_BUF_SHIFT/config VENDOR\n\tbool\n\n&/' "${tree}/init/Kconfig"
	refused "init/Kconfig.patch does not fit"
done
finish
