#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Run a script of bpftrace with headers, and not with the kernel's BTF. Up to 0.19 it gets
# BTF from the kernel only with CAP_SYS_ADMIN, and crashes if BPFTRACE_BTF names no BTF.
# 0.27 needs no such capability.
#
# Usage: bpftrace.sh SCRIPT

case $(bpftrace --version) in
*v0.1[0-9].*) ;;
*) export BPFTRACE_BTF=/dev/null ;;
esac
exec setpriv --bounding-set -sys_admin bpftrace "$1"
