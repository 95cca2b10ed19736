# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Functions that the tests of patch series share. Sourced by them. ${pristine} is the
# kernel's source; patches are applied and built in ${tree} and ${obj}, in ${work}.

: "${fetchdir:?}" "${builddir:?}" "${tmp:?}" "${me:?}"
"${fetchdir}/packages.sh" build series

work=${builddir}/${me%.t}-test
tree=${work}/tree
obj=${work}/obj
trap 'rm -rf "${tmp}" "${work}"' EXIT

# A tree that has lost its repository must not be taken for a part of this one.
export GIT_CEILING_DIRECTORIES="${work}"

# Somebody, and no settings of the user's
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_COUNT=2
export GIT_CONFIG_KEY_0=user.name GIT_CONFIG_KEY_1=user.email
export GIT_CONFIG_VALUE_0="Some Body" GIT_CONFIG_VALUE_1=somebody@example.org
sign_off="Signed-off-by: Some Body <somebody@example.org>"

# In a git repository, licenses would be looked up there.
# $1: a patch, then options
checkpatch() {
	cd "${tmp}" || return
	perl "${pristine:?}/scripts/checkpatch.pl" --root="${pristine}" --strict --terse \
		--no-summary "$@" > "${tmp}/findings" || :
	cat "${tmp}/findings"
	[ ! -s "${tmp}/findings" ]
}

# Make a git repository of the whole tree, in which git tracks only the files that the
# patches touch. $@: patches
make_repository() {
	mkdir -p "${work}"
	cp -al "${pristine}" "${tree}"
	cd "${tree}" || return
	git init -q
	cat "$@" | git apply --numstat | cut -f 3 | sort -u |
		while read -r f; do
			[ ! -f "${f}" ] || echo "${f}"
		done > "${tmp}/touched"
	xargs git add -f < "${tmp}/touched"
	git commit -q -m "Linux"
	git tag base
}

# $1: a file of options, then goals
make_objects() {
	options=$1
	shift
	mkdir -p "${obj}"
	for goals in allnoconfig "$*"; do
		# shellcheck disable=SC2086 # a list
		make -C "${tree}" O="${obj}" ARCH=x86_64 LOCALVERSION= \
			KCONFIG_ALLCONFIG="${options}" -j"$(nproc)" ${goals} \
			> "${tmp}/log" 2>&1 || {
			tail -n 15 "${tmp}/log"
			return 1
		}
	done
	! grep 'kernel/kheaders.*warning:' "${tmp}/log"
}

is_signed_off() {
	grep -q -x "${sign_off}" "$1"
}

# No placeholder is left, and no line asks others to sign.
is_cover_letter() {
	grep -q '^Subject: \[PATCH 0*0/' "$1" && ! grep '@[A-Z]*@\|\*\*\*' "$1"
}
