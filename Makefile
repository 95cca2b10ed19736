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

# No kernel can be built there.
ifneq ($(filter demo bench check%,$(MAKECMDGOALS)),)
ifneq ($(words $(subst :, ,$(CURDIR))),1)
$(error $(CURDIR): no kernel can be built below a name with a blank or a colon; rename it)
endif
endif

# The parts of "make check", and the tests that take too long for it
parts := lint host guest tools
long := kernels dkms clients soak size deb readme hosts series configs kbuild android rust matrix \
	faults gnumake bcc cflags targets modules variants btf bpftrace
checks := $(parts:%=check-%) $(long:%=check-%)

.PHONY: help demo check $(checks) check-all bench pictures
.PHONY: lines apply unapply series module tools install deb dist clean

help:
	@echo 'make demo                  build a kernel, boot it, build and load modules in it'
	@echo '     KERNEL=$(latest)              $(versions), a source tree or a tarball'
	@echo '     GUEST=um                um (User-mode Linux) or qemu (x86_64)'
	@echo 'make check                 the tests that take minutes; its parts:'
	@echo '     check-lint              checkpatch, shellcheck, sparse, compiler warnings'
	@echo '     check-host              tests that need no guest'
	@echo '     check-guest             kselftests and modules in guests'
	@echo '     check-tools             the kheaders command, and its safety; as root'
	@echo '     T="strip overlay"       only these, of the tests below'
	@echo 'make check-kernels         every version, built in, as a module and without'
	@echo '                           MODVERSIONS, and a cross-built one: two hours'
	@echo '     KERNEL=DIR              or any tree, as a module and built in'
	@echo 'make check-dkms            all dkms packages of Debian 12: half an hour'
	@echo 'make check-clients         bcc, bpftrace, systemtap and dkms in a guest without headers,'
	@echo '                           compared with a guest that has headers: an hour'
	@echo '     SUITE=sid               clients and kernel of another suite of Debian'
	@echo 'make check-bcc             bcc with the patch of contrib/bcc, built and run in a guest; as root'
	@echo '     BCC=DIR                 a source of bcc other than that of Debian sid'
	@echo 'make check-bpftrace        bpftrace with the patch of contrib/bpftrace, likewise; BPFTRACE=DIR'
	@echo 'make check-cflags          the flags of kheaders cflags: kernels of each version, three clangs'
	@echo 'make check-matrix          all combinations of versions, architectures, compilers and ways'
	@echo '                           to build: many hours; an interrupted run is continued'
	@echo '     VERSIONS= ARCHES= CC=   lists, for a part; or KERNEL=DIR, any tree'
	@echo 'make check-soak            loads, unloads, readers and failing allocations in kernels'
	@echo '                           with KASAN, lockdep and kmemleak'
	@echo 'make check-faults          each system call of the kheaders command fails, in turn: ten minutes'
	@echo 'make check-gnumake         make in a tree: its flags, other programs, O=, environments'
	@echo 'make check-size            the size of the archive, compared with headers packages'
	@echo 'make check-deb             Debian packages: built, installed, used, purged in a chroot; as root'
	@echo 'make check-readme          the commands of README.md, in a chroot and a guest; as root, ten minutes'
	@echo 'make check-hosts           make tools, module, deb, demo and tests in clean roots of Debian 13 and sid;'
	@echo '                           as root, two hours'
	@echo 'make check-series          the patches of make series, each applied and built'
	@echo 'make check-kbuild          the kernel'\''s own checks, and random configurations'
	@echo 'make check-configs         configuration fragments, on every version'
	@echo 'make check-variants        kheaders.ko in all ways that modules are built: goals, jobs, signed,'
	@echo '                           compressed, with LTO, with BTF: an hour'
	@echo 'make check-android         an arm64 kernel built like Android, with clang: modules from its archive'
	@echo 'make check-targets         each goal and option of make for modules, in the full tree and the archive'
	@echo 'make check-btf             modules with BTF, built and loaded in a guest with Debian sid'\''s kernel; as root'
	@echo 'make check-modules         newest dkms packages, in a root of Debian sid; as root: an hour'
	@echo 'make check-rust            modules in Rust, with a kernel that is built in a root of Debian sid; as root'
	@echo 'make check-all             all of these, and the demo on every version'
	@echo 'make bench                 time the packer and whole builds, compared with the kernel'\''s own kheaders'
	@echo '     KERNEL=$(latest) ROUNDS=5     tables; build/bench.json and bench.svg, build/bench-whole.json'
	@echo '     PART=archive            the packer only; PART=whole, whole builds only; PART=defconfig,'
	@echo '                           these with x86_64 defconfig, objects from ccache'
	@echo 'make lines                 copy the results that tests have recorded for kernels into the table in'
	@echo '                           Documentation/kbuild/kheaders.rst'
	@echo 'make pictures              redraw the pictures in README.md'
	@echo 'make apply KDIR=DIR        add the overlay to a kernel tree'
	@echo 'make unapply KDIR=DIR      remove the overlay; the tree is restored byte for byte'
	@echo 'make series VERSION=$(latest)    export the overlay as patches: build/series/VERSION/'
	@echo '     KDIR=DIR                against any other kernel tree'
	@echo '     UPSTREAM=1              export the series for the kernel'\''s maintainers, against Linux $(latest)'
	@echo '                             or KDIR=: build/series/upstream/'
	@echo 'make module [KDIR=DIR]     build kheaders.ko against installed headers'
	@echo 'make tools                 build libkheaders and the kheaders command, in build/tools; on Debian,'
	@echo '                           missing libraries are installed, elsewhere they are listed'
	@echo 'make install               install both: DESTDIR=, PREFIX=/usr/local, LIBDIR=PREFIX/lib'
	@echo 'make deb                   build Debian packages, in build/deb'
	@echo 'make dist                  build the source tarball, in build/'
	@echo 'make clean                 remove build/, including the kernels in it'
	@echo
	@echo 'V=1 shows commands. build/ keeps what is expensive to make (sources, kernels).'
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
# make itself sets CC, so only a CC from the command line or the environment counts.
check-matrix: export VERSIONS := $(if $(filter command% env%, \
	$(origin KERNEL)),$(KERNEL),$(VERSIONS))
