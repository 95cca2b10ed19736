#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Build a dkms package with dkms, against /lib/modules/RELEASE/build.
#
# Usage: dkms-build.sh RELEASE SOURCE DIR
#
# SOURCE is the package's directory of /usr/src; DIR gets the modules, and
# log. What dkms itself keeps is below DIR, too. Exit status: dkms's.

set -eu

release=$1
source=$2
dir=$3

# dkms.conf is bash's.
# shellcheck disable=SC2016 # expanded there
name=$(bash -c '. "$1"; echo "${PACKAGE_NAME}/${PACKAGE_VERSION}"' - "${source}/dkms.conf")
rm -rf "${dir}"
mkdir -p "${dir}/src" "${dir}/tree" "${dir}/installed"
cp -R "${source}" "${dir}/src/$(echo "${name}" | tr / -)"
dkms() {
	command dkms "$@" --dkmstree "${dir}/tree" --sourcetree "${dir}/src" \
		--installtree "${dir}/installed" -k "${release}" "${name}"
}
{
	dkms add
	dkms build || {
		status=$?
		cat "${dir}/tree/${name}/build/make.log"
		exit "${status}"
	}
} > "${dir}/log" 2>&1 < /dev/null
find "${dir}/tree/${name}/${release}" -name '*.ko*' -exec cp -t "${dir}" {} +
