# SPDX-License-Identifier: GPL-2.0
#
# Build the host programs that do not exist yet. GNUmakefile runs this file, and passes
# variables.
#
# Each program is built under a temporary name and renamed, so that two builds at the
# same time do no harm.

# A module may have set these variables for itself, and objtool's Makefile reads them.
unexport CFLAGS EXTRA_CFLAGS LDFLAGS OUTPUT INCLUDES subdir
# Some programs set these variables, and others must not get them from the environment.
cflags :=
libs :=
without :=

include include/config/auto.conf

say := $(if $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),@: ,@echo ' ')

# The programs; objtool, which takes longest, comes first.
tools := $(patsubst %Makefile,%objtool,$(wildcard tools/objtool/Makefile))
tools += scripts/basic/fixdep scripts/mod/modpost
ifdef CONFIG_MODVERSIONS
tools += $(if $(CONFIG_GENDWARFKSYMS),scripts/gendwarfksyms/gendwarfksyms,scripts/genksyms/genksyms)
endif
ifdef CONFIG_HAVE_C_RECORDMCOUNT
tools += $(basename $(wildcard scripts/recordmcount.c))
endif

# Programs that few modules need: built if the module has files for them, and always with
# modules_prepare
files := $(if $(external),$(sort $(suffix $(shell find -H $(external) \
	-name '*.asn1' -o -name '*.dts' -o -name '*.dtso' 2> /dev/null))))
# Device trees may be made, or be in directories that are links.
files += $(if $(external),$(if $(shell find -H $(external) '(' -name Makefile -o -name Kbuild ')' \
	-exec grep -l dtb {} + 2> /dev/null),.dts))
wanted := $(if $(external),$(if $(filter .asn1,$(files)),scripts/asn1_compiler) \
	$(if $(filter .dts%,$(files)),scripts/dtc/%) $(if $(UT),scripts/tracepoint-update),%)
few := $(filter $(wanted),$(basename $(wildcard scripts/asn1_compiler.c \
	scripts/tracepoint-update.c scripts/dtc/dtc.c scripts/dtc/fdtoverlay.c)))
dt-bindings := $(filter $(wanted),scripts/dtc/include-prefixes/dt-bindings)