check-matrix: export ARCHES := $(ARCHES)
check-matrix: export CC := $(if $(filter command% env%,$(origin CC)),$(CC))

bench:
	@$(if $(filter whole defconfig,$(PART)),:,$(testdir)/bench.sh '$(KERNEL)' $(ROUNDS))
	@$(if $(filter archive,$(PART)),:,$(testdir)/bench-whole.sh '$(KERNEL)' \
		$(or $(filter defconfig,$(PART)),small) $(ROUNDS))

# The chart shows pictures/bench.json, a copy of the file that make bench writes to build/.
pictures:
	@scripts/fetch/packages.sh pictures
	@pictures/draw.sh pictures/flow.dot pictures/flow.svg
	@pictures/draw.sh pictures/bench.json pictures/bench.svg

apply unapply:
	@scripts/overlay.sh $@ '$(KDIR)'

# A VERSION in the environment is somebody else's.
of-series = $(or $(if $(filter command%,$(origin VERSION)),$(VERSION)),$(KDIR))

series:
ifdef UPSTREAM
	@scripts/upstream.sh '$(or $(KDIR),$(latest))' build/series/upstream
else
	@scripts/series.sh '$(of-series)' 'build/series/$(notdir $(abspath $(of-series)))'
endif

# What the user sets for the kernel's make
for-kernel := ARCH CROSS_COMPILE LLVM CC LD HOSTCC PAHOLE XZ
for-kernel := $(foreach v,$(for-kernel),$(if $(filter command%,$(origin $(v))),$(v)='$($(v))'))

module:
	@scripts/module.sh '$(or $(KDIR),/lib/modules/$(shell uname -r)/build)' build/module \
		$(for-kernel)

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
