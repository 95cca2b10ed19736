#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Build a dkms package with dkms, against /lib/modules/RELEASE/build.
#
# Usage: dkms-package.sh RELEASE DIR SOURCE...
#
# Each SOURCE is a package's directory of /usr/src, and is copied there; the first one
# is built. DIR gets the modules, and log. Runs in a namespace of with-headers.sh. Exit
# status: that of dkms.

set -eu

release=$1
dir=$2
shift 2
rm -rf "${dir}"
mkdir -p "${dir}"

mount -t tmpfs tmpfs /var/lib/dkms
cp -R "$@" /usr/src
cd "/usr/src/${1##*/}"
# dkms.conf is bash's.
# shellcheck disable=SC2016 # expanded there
name=$(bash -c '. ./dkms.conf > /dev/null 2>&1; echo "${PACKAGE_NAME}/${PACKAGE_VERSION}"')
{
	dkms add "${name}"
	dkms build "${name}" -k "${release}" || {
		status=$?
		cat "/var/lib/dkms/${name}/build/make.log"
		exit "${status}"
	}
} > "${dir}/log" 2>&1 < /dev/null
find "/var/lib/dkms/${name}/${release}" -name '*.ko*' -exec cp -t "${dir}" {} +
