#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Boot a kernel, run a script in it as root, and return the script's verdict.
#
# Usage: boot.sh [-t SECONDS] [-s SECONDS] [-m MEMORY] [-a APPEND] [-i INITRD]
#                 [-c CPUS] [-r ROOT] um|qemu|arm64|riscv64 KERNEL SCRIPT DIR
#
# The guest's root is the host's file system, or ROOT, with a tmpfs over it: the
# script may write anywhere, and no write reaches the host, except in DIR, which is /mnt
# in the guest. No headers of the host are visible: /usr/src, /lib/modules and
# ${GUEST_HIDE}, a list of directories, are empty. "qemu" is x86_64.
#
# DIR/console has the console, DIR/verdict the exit status of the script. A guest
# may take as long as it needs. It is given up if it uses almost no processor time for
# -t SECONDS, or if it has used -s SECONDS of processor time since it last wrote to the
# console or to a file in DIR.
#
# Exit status: the script's; 124 if the guest was given up; 125 if it ended
# without a verdict (a panic, say). The end of the console is shown then.

set -eu

testdir=$(cd "$(dirname "$0")/.." && pwd)
usage="usage: boot.sh [-t SECONDS] [-s SECONDS] [-m MEMORY] [-a APPEND] [-i INITRD] [-c CPUS] [-r ROOT] um|qemu|arm64|riscv64 KERNEL SCRIPT DIR"
idle_limit=180
silence_limit=3600
memory=1G
guest_cpus=2
append=
initrd=
root=/

die() {
	echo "boot: $*" >&2
	exit 125
}

while getopts t:s:m:a:i:c:r: opt; do
	case ${opt} in
	t) idle_limit=${OPTARG} ;;
	s) silence_limit=${OPTARG} ;;
	m) memory=${OPTARG} ;;
	a) append=${OPTARG} ;;
	i) initrd=${OPTARG} ;;
	c) guest_cpus=${OPTARG} ;;
	r) root=${OPTARG} ;;
	*) die "${usage}" ;;
	esac
done
shift $((OPTIND - 1))
[ $# = 4 ] || die "${usage}"
type=$1
kernel=$(realpath "$2")
script=$(realpath "$3")
dir=$(realpath "$4")
[ -x "${script}" ] || die "${script}: not executable"

watched=${dir}
given_up=${dir}.given-up
# shellcheck source=lib/watch.sh
. "${testdir}/lib/watch.sh"

cp "${script}" "${dir}/script"

# The first process must be in the guest's root.
init=${testdir}/boot/init
if [ "${root}" != / ]; then
	cp "${init}" "${root}/guest-init"
	init=/guest-init
fi

# The kernel passes variables that it does not know to init, in the environment.
params="init=${init} GUEST_DIR=${dir} panic=-1 ${append}"
if [ "${GUEST_HIDE-}" ]; then
	params="${params} GUEST_HIDE=$(echo "${GUEST_HIDE}" | tr -s ' ' :)"
fi

# Processes that take turns run faster on one processor than on several, and two
# guests on two. A processor is taken by a lock on its directory in sysfs, which this
# shell holds. Where all are taken, or sysfs is not mounted, any will do. Each container
# has a sysfs of its own, so not all begin with the first processor.
choose_cpu() {
	cpus=$(sed -n 's/^Cpus_allowed_list:[[:blank:]]*//p' /proc/self/status |
		tr , '\n' | awk -F - -v first=$$ '
			{ for (i = $1; i <= $NF; i++) cpu[n++] = i }
			END { for (i = 0; i < n; i++) print cpu[(first + i) % n] }')
	for cpu in ${cpus}; do
		[ -d "/sys/devices/system/cpu/cpu${cpu}" ] || continue
		exec 7< "/sys/devices/system/cpu/cpu${cpu}"
		! flock -n 7 7<&7 || return 0
		exec 7<&-
	done
	# shellcheck disable=SC2086 # a list
	set -- ${cpus}
	cpu=$1
}

runs_programs() {
	try=$(mktemp "$1/kheaders.XXXXXX" 2> /dev/null) || return 1
	runs=0
	{ echo '#!/bin/sh' > "${try}" && chmod +x "${try}" && "${try}"; } 2> /dev/null || runs=1
	rm -f "${try}"
	return "${runs}"
}

# $1: a directory, $2: kB
has_room() {
	[ "$(df -P -k "$1" | awk 'NR == 2 { print $4 }')" -ge "$2" ]
}

# um runs its memory from a file. In containers, /dev/shm is often small, or no program
# in it may run.
choose_tmpdir() {
	case ${memory} in
	*G) kb=$((${memory%G} << 20)) ;;
	*) kb=$((${memory%M} << 10)) ;;
	esac
	for TMPDIR in /dev/shm /tmp /var/tmp "${dir}"; do
		if runs_programs "${TMPDIR}" && has_room "${TMPDIR}" "${kb}"; then
			export TMPDIR
			return
		fi
	done
	die "in none of /dev/shm, /tmp, /var/tmp and ${dir} can programs run and are ${memory} free;" \
		"make room in one"
}

