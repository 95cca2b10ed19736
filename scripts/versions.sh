# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034 # used by those who source this
#
# The kernel versions that scripts and tests know by number; common.sh sources
# this. A new one is a word of the first list, and maybe of the last.

# Version, and the suites of Debian that have its source
sources='
5.10:bullseye
6.1:bookworm,bookworm-security
6.12:bookworm-security,trixie
7.2:sid,trixie-backports
7.3:trixie-backports'

# All of them
versions=
for version in ${sources}; do
	versions=${versions:+${versions} }${version%%:*}
done
unset version
# Where one version is shown
latest=7.3
# Where any version will do: small, and Debian 12's own
usual=6.1
# A line that is maintained for long, and Android's
longterm=6.12
# Where each version takes long: those that differ most
spread="5.10 ${usual} ${longterm} ${latest}"
# Those in the table of Documentation/kbuild/kheaders.rst. What has no source above is
# tested as make check-kernels KERNEL=DIR.
lines="4.19 5.4 5.10 5.15 6.1 6.6 6.12 7.2 7.3"
