#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tracing clients work with the archive, in a guest with Debian's own kernel and no
# headers, as well as in a guest where Debian's headers are installed.
#
# Usage: clients.t [all | WAY:GROUP:NAME...]
#
# Without arguments, a few clients of each kind, and no guest with headers; see
# guest/clients.sh for ways, groups and names. With ${SUITE}, such as sid, clients, kernel
# and compilers are from that suite of Debian. Clients that do not work there with Debian's
# headers either are in data/clients-fail, those of dkms in data/dkms-packages-SUITE.

. "$(dirname "$0")/../lib/tap.sh"

if [ "${SUITE-}" ]; then
	exec "${testdir}/build/in-suite.sh" "${SUITE}" "${testdir}/tests/clients.t" "$@"
fi

if [ "$(id -u)" != 0 ]; then
	check "clients # SKIP needs root" true
	finish
	exit
fi
"${fetchdir}/packages.sh" build clients dkms qemu tools
dir=${builddir}/clients
suite=${KHEADERS_SUITE:-bookworm}
mkdir -p "${dir}"
# shellcheck source=../lib/clients.sh
. "${testdir}/lib/clients.sh"

plan_few() {
	cat <<-END
		none bcc execsnoop
		own bcc execsnoop
		link bcc tcplife
		link bpftrace $(is_broken bpftrace fs && echo sched || echo fs)
		link staprun timer
		link kheaders probe
		link kheaders private
	END
}

plan_all() {
	cat <<-END
		none bcc execsnoop
		none bpftrace sock
		own bcc execsnoop
		own bcc tcpconnect
	END
	plan_own_bpftrace
	plan_group link bcc
	plan_group link bpftrace
	plan_group link staprun
	plan_group link stap
	plan_group link kheaders
	cat <<-END
		link dkms dm-writeboost
		link dkms v4l2loopback
	END
}

plan_these() {
	echo "${these}" | tr ' :' '\n '
}

# $1: way, $2: group
plan_group() {
	sed -n "s/^$2|\([^|]*\)|.*/$1 $2 \1/p" "${testdir}/guest/clients/table"
}

# From 0.20.4 on it has no way of its own.
plan_own_bpftrace() {
	if bpftrace --version | grep -q -E ' v0\.(1|20\.[0-3])'; then
		plan_group own bpftrace
	fi
}

# Stable kernels have got a change in which systemtap 4.8 needs a new name.
make_runtime() {
	cp -R /usr/share/systemtap/runtime "$1"
	if stap --version 2>&1 | grep -q 'version 4\.'; then
		sed -i 's/\<task_work_cancel\>/task_work_cancel_func/' "$1/stp_task_work.c"
	fi
}

# Compile systemtap's modules here, because compiling the headers of all tracepoints
# takes too long in the guest. $1: the guest, $2: the directory to use as
# /lib/modules/RELEASE/build
make_stap() {
	sed -n 's/.* staprun //p' "$1/plan" > "${tmp}/scripts"
	while read -r script; do
		(cd "$1/stap" &&
			SYSTEMTAP_DIR=${tmp}/$(basename "$1") SYSTEMTAP_RUNTIME=$1/stap/runtime \
			"${testdir}/build/with-headers.sh" "${release}" "$2" \
			stap -p 4 -r "${release}" -m "stap_${script}" \
			"${testdir}/guest/clients/${script}.stp") < /dev/null ||
			is_broken staprun "${script}" || return
	done < "${tmp}/scripts"
}

# $1: the guest
prepare() {
	make_guest "$1"
	mkdir -p "$1/stap" "$1/dkms"
	make_runtime "$1/stap/runtime"
}