# The kernel stops its processes by seccomp where it can, from 6.16 on, and by
# ptrace, which is slower, where it cannot.
run_um() {
	choose_cpu
	choose_tmpdir
	# shellcheck disable=SC2086 # a list of parameters
	run_watched taskset -c "${cpu}" "${kernel}" mem="${memory}" root=/dev/root \
		rootfstype=hostfs rootflags="${root}" ro con=null con0=null,fd:1 seccomp=auto \
		uml_dir="${dir}/" ${params}
}

# $1: accelerator, the rest: a command to run QEMU with
run_qemu_with() {
	try=$1
	shift
	console=ttyS0
	case ${type} in
	qemu)
		machine="qemu-system-x86_64 -machine pc -cpu max"
		# On a busy host the timer is late, and the kernel gives it up.
		console="${console} no_timer_check"
		;;
	arm64)
		machine="qemu-system-aarch64 -machine virt -cpu max"
		console=ttyAMA0
		;;
	riscv64) machine="qemu-system-riscv64 -machine virt" ;;
	esac
	# shellcheck disable=SC2086 # a program and its options
	"$@" ${machine} -accel "${try}" -m "${memory}" \
		-smp "${guest_cpus}" -display none -monitor none \
		-no-reboot -serial stdio -nodefaults \
		-virtfs "local,path=${root},mount_tag=root,security_model=none,readonly=on,multidevs=remap" \
		-virtfs "local,path=${dir},mount_tag=dir,security_model=none" \
		-kernel "${kernel}" ${initrd:+-initrd "${initrd}"} \
		-append "console=${console} root=root rootfstype=9p
			rootflags=trans=virtio,version=9p2000.L,msize=512000,cache=loose ro
			GUEST_TAG=dir ${params}"
}

# A /dev/kvm may be there and no ordinary kernel start on it.
kvm_works() {
	[ -w /dev/kvm ] && [ "${type}" = qemu ] || return 1
	echo '#!/bin/sh' > "${dir}/script"
	run_qemu_with kvm timeout -k 5 10 > "${dir}/console" 2>&1 && [ -s "${dir}/verdict" ]
}

run_qemu() {
	accel=tcg,thread=multi
	if kvm_works; then
		accel=kvm
	fi
	rm -f "${dir}/verdict"
	cp "${script}" "${dir}/script"
	run_qemu_with "${accel}" run_watched
}

rm -f "${dir}/verdict"
status=0
case ${type} in
um) run_um < /dev/null > "${dir}/console" 2>&1 || status=$? ;;
qemu | arm64 | riscv64) run_qemu < /dev/null > "${dir}/console" 2>&1 || status=$? ;;
*) die "${usage}" ;;
esac

if [ -s "${dir}/verdict" ]; then
	exit "$(cat "${dir}/verdict")"
fi
if [ -s "${given_up}" ]; then
	why="given up, $(cat "${given_up}")"
	status=124
else
	why="ended without a verdict, status ${status}"
	status=125
fi
{
	echo "boot: ${why}; ${dir}/console ends:"
	tail -n 30 "${dir}/console" | sed 's/^/  | /'
} >&2
exit "${status}"
