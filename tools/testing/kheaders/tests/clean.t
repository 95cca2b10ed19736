#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# kheaders clean removes the trees of kernels that are gone, with the links that kheaders
# made to them, and nothing else.

. "$(dirname "$0")/../lib/command.sh"
. "$(dirname "$0")/../lib/tap.sh"

sys=/mnt/sys
cache=/mnt/cache
modules=/mnt/lib/modules
tree=${cache}/${release}-3132333435363738
make_sysfs "${sys}" 12345678
ln -s "${good}" "${sys}/kernel/kheaders.tar.xz"

# $1: a subcommand, $2: the directory of modules
of_release() {
	"${kheaders}" "$1" --sysfs "${sys}" --release "${release}" --modules "$2" \
		--cache "${cache}"
}
# As a kernel that is not ${release}; $1: the directory of modules
clean() {
	"${kheaders}" clean --release 1.2.3 --modules "$1" --cache "${cache}"
}
# $@: the command; it removes nothing
leaves_the_tree() {
	"$@" > "${tmp}/cleaned"
	cat "${tmp}/cleaned"
	[ ! -s "${tmp}/cleaned" ] && [ -e "${tree}/.kheaders" ]
}

check "no cache" "${kheaders}" clean --cache /mnt/none

# ---- a kernel that does not run, and whose modules are installed
mkdir -p "${modules}/${release}"
touch "${modules}/${release}/modules.order"
check "there is a tree" [ "$(of_release path "${modules}")" = "${tree}" ]
check "the tree of a kernel in MODULES stays" leaves_the_tree clean "${modules}"
check "and that of the kernel in sysfs" leaves_the_tree of_release clean "${modules}"
check "that of an archive, with a link to it" "${kheaders}" link --archive "${good}" \
	--release "${release}" --modules "${modules}" --cache "${cache}"
linked=$(readlink "${modules}/${release}/build")
check "stays as well" leaves_the_tree clean "${modules}"
check "the link is removed" of_release unlink "${modules}"
check "then it goes" [ "$(clean "${modules}")" = "${linked}" ]
check "with its lock" [ -z "$(find "${cache}" -name '.lock-*')" ]

# ---- that of an archive, while programs are built in it
python3 "${testdir}/programs/archives.py" --kit /mnt/kit.tar.xz
mkdir /mnt/slow
cat > /mnt/slow/make <<-END
	#!/bin/sh
	: > /mnt/started
	while [ ! -e /mnt/go ] && [ -e /mnt/slow ]; do sleep 0.1; done
	[ "\$1" != -s ] || exec "${testdir}/programs/make.sh" "\$@"
END
chmod +x /mnt/slow/make
# $1: a subcommand, then arguments
of_kit() {
	PATH=/mnt/slow:${PATH} "${kheaders}" "$@" --archive /mnt/kit.tar.xz --release "${release}" \
		--modules "${modules}" --cache "${cache}"
}
stays_while() {
	rm -f /mnt/started /mnt/go
	"$@" &
	until [ -e /mnt/started ]; do
		kill -0 $!
		sleep 0.1
	done
	clean "${modules}" > "${tmp}/cleaned" || echo failed >> "${tmp}/cleaned"
	: > /mnt/go
	wait $!
	cat "${tmp}/cleaned"
	[ ! -s "${tmp}/cleaned" ]
}
links() {
	stays_while of_kit link
	[ -e "${modules}/${release}/build/GNUmakefile" ]
}
check "link builds programs in it: stays" links
check "the link is removed" of_kit unlink
mkdir /mnt/module
check "build builds a module with it: stays" stays_while of_kit build /mnt/module
# That clang compiles nothing.
try_pch() {
	CLANG=/mnt/slow/make of_kit pch || :
}
check "pch runs clang with it: stays" stays_while try_pch
# The command reads a pipe once only.
of_fifo() {
	mkfifo /mnt/fifo
	cat /mnt/kit.tar.xz > /mnt/fifo &
	"${kheaders}" link --archive /mnt/fifo --release "${release}" --modules "${modules}" \
		--cache "${cache}"
}
PATH=/mnt/slow:${PATH}
check "link of an archive from a named pipe" of_fifo
check "the link is removed" of_kit unlink
find "${cache}" -mindepth 1 -maxdepth 1 -name 'archive-*' | sort > "${tmp}/trees"
check "then both go" [ "$(clean "${modules}" | sort)" = "$(cat "${tmp}/trees")" ]
of_kit link > /dev/null
of_kit unlink
rm -r "${cache}"/archive-*
check "one was removed by hand" clean "${modules}"
check "with their locks" [ -z "$(find "${cache}" -name '.lock-*')" ]
mkdir /mnt/links
ln -s "${modules}/${release}" "/mnt/links/${release}"
of_release path "${modules}" > "${tmp}/output"
check "that of a kernel whose modules are behind a link stays" leaves_the_tree clean /mnt/links
another_build() {
	ln -s /mnt/none/was "${modules}/${release}/build"
	of_release link "${modules}"
	make_sysfs "${sys}" 87654321
	[ "$(of_release clean "${modules}")" = "${tree}" ] && [ ! -e "${tree}" ]
	[ "$(readlink "${modules}/${release}/build")" = /mnt/none/was ]
	rm "${modules}/${release}/build"
}
check "another build of the release runs: it goes, with the link to it" another_build

