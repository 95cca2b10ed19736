# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034 # used by those who source this
#
# The kernel versions that scripts and tests know by number. Sourced by common.sh. Add
# a new version to the first list, and if necessary to the last two.

# Each version, and the suites of Debian that have its source
sources='
5.10:bullseye
6.1:bookworm,bookworm-security
6.12:bookworm-security,trixie
7.2:sid,trixie-backports
7.3:trixie-backports'

# All versions in that list
versions=
for version in ${sources}; do
	versions=${versions:+${versions} }${version%%:*}
done
unset version
# The newest version, for the demo, the series and help texts
latest=7.3
# For tests that any version serves: small, and Debian 12's own
usual=6.1
# A long-term line, also Android's
longterm=6.12
# For tests that take long for each version: those that differ most
spread="5.10 ${usual} ${longterm} ${latest}"
# The lines in the table of Documentation/kbuild/kheaders.rst. To test one without a
# source above, run make check-kernels KERNEL=DIR.
lines="4.19 5.4 5.10 5.15 6.1 6.6 6.12 7.2 7.3"
