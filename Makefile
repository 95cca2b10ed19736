# SPDX-License-Identifier: GPL-2.0
#
# The entry points; "make help" lists them. V=1 shows commands.

GUEST ?= um
ROUNDS ?= 5
testdir := tools/testing/kheaders
version_of = $(shell . scripts/versions.sh && echo $$$1)
versions = $(call version_of,versions)
latest = $(call version_of,latest)
usual = $(call version_of,usual)

export V

# The parts of "make check", and what is too long for it
parts := lint host guest tools
long := kernels dkms clients soak size deb readme hosts series configs kbuild android rust matrix faults gnumake \
	bcc cflags targets modules variants
checks := $(parts:%=check-%) $(long:%=check-%)

.PHONY: help demo check $(checks) check-all bench pictures
.PHONY: lines apply unapply series module tools install deb dist clean

help:
	@echo 'make demo                  the main job, end to end, in a guest'
	@echo '     KERNEL=$(latest)              $(versions), a source tree or a tarball'
	@echo '     GUEST=um                um (User-mode Linux) or qemu (x86_64)'
	@echo 'make check                 the tests that take minutes; its parts:'
	@echo '     check-lint              checkpatch, shellcheck, sparse, compiler warnings'
	@echo '     check-host              what needs no guest'
	@echo '     check-guest             kselftests and modules in guests'
	@echo '     check-tools             the kheaders command, and that it is safe; as root'
	@echo '     T="strip overlay"       only these, of the tests below'
	@echo 'make check-kernels         every version, built in, as a module and without'
	@echo '                           MODVERSIONS, and a cross-built one: two hours'
	@echo '     KERNEL=DIR              or any tree, as a module and built in'
	@echo 'make check-dkms            all dkms packages of Debian 12: half an hour'
	@echo 'make check-clients         bcc, bpftrace, systemtap and dkms in a guest without headers,'
	@echo '                           beside one with them: an hour'
	@echo '     SUITE=sid               those of another suite of Debian, with its kernel'
	@echo 'make check-bcc             bcc with the patch of contrib/bcc, built and run in a guest; as root'
	@echo '     BCC=DIR                 its source, if not that of Debian sid'
	@echo 'make check-cflags          the flags of kheaders cflags: kernels of each version, three clangs'
	@echo 'make check-matrix          versions, architectures, compilers and ways to build, each with'
	@echo '                           each: many hours; it goes on where it was stopped'
	@echo '     VERSIONS= ARCHES= CC=   lists, for a part; or KERNEL=DIR, any tree'
	@echo 'make check-soak            loads, unloads, readers and failing allocations in kernels'
	@echo '                           with KASAN, lockdep and kmemleak'
	@echo 'make check-faults          each system call of the kheaders command fails, in turn: half an hour'
	@echo 'make check-gnumake         make in a tree: its flags, other programs, O=, environments'
	@echo 'make check-size            the size of the archive, beside others'
	@echo 'make check-deb             Debian packages: built, installed, used, purged in a chroot; as root'
	@echo 'make check-readme          the commands of README.md, in a chroot and a guest; as root, ten minutes'
	@echo 'make check-hosts           make tools, module, deb, demo and tests in clean roots of Debian 13 and sid;'
	@echo '                           as root, two hours'
	@echo 'make check-series          the patches of make series: each is applied and built'
	@echo 'make check-kbuild          the kernel'\''s own checks, and random configurations'
	@echo 'make check-configs         configuration fragments, on every version'
	@echo 'make check-variants        kheaders.ko however modules are built: goals, jobs, signed, compressed,'
	@echo '                           with LTO, with BTF: an hour'
	@echo 'make check-android         an arm64 kernel as Android builds it, with clang: modules from its archive'
	@echo 'make check-targets         each goal and option of make for modules, in the full tree and the archive'
	@echo 'make check-modules         newest dkms packages, in a root of Debian sid; as root: an hour'
	@echo 'make check-rust            modules in Rust, with a kernel that is built in a root of Debian sid; as root'
	@echo 'make check-all             all of these, and the demo on every version'
	@echo 'make bench                 the packer, and whole builds, beside the own kheaders of a kernel'
	@echo '     KERNEL=$(latest) ROUNDS=5     tables; build/bench.json and bench.svg, build/bench-whole.json'
	@echo '     PART=archive            the packer alone; PART=whole, whole builds alone'
	@echo 'make lines                 take what tests have noted of kernels into the table in'
	@echo '                           Documentation/kbuild/kheaders.rst'
	@echo 'make pictures              draw those of README.md again'
	@echo 'make apply KDIR=DIR        put the overlay into a kernel tree'
	@echo 'make unapply KDIR=DIR      take it out again, byte for byte'
	@echo 'make series VERSION=$(latest)    the overlay as patches, to send: build/series/VERSION/'
	@echo '     KDIR=DIR                against another tree than one of those above'
	@echo '     UPSTREAM=1              the series for the kernel'\''s maintainers, against Linux $(latest) or KDIR=:'
	@echo '                             build/series/upstream/'
	@echo 'make module [KDIR=DIR]     build kheaders.ko against installed headers'
	@echo 'make tools                 build libkheaders and the kheaders command, in build/tools; libraries'
	@echo '                           that are missing are installed on Debian, and named elsewhere'
	@echo 'make install               install them: DESTDIR=, PREFIX=/usr/local, LIBDIR=PREFIX/lib'
	@echo 'make deb                   build Debian packages, in build/deb'
	@echo 'make dist                  make the tarball, in build/'
	@echo 'make clean                 remove build/, also the kernels built there'
	@echo
	@echo 'V=1 shows commands. What is expensive (sources, kernels) is kept in build/.'
	@echo
	@echo 'Tests, and the goals that run them:'
	@$(testdir)/list.sh check $(checks)

