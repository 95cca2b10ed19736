# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Unset variables that a user may have set for other purposes, and that would change
# the output of programs, their search paths, and the behaviour of make. Each script
# sources this file first.

unset CDPATH GREP_OPTIONS POSIXLY_CORRECT QUOTING_STYLE TAR_OPTIONS TIME_STYLE XZ_DEFAULTS \
	XZ_OPT
# Hooks of git set these, and they name another repository.
unset GIT_COMMON_DIR GIT_DIR GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_PREFIX GIT_WORK_TREE
unset MAKEFLAGS MFLAGS GNUMAKEFLAGS MAKELEVEL MAKEFILES MAKEOVERRIDES
unset KBUILD_OUTPUT KBUILD_EXTMOD KBUILD_SRC O M MO SUBDIRS