# ---- a kernel that its package has removed, but for the directory with our links
gone=/mnt/gone/${release}
tree=${cache}/${release}-3837363534333231
link_gone() {
	mkdir -p "${gone}"
	of_release link /mnt/gone
}
goes() {
	[ "$(clean /mnt/gone)" = "${tree}" ] && [ ! -e "${gone}" ]
}
kernel_is_removed() {
	mkdir -p "${gone}/kernel"
	ln -s /mnt/none/was "${gone}/build"
	ln -s /mnt/none/source "${gone}/source"
	link_gone
	leaves_the_tree clean /mnt/gone
	rmdir "${gone}/kernel"
	goes
}
check "only our links are left: they go" kernel_is_removed
check "the tree is made again" link_gone
# Another tree is linked, while clean waits for that.
other_is_linked() {
	set -- --archive /mnt/kit.tar.xz --release "${release}" --modules /mnt/gone \
		--cache "${cache}"
	"${kheaders}" link "$@"
	link_gone
	start_stopped 1 link "$@"
	run_meanwhile clean --release 1.2.3 --modules /mnt/gone --cache "${cache}"
	[ -e "${gone}/build/.kheaders" ]
	link_gone
	rm -r "${cache}"/archive-*
}
build_fake
check "another tree is linked meanwhile: that link stays" other_is_linked
# $1: what is in the directory of modules, beside the link, and is not ours
not_ours_stays() {
	leaves_the_tree clean /mnt/gone
	[ -e "$1" ] && [ -e "${gone}/build" ]
	rm -rf "$1"
}
mkdir -p /mnt/real-source
ln -sfn /mnt/real-source "${gone}/source"
check "a source that leads to something stays" not_ours_stays "${gone}/source"
echo x > "${gone}/source"
check "a file of that name stays" not_ours_stays "${gone}/source"
mkdir "${gone}/.source.before-kheaders"
check "a directory of such a name stays" not_ours_stays "${gone}/.source.before-kheaders"
ln -sfn "${tree%-*}-another" "${gone}/build"
check "a link to another tree: both stay" leaves_the_tree clean /mnt/gone
check "that link" [ -L "${gone}/build" ]
ln -sfn "${tree}" "${gone}/build"
ln -s "${tree}" "${gone}/.build-1f.2a"
check "a link of a call that was killed does not" goes
only_of_killed_call() {
	of_release path /mnt/gone
	mkdir -p "${gone}"
	ln -s "${tree}" "${gone}/.build-1f.2a"
	goes
}
check "nor does it where there is nothing else" only_of_killed_call
behind_link_to_nothing() {
	of_release path /mnt/gone
	ln -s /mnt/none/modules "${gone}"
	[ "$(clean /mnt/gone)" = "${tree}" ]
	rm "${gone}"
}
check "nor does a link to nothing in the directory's place" behind_link_to_nothing
# In whatever order the cache lists them
with_others_of_the_kernel() {
	for build in 1 2 3 4; do
		of_release path /mnt/gone
		mv "${tree}" "${cache}/${release}-${build}"
	done
	link_gone
	cp -R "${tree}" "${tree}.extra"
	cp -R "${tree}" "${cache}/${release}-4.extra"
	printf '%s\n' "${cache}/${release}"-* | sort > "${tmp}/trees"
	clean /mnt/gone | sort | diff "${tmp}/trees" -
}
check "all other trees of that kernel go with it" with_others_of_the_kernel
finish
