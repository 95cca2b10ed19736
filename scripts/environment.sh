# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced by each script before it does anything: what a user may have set for
# other things, and what would change what programs print, where they look, and
# what make does.

unset CDPATH GREP_OPTIONS POSIXLY_CORRECT QUOTING_STYLE TAR_OPTIONS
unset MAKEFLAGS MFLAGS GNUMAKEFLAGS MAKELEVEL MAKEFILES MAKEOVERRIDES
unset KBUILD_OUTPUT KBUILD_EXTMOD KBUILD_SRC O M MO SUBDIRS