demo:
	@$(testdir)/demo.sh '$(KERNEL)' $(GUEST)

check $(checks):
	@$(testdir)/check.sh $(patsubst check-%,%,$@)

check-all: check $(checks)
	@for kernel in $(versions); do $(testdir)/demo.sh $$kernel || exit; done
	@$(testdir)/demo.sh $(usual) qemu

lines:
	@$(testdir)/lines.sh update

check-kernels: export KERNELS := $(if $(filter command% env%,$(origin KERNEL)),$(KERNEL))
# CC is make's own, too: only one that is asked for counts.
check-matrix: export VERSIONS := $(if $(filter command% env%,$(origin KERNEL)),$(KERNEL),$(VERSIONS))
check-matrix: export ARCHES := $(ARCHES)
check-matrix: export CC := $(if $(filter command% env%,$(origin CC)),$(CC))

bench:
	@$(if $(filter whole,$(PART)),:,$(testdir)/bench.sh '$(KERNEL)' $(ROUNDS))
	@$(if $(filter archive,$(PART)),:,$(testdir)/bench-whole.sh '$(KERNEL)' $(ROUNDS))

# The chart is of pictures/bench.json, a copy of what make bench left in build/.
pictures:
	@scripts/fetch/packages.sh pictures
	@pictures/draw.sh pictures/flow.dot pictures/flow.svg
	@pictures/draw.sh pictures/bench.json pictures/bench.svg

apply unapply:
	@scripts/overlay.sh $@ '$(KDIR)'

series:
ifdef UPSTREAM
	@scripts/upstream.sh '$(or $(KDIR),$(latest))' build/series/upstream
else
	@scripts/series.sh '$(or $(VERSION),$(KDIR))' 'build/series/$(notdir $(abspath $(or $(VERSION),$(KDIR))))'
endif

module:
	@scripts/module.sh '$(or $(KDIR),/lib/modules/$(shell uname -r)/build)' build/module

tools:
	@scripts/fetch/packages.sh tools
	@$(MAKE) --no-print-directory -C tools/kheaders

install:
	@$(MAKE) --no-print-directory -C tools/kheaders install

deb:
	@scripts/fetch/packages.sh tools deb
	@scripts/deb.sh build/deb

dist:
	@scripts/dist.sh build

clean:
	rm -rf build
