# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Unset variables that a user may have set for other purposes, and that would change
# the output of programs, their search paths, and the behaviour of make. Each script
# sources this file first.

unset CDPATH GREP_OPTIONS POSIXLY_CORRECT QUOTING_STYLE TAR_OPTIONS
unset MAKEFLAGS MFLAGS GNUMAKEFLAGS MAKELEVEL MAKEFILES MAKEOVERRIDES
unset KBUILD_OUTPUT KBUILD_EXTMOD KBUILD_SRC O M MO SUBDIRS
