# SPDX-License-Identifier: GPL-2.0
#
# Choose the compiler and other programs as the kernel's build did, unless the user sets them.
# GNUmakefile includes this file, and passes $(default-tools) to Makefile.

# Use the kernel's compiler, unless the user sets another one. LLVM= also chooses the linker:
# beside DIR/clang it is DIR/ld.lld, and beside clang-19 ld.lld-19, where these exist.
override user-cc := $(call on-command-line,CC)
override clang := $(lastword $(or $(user-cc),clang))
override clang-name := $(filter clang clang-%,$(notdir $(clang)))
override clang-dir := $(filter-out ./,$(dir $(clang)))
override find-lld = $(if $(shell command -v $(1)ld.lld$(2) 2> /dev/null),$(or $(1),$(2),1))
override find-llvm = $(or $(if $(clang-dir),$(call find-lld,$(clang-dir))), \
	$(call find-lld,,$(patsubst clang%,%,$(clang-name))),$(call find-lld))
ifneq ($(and $(CONFIG_CC_IS_CLANG),$(if $(LLVM),,$(clang-name))),)
ifdef CONFIG_LD_IS_LLD
LLVM := $(if $(user-cc),$(find-llvm),1)
else ifeq ($(user-cc),)
override default-tools := $(if $(wildcard .kernelvariables),,CC=clang)
HOSTCC ?= clang
endif
endif

# Kbuild ignores LLVM= up to 5.6, so pass the programs as well, unless .kernelvariables
# sets them.
override llvm-program = $(filter %/,$(LLVM))$(1)$(filter -%,$(LLVM))
ifneq ($(LLVM),)
HOSTCC ?= $(call llvm-program,clang)
override default-tools := LLVM=$(LLVM)
ifeq ($(user-cc)$(wildcard .kernelvariables),)
override default-tools += CC=$(call llvm-program,clang)
endif
endif
ifeq ($(call on-command-line,LD)$(wildcard .kernelvariables),)
ifneq ($(or $(LLVM),$(CONFIG_CC_IS_GCC)),)
override default-tools += $(if $(CONFIG_LD_IS_LLD),LD=$(call llvm-program,ld.lld))
endif
endif
# Kbuild up to 5.17 takes LLVM= for a switch, and the usual names.
override llvm-tool = $(if $(call on-command-line,$(1)),,$(1)=$(call llvm-program,$(2)))
ifneq ($(filter-out 1,$(LLVM)),)
override default-tools += $(call llvm-tool,AR,llvm-ar) $(call llvm-tool,NM,llvm-nm) \
	$(call llvm-tool,OBJCOPY,llvm-objcopy) $(call llvm-tool,OBJDUMP,llvm-objdump) \
	$(call llvm-tool,READELF,llvm-readelf) $(call llvm-tool,STRIP,llvm-strip)
endif
# The assembler that the configuration was made for
ifeq ($(origin LLVM_IAS),undefined)
ifdef CONFIG_CC_IS_CLANG
override default-tools += $(if $(CONFIG_AS_IS_LLVM),LLVM_IAS=1,$(if $(CONFIG_AS_IS_GNU),LLVM_IAS=0))
endif
endif
HOSTCC ?= gcc
HOSTCXX ?= g++
override llvm-ld := $(if $(LLVM),$(call llvm-program,ld.lld))
override llvm-ar := $(if $(LLVM),$(call llvm-program,llvm-ar))
HOSTPKG_CONFIG ?= pkg-config

# The compiler that Makefile uses for modules; Debian's packages set it in .kernelvariables.
-include .kernelvariables
override compiler := $(if $(filter command file override,$(origin CC)),$(CC),$(or \
	$(if $(LLVM),$(call llvm-program,clang)),$(patsubst CC=%,%,$(filter CC=%, \
	$(default-tools))),$(CROSS_COMPILE)gcc))
