#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Each system call of path, extract, link, unlink and clean fails, one at a time, in four
# ways: the command fails with a message, or leaves a correct result. "all" tests every system
# call, otherwise a sample is tested.

. "$(dirname "$0")/../lib/command.sh"
. "$(dirname "$0")/../lib/tap.sh"

"${fetchdir}/packages.sh" build tools-check
step=23
[ "${1-}" != all ] || step=1

mkdir -p /mnt/path /mnt/faults
install -m 755 "${testdir}/programs/make.sh" /mnt/path/make
PATH=/mnt/path:${PATH}
python3 "${testdir}/programs/archives.py" --kit /mnt/kit.tar.xz
/mnt/bin/kheaders extract --archive /mnt/kit.tar.xz /mnt/good

total=0
for command in path path-again extract link unlink clean; do
	check "${command}: each call that fails is noticed, or does not matter" \
		"${testdir}/programs/faults.py" /mnt/bin/kheaders /mnt/kit.tar.xz /mnt/good \
		/mnt/faults "${command}" "${step}"
	n=$(sed -n "s/^${command}: \([0-9]*\) faults.*/\1/p" "${tmp}/output")
	echo "# ${command}: ${n} faults"
	total=$((total + ${n:-0}))
done
check "at least $((2000 / step)) faults: ${total}" [ "${total}" -ge $((2000 / step)) ]
finish
