# SPDX-License-Identifier: GPL-2.0
#
# The entry points; "make help" lists them. V=1 shows commands.

KERNEL ?= 6.1
GUEST ?= um
testdir := tools/testing/kheaders

export V

.PHONY: help demo check check-lint check-host check-guest apply unapply clean

help:
	@echo 'make demo                  the main job, end to end, in a guest'
	@echo '     KERNEL=6.1              5.10, 6.1, 6.12, 7.2, 7.3, a source tree or a tarball'
	@echo '     GUEST=um                um (User-mode Linux) or qemu (x86_64)'
	@echo 'make check                 all tests; its parts:'
	@echo '     check-lint              checkpatch, shellcheck, sparse, compiler warnings'
	@echo '     check-host              what needs no guest'
	@echo '     check-guest             kselftests and modules in guests'
	@echo 'make apply KDIR=DIR        put the overlay into a kernel tree'
	@echo 'make unapply KDIR=DIR      take it out again, byte for byte'
	@echo 'make clean                 remove build/, also the kernels built there'
	@echo
	@echo 'V=1 shows commands. What is dear (sources, kernels) is kept in build/.'

demo:
	@$(testdir)/demo.sh $(KERNEL) $(GUEST)

check check-lint check-host check-guest:
	@$(testdir)/check.sh $(patsubst check-%,%,$@)

apply unapply:
	@scripts/overlay.sh $@ '$(KDIR)'

clean:
	rm -rf build