# GCC loads plugins to compile modules. A plugin works with one version of GCC only, so
# build all of them again if the compiler has changed.
plugins := $(patsubst %.c,%.so,$(wildcard scripts/gcc-plugins/*_plugin.c))
made-by := scripts/gcc-plugins/.kheaders-compiler
compiler-text = LC_ALL=C $(compiler) -v 2>&1 | tail -n 1
other-compiler := $(if $(and $(compiles),$(plugins)),$(shell \
	$(compiler-text) | cmp -s - $(made-by) || echo y))

# Existing files are never made again, whatever their times.
missing = $(foreach file,$(1),$(if $(wildcard $(file)),,$(file)))
tools := $(if $(or $(compiles),$(if $(external),,y)),$(call missing,$(tools)))
few := $(call missing,$(few))
dt-bindings := $(call missing,$(dt-bindings))
# test -w of busybox is true for root on a mount that is read-only.
can-write = (: > $(1)/.new.$$$$) 2> /dev/null && rm -f $(1)/.new.$$$$
# The module may have such files and not use them.
ifneq ($(and $(external),$(few)$(dt-bindings)),)
ifeq ($(shell $(call can-write,scripts) && echo y),)
not-made := $(or $(notdir $(few)),dt-bindings)
few :=
dt-bindings :=
endif
endif
tools += $(few)
plugins := $(if $(other-compiler),$(plugins),$(call missing,$(plugins)))
symvers := $(if $(compiles),$(call missing,Module.symvers))
# Modules are linked with these objects.
objects := $(if $(compiles),$(call missing,$(patsubst %.S,%.o,$(wildcard \
	arch/powerpc/lib/crtsavres.S arch/s390/lib/expoline/expoline.S))))
# Kbuild works without these programs: dkms signs with sign-file, if a key exists; without
# resolve_btfids, modules get no BTF, and btf.sh says so. Users run the others.
optional := $(if $(CONFIG_MODULE_SIG),$(call missing,$(basename $(wildcard scripts/sign-file.c))))
optional += $(if $(external),,$(call missing,$(basename $(wildcard scripts/insert-sys-cert.c \
	scripts/extract-cert.c certs/extract-cert.c))))
ifdef CONFIG_DEBUG_INFO_BTF_MODULES
resolve_btfids := $(patsubst %main.c,%resolve_btfids,$(wildcard tools/bpf/resolve_btfids/main.c))
optional += $(if $(shell sh scripts/kheaders/btf.sh can $(PAHOLE)), \
	$(call missing,$(resolve_btfids)))
endif

.PHONY: all
all: $(if $(not-made),warn) .kheaders-made $(tools) $(dt-bindings) $(plugins) \
		$(if $(plugins),$(made-by)) $(optional) $(objects) $(symvers)
	@:

.PHONY: warn
warn:
	@echo 'kheaders: warning: $(CURDIR)/scripts: not writable, and $(not-made) cannot be made; run make once as the owner, or set O=' >&2 || :

scripts/basic/fixdep: | scripts/basic/fixdep.c
scripts/mod/modpost: | $(wildcard scripts/mod/*.c)
scripts/genksyms/genksyms: | $(addprefix scripts/genksyms/, genksyms.c parse.tab.c lex.lex.c)
scripts/gendwarfksyms/gendwarfksyms: | $(wildcard scripts/gendwarfksyms/*.c)
scripts/gendwarfksyms/gendwarfksyms: cflags = $(call of-packages,--cflags,$@)
scripts/gendwarfksyms/gendwarfksyms: libs = $(or $(call of-packages,--libs,$@),-ldw -lelf -lz)
libraries-of-gendwarfksyms := dwarf.h libelf.h zlib.h
packages-of-gendwarfksyms := libdw libelf zlib
scripts/recordmcount: | scripts/recordmcount.c
scripts/asn1_compiler: | scripts/asn1_compiler.c
scripts/asn1_compiler: cflags := -Iinclude
scripts/tracepoint-update: | scripts/tracepoint-update.c scripts/elf-parse.c
scripts/tracepoint-update: cflags := -Itools/include
scripts/dtc/dtc: | $(filter-out %/fdtoverlay.c,$(wildcard scripts/dtc/*.c))
scripts/dtc/fdtoverlay: | scripts/dtc/fdtoverlay.c scripts/dtc/util.c \
	$(wildcard scripts/dtc/libfdt/*.c)
scripts/dtc/dtc scripts/dtc/fdtoverlay: cflags := -Iscripts/dtc -Iscripts/dtc/libfdt -DNO_YAML
scripts/insert-sys-cert: | scripts/insert-sys-cert.c
scripts/extract-cert: | scripts/extract-cert.c
certs/extract-cert: | certs/extract-cert.c
scripts/sign-file: | scripts/sign-file.c
crypto-tools := scripts/sign-file scripts/extract-cert certs/extract-cert
$(crypto-tools): cflags = -Iscripts -Itools/include/uapi \
	$(shell $(HOSTPKG_CONFIG) --cflags libcrypto 2> /dev/null)
$(crypto-tools): libs = $(or $(shell $(HOSTPKG_CONFIG) --libs libcrypto 2> /dev/null),-lcrypto)
libraries-of-sign-file := openssl/evp.h
libraries-of-extract-cert := openssl/evp.h
scripts/sign-file: without := modules are not signed
scripts/genksyms/genksyms: cflags := -Iscripts/genksyms
libraries-of-objtool := libelf.h
packages-of-objtool := libelf
tools/bpf/resolve_btfids/resolve_btfids: | $(wildcard tools/bpf/resolve_btfids/*.c \
	tools/lib/bpf/*.c tools/lib/subcmd/*.c tools/lib/*.c)
tools/bpf/resolve_btfids/resolve_btfids: cflags = -D_GNU_SOURCE= -Itools/lib -Itools/include \
	-Itools/include/uapi $(call of-packages,--cflags,$@)
tools/bpf/resolve_btfids/resolve_btfids: libs = $(or $(call of-packages,--libs,$@),-lelf -lz)
libraries-of-resolve_btfids := libelf.h zlib.h
packages-of-resolve_btfids := libelf zlib

# Headers of libraries that may not be installed, and their Debian packages
package-of-dwarf.h := libdw-dev
package-of-libelf.h := libelf-dev
package-of-openssl/evp.h := libssl-dev
package-of-zlib.h := zlib1g-dev

host-compiler = $(HOSTCC)
host-variable := HOSTCC

libraries = $(libraries-of-$(notdir $(1)))
# What pkg-config says of the libraries, if it knows all of them. $(1): its option, $(2): a
# program
of-packages = $(if $(packages-of-$(notdir $(2))),$(shell $(HOSTPKG_CONFIG) $(1) \
	$(packages-of-$(notdir $(2))) 2> /dev/null))

# Exit with a line that names what is missing and the remedy. $(1): a program
define check-host
	$(call can-write,$(dir $(1))) || { \
		echo "kheaders: $(CURDIR)/$(patsubst %/,%,$(dir $(1))): not writable, and $(notdir $(1)) must be built; run make once as the owner, or set O=" >&2; \
		exit 1; }; \
	command -v $(firstword $(host-compiler)) > /dev/null || { \
		echo "kheaders: $(firstword $(host-compiler)): not found, and $(notdir $(1)) must be built; install it or set $(host-variable)=" >&2; \
		exit 1; }; \
	$(foreach h,$(libraries),echo '#include <$(h)>' | \
		$(host-compiler) $(cflags) $(call of-packages,--cflags,$(1)) $(HOSTCFLAGS) \
			-E - > /dev/null 2>&1 || { \
		echo "kheaders: $(h): not found, and $(notdir $(1)) must be built; install it (Debian: $(package-of-$(h)))" >&2; \
		exit 1; };)
endef

# Check before building anything, so that only one message appears, whatever -j says.
.PHONY: host
host:
	@$(foreach program,$(tools),$(call check-host,$(program))) :
$(tools) $(plugins) $(objects): | host

# All users may use the programs in the tree, and only its owner may change them.
plain-modes := umask 022

# A file's size or inode may exceed 32 bits.
lfs := -D_FILE_OFFSET_BITS=64

# Do not optimize: the programs run for milliseconds, and users wait for the build.
build-program = $(plain-modes) && $(HOSTCC) -O0 -std=gnu11 $(lfs) $(HOSTCFLAGS) $(cflags) \
	-Iscripts/include -o $@.$$$$ $(filter %.c,$|) $(HOSTLDFLAGS) $(libs) $(HOSTLDLIBS) && \
	mv -f $@.$$$$ $@

$(filter-out tools/objtool/%,$(tools)):
	$(say) 'HOSTCC  $@'
	$(Q)$(build-program)

$(optional):
	$(Q)if ($(call check-host,$@)) 2> /dev/null; then $(build-program) || { rm -f $@.$$$$; \
		[ -z '$(without)' ] || \
			echo "kheaders: warning: $(@F): not built, see above; $(without)" >&2; }; fi

# The directory in which sources of device trees look for headers
$(dt-bindings):
	$(Q)$(plain-modes) && mkdir -p $(@D) && ln -sfn ../../../include/dt-bindings $@

# The compiler's version, as in the names of Debian's packages
gcc-major = $(firstword $(subst ., ,$(shell $(compiler) -dumpversion)))

$(plugins): host-compiler = $(HOSTCXX)
$(plugins): host-variable := HOSTCXX
$(plugins): cflags = -I$(shell $(compiler) -print-file-name=plugin)/include -x c++
$(plugins): libraries = gcc-plugin.h
$(plugins): package-of-gcc-plugin.h = gcc-$(gcc-major)-plugin-dev
$(plugins): %.so: | %.c
	@$(call check-host,$@)
	$(say) 'HOSTCXX $@'
	$(Q)$(plain-modes) && $(HOSTCXX) -O0 -shared -fPIC -fno-rtti -fno-exceptions -w \
		$(HOSTCXXFLAGS) $(cflags) -Iscripts/gcc-plugins -DPLUGIN_VERSION='"$(release)"' \
		-o $@.$$$$ $(filter %.c,$|) && mv -f $@.$$$$ $@

.PHONY: $(made-by) $(if $(other-compiler),$(plugins))
$(made-by): $(plugins)
	$(Q)$(plain-modes) && $(compiler-text) > $@.$$$$ && mv -f $@.$$$$ $@

# Make a temporary directory in $(1), ${out}, and remove it when the shell ends.
make-aside = out=$$(mktemp -d $(1)/.build.XXXXXX) && \
	trap 'trap "" HUP INT TERM; rm -rf "$$out"' EXIT && trap 'exit 1' HUP INT TERM

# With LLVM=, GNU's linker and archiver may be missing, and LLVM's as well. Variables that are
# empty would be taken as they are.
host-program = $(or $(1),$(if $(2),$(shell command -v $(2) 2> /dev/null)),$(3))
objtool-ld = $(call host-program,$(HOSTLD),$(llvm-ld),ld)
objtool-ar = $(call host-program,$(HOSTAR),$(llvm-ar),ar)

# objtool has a Makefile of its own. Pass flags in three variables: older Makefiles read
# KBUILD_HOSTCFLAGS, and the Makefile of objtool's library reads EXTRA_CFLAGS. -w and
# -std=gnu11, because a compiler newer than the kernel gives more warnings, and rejects
# older C. Without libopcodes and xxhash, which objtool does not need for modules, and
# whose names change with each version of binutils; without fixdep, which records what the
# next build would need to know, and which SILENT_MAKE builds, twice.
objtool-cflags := -std=gnu11 -O0 -g0 -w $(lfs) $(HOSTCFLAGS)
tools/objtool/objtool:
	$(say) 'HOSTCC  $@'
	$(Q)$(plain-modes) && $(call make-aside,tools/objtool) && \
	MAKEFLAGS="$${MAKEFLAGS%%-- *}" ARCH=$(arch) $(MAKE) -s --no-print-directory \
		-C tools/objtool O='$(CURDIR)'/$$out srctree='$(CURDIR)' SRCARCH=$(srcarch) \
		HOSTCC='$(HOSTCC)' HOSTCFLAGS='$(objtool-cflags)' \
		HOSTPKG_CONFIG='$(HOSTPKG_CONFIG)' \
		KBUILD_HOSTLDFLAGS='$(HOSTLDFLAGS)' \
		KBUILD_HOSTCFLAGS='$(objtool-cflags)' EXTRA_CFLAGS='$(objtool-cflags)' \
		LIBOPCODES_LIBS= BUILD_DISAS=n HAVE_XXHASH=n \
		WERROR=0 SILENT_MAKE=@: CONFIG_SHELL=sh CC='$(HOSTCC)' \
		LD='$(objtool-ld)' HOSTLD='$(objtool-ld)' \
		AR='$(objtool-ar)' HOSTAR='$(objtool-ar)' && \
	mv -f $$out/objtool $@

# Kbuild compiles this object as part of a module.
$(objects): | $(tools) $(plugins)
	@$(call check-host,$@)
	$(say) 'AS      $@'
	$(Q)$(plain-modes) && $(call make-aside,$(@D)) && \
	cp $(@:.o=.S) $$out && echo 'extra-y := $(@F)' > $$out/Kbuild && \
	$(MAKE) -s --no-print-directory -f Makefile ARCH=$(arch) $(default-tools) \
		$(if $(user-cc),CC='$(user-cc)') M=$$out MO= $(@F) && \
	mv -f $$out/$(@F) $@

# Record the ID of the archive that the programs were built from. All files of an archive
# are older than any object, so make would not see that a module was built in the tree of
# another kernel: all objects depend on kconfig.h.
$(tools) $(plugins) $(optional) $(objects): | .kheaders-made
.kheaders-made:
	@($(plain-modes) && echo $(id) > $@.$$$$) 2> /dev/null || exit 0; \
	[ "$$(find include/linux/kconfig.h -newer GNUmakefile)" ] || \
		touch include/linux/kconfig.h 2> /dev/null; mv -f $@.$$$$ $@

# An archive has no Module.symvers only if it was made without vmlinux.
Module.symvers:
	@[ '$(KBUILD_EXTRA_SYMBOLS)' ] || \
		echo "kheaders: no symbol versions: $(CURDIR) has no Module.symvers; copy that of $(release) there, or set KBUILD_EXTRA_SYMBOLS=" >&2 || :