# The sources of those that dkms is to build. $1: the guest
fetch_packages() {
	sed -n 's/.* dkms //p' "$1/plan" | while read -r package; do
		deb=${builddir}/dkms/deb/${package}
		[ -d "${deb}" ] ||
			"${fetchdir}/debian-package.sh" "${suite}" "${package}-dkms" "${deb}"
		cp -R "${deb}"/usr/src/* "$1/dkms"
	done
}

# In one file, as the guest would take long to copy one by one.
pack_headers() {
	(cd "${debian}" && tar -cf "${control}/headers.tar" usr/src usr/lib/linux-kbuild-* \
		"lib/modules/${release}/build" "lib/modules/${release}/source")
}

# The same plan with Debian's headers, without the one case that fails with them:
# systemtap looks for the headers of tracepoints only in build/, and Debian has them
# elsewhere.
control_plan() {
	sed -n -e '/^link staprun exec$/d' \
		-e 's/^link \(bcc\|bpftrace\|staprun\|dkms\) /headers \1 /p' \
		"${subject}/plan"
}

# Boot both guests at the same time, each on one processor.
boot_both() {
	boot "${control}" &
	pid=$!
	boot "${subject}" || subject_status=$?
	wait "${pid}" || control_status=$?
}

# Exit status 1, or 2 from bpftrace 0.27
fails_for_want_of_headers() {
	cat "$1/out/$2-$3-$4"
	verdict "$@" | grep -q '^fails([12]) ' &&
		grep -q -e 'Unable to find kernel headers' -e "'.*\.h' file not found" \
			"$1/out/$2-$3-$4"
}

# Is this client known not to work with Debian's headers either? $1: group, $2: name
is_broken() {
	grep -q -x "${suite} $1 $2" "${testdir}/data/clients-fail" ||
		{ [ "$1" = dkms ] &&
			grep -q -s -x "$2 fails" "${testdir}/data/dkms-packages-${suite}"; }
}

# If it works with one of them, it is not to be in the list. $1: group, $2: name,
# $3: verdicts
works_with_none() {
	cat "${subject}/out/link-$1-$2"
	! echo "$3" | grep works
}

# Compare the verdict with link to that with Debian's headers. $1: group, $2: name
compare() {
	group=$1
	[ "$1" != stap ] || group=staprun
	link=$(verdict "${subject}" link "$1" "$2")
	headers=
	[ "${amount}" = few ] || headers=$(verdict "${control}" headers "${group}" "$2")
	if is_broken "$1" "$2"; then
		both="headers: ${headers:-not tried} s; build link: ${link} s"
		check "$1 $2: not for this kernel: ${both}" works_with_none "$1" "$2" "${both}"
		return
	fi
	if [ "${headers}" ]; then
		check "$1 $2: headers: ${headers} s" works "${control}" headers "${group}" "$2"
	fi
	check "$1 $2: build link: ${link} s" works "${subject}" link "$1" "$2"
}

subject=${dir}/subject
control=${dir}/control
amount=${1-few}
case ${amount} in
few | all) ;;
*:*:*)
	amount=these
	these=$*
	;;
*) die "usage: clients.t [all | WAY:GROUP:NAME...]" ;;
esac
check "make module against Debian's headers, and unpack" \
	"${testdir}/build/debian-archive.sh" "${dir}"
prepare "${subject}"
"plan_${amount}" > "${subject}/plan"
fetch_packages "${subject}"
check "stap compiles against the archive" make_stap "${subject}" "${dir}/tree"
subject_status=0
control_status=0
if [ "${amount}" != few ]; then
	prepare "${control}"
	control_plan > "${control}/plan"
	fetch_packages "${control}"
	pack_headers
	check "stap compiles against Debian's headers" make_stap "${control}" "${debian}"
	boot_both
	check "the guest with headers ends well" ended_well "${control}" "${control_status}"
else
	boot "${subject}" || subject_status=$?
fi
check "the guest with the archive ends well" ended_well "${subject}" "${subject_status}"
while read -r way group name; do
	case ${way} in
	none)
		check "${group} ${name}: no archive and no headers: fails" \
			fails_for_want_of_headers "${subject}" "${way}" "${group}" "${name}"
		;;
	own)
		check "${group} ${name}: its own way: $(verdict "${subject}" own \
			"${group}" "${name}") s" \
			works "${subject}" own "${group}" "${name}"
		;;
	link) compare "${group}" "${name}" ;;
	esac
done < "${subject}/plan"
if [ "${amount}" = all ]; then
	check "at least 20 tools of bcc" \
		[ "$(grep -c '^link bcc .* works ' "${subject}/report")" -ge 20 ]
fi
finish
