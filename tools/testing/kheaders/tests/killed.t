#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A failed, interrupted or killed build leaves nothing that the next build takes for
# complete.
#
# Usage: killed.t [KERNEL]

without_root=yes
. "$(dirname "$0")/../lib/own-mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"

kernel=${1:-${latest}}
"${fetchdir}/packages.sh" build series
# shellcheck source=../lib/packer.sh
. "${testdir}/lib/packer.sh"

no_litter() {
	[ -z "$(find "${obj}/kernel" -name '*kheaders*.tmp*')" ]
}

# As many pieces as there are jobs are enough.
make_stale() {
	rm -f "${obj}"/kernel/kheaders-[0-1].tar.xz
}

# make does not wait for processes that its recipes have started.
wait_for_all() {
	while kill -s 0 -- "-$1" 2> /dev/null; do
		sleep 0.1
	done
}

wait_for_packer() {
	while no_litter && kill -s 0 -- "-$1"; do
		sleep 0.05
	done
}

# Whole makes are few, because a packer is at work in a small part of their time.
is_whole() {
	[ $((i % 6)) = 1 ]
}

# Send INT or KILL at a random time within a quarter of ${length}, counted from the start of
# the first packer, or in a whole make within all of it, from that of make; the next build is
# then correct, and leaves no litter. All processes of the build get the signal, as from a
# terminal. The next build begins at once, except after INT in a whole make, when it begins
# after all processes have ended. This shows whether litter is left by the interrupted build or
# by the next one. $1: INT or KILL
interrupted() {
	make_stale
	part=0.25
	! is_whole || part=1
	after=$(od -A n -t u2 -N 2 /dev/urandom |
		awk -v most="${length}" -v part="${part}" '{ print most * part * $1 / 65536 }')
	echo "SIG$1 after ${after} s"
	kernel_only=
	is_whole || use_kernel_only
	# exec, so that $! is the group
	(run_make exec env --default-signal=INT setsid) > "${tmp}/log" 2>&1 &
	group=$!
	is_whole || wait_for_packer "${group}"
	sleep "${after}"
	no_litter || echo "$1" >> "${tmp}/hits"
	kill -s "$1" -- "-${group}" || :
	wait "${group}" || :
	if [ "$1" = KILL ]; then
		no_litter || cp -a "${obj}/kernel/." "${tmp}/litter"
	elif is_whole; then
		wait_for_all "${group}"
		no_litter
	fi
	remake env
	cmp "${archive}" "${tmp}/archive"
	wait_for_all "${group}"
	no_litter
}

# The packer gets INT while it removes its temporary files at the end, and removes them all.
signalled_at_its_end() {
	mkdir -p "${tmp}/bin"
	cat > "${tmp}/bin/rm" <<-EOF
		#!/bin/sh
		for last; do :; done
		case \${last} in
		*.tar.xz.tmp*) [ ! -d "\${last}" ] || kill -s INT \${PPID} \$\$ ;;
		esac
		exec $(command -v rm) "\$@"
	EOF
	chmod 755 "${tmp}/bin/rm"
	make_stale
	remake env PATH="${tmp}/bin:${PATH}"
	cmp "${archive}" "${tmp}/archive"
	no_litter
}

# git ignores the litter of a killed build, in a repository with the sources.
git_shows_nothing() {
	git init -q "${tmp}/git"
	cd "${tmp}/git"
	mkdir kernel
	cp "${tree}/.gitignore" .
	cp "${tree}/kernel/.gitignore" kernel
	git add -f .gitignore kernel/.gitignore
	git -c user.name=kheaders -c user.email=kheaders@localhost commit -q -m all
	(cd "${tmp}/litter" && find . -path '*kheaders*' ! -type d) > "${tmp}/names"
	grep '\.tmp[0-9]*/root/' "${tmp}/names"
	(cd "${tmp}/litter" && xargs cp -P --parents -t "${tmp}/git/kernel") < "${tmp}/names"
	git status --porcelain --untracked-files=all > "${tmp}/status"
	cat "${tmp}/status"
	[ ! -s "${tmp}/status" ]
}

# make fails with a message, and the next build is correct. $1: the message, then
# arguments of make
make_fails_naming() {
	pattern=$1
	shift
	make_stale
	# shellcheck disable=SC2086 # a list
	if make -C "${tree}" O="${obj}" ARCH=x86_64 -j2 kernel/kheaders_data.o ${variables} "$@" \
		> "${tmp}/log" 2>&1; then
		return 1
	fi
	cat "${tmp}/log"
	grep -q -e "${pattern}" "${tmp}/log"
	no_litter
	remake env
	cmp "${archive}" "${tmp}/archive"
}

same_with_read_only_source() {
	mount --bind "${tree}" "${tree}"
	mount -o remount,bind,ro "${tree}"
	[ ! -w "${tree}" ]
	rm -f "${obj}/kernel/kheaders-4.tar.xz"
	result=0
	remake env || result=$?
	umount "${tree}"
	[ "${result}" = 0 ]
	cmp "${archive}" "${tmp}/archive"
}

use_quick_xz
remake env > /dev/null
cp "${archive}" "${tmp}/archive"
check "make, no tar" make_fails_naming "no-such-tar: not found" TAR=no-such-tar
check "make, busybox xz" make_fails_naming "BusyBox" XZ="busybox xz"
check "a signal while a packer cleans up" signalled_at_its_end
make_stale
begun=$(date +%s.%N)
remake env > /dev/null
length=$(date +%s.%N | awk -v begun="${begun}" '{ print $1 - begun }')
: > "${tmp}/hits"
i=0
while [ "${i}" -lt 50 ] && [ "$(wc -l < "${tmp}/hits")" -lt 10 ]; do
	i=$((i + 1))
	hits=$(wc -l < "${tmp}/hits")
	check "interrupted, ${i}" interrupted INT
	check "killed, ${i}" interrupted KILL
	# The measured one may have been slower than most.
	[ "$(wc -l < "${tmp}/hits")" -gt "${hits}" ] ||
		length=$(awk -v most="${length}" 'BEGIN { print most * 0.8 }')
done
check "ten of these at least met a packer at work" [ "$(wc -l < "${tmp}/hits")" -ge 10 ]
check "git shows nothing of what a killed build leaves" git_shows_nothing
if [ "$(id -u)" = 0 ]; then
	check "the source is read-only" same_with_read_only_source
else
	check "the source is read-only # SKIP needs root" true
fi
finish
