# SPDX-License-Identifier: GPL-2.0
#
# Modules in Rust. GNUmakefile includes this file, so that the crates that such
# modules are compiled against are made before one is, and once for a tree.

ifndef kheaders-crates

# Programs in Rust, which have nothing to do with the kernel, may lie beside a module.
rust-module := $(if $(and $(external),$(compiles)),$(firstword $(shell \
	find -H $(external) -name '*.rs' -exec grep -l 'kernel::' {} + 2> /dev/null)))
rustc-text := $(subst ",,$(CONFIG_RUSTC_VERSION_TEXT))
# It links helpers in C into modules.
llvm-link := $(if $(CONFIG_RUST_INLINE_HELPERS),$(or \
	$(call on-command-line,LLVM_LINK),$(call llvm-program,llvm-link)))
make-crates = (umask 022 && MAKEFLAGS=$(call quote,$(findstring s,$(flags)) $(jobs)) \
	MAKE='$(MAKE)' RUST='$(call kheaders-value, RUST)' \
	RUSTC='$(or $(call on-command-line,RUSTC),rustc)' \
	RUSTC_VERSION_TEXT=$(call quote,$(rustc-text)) LLVM_LINK='$(llvm-link)' \
	sh rust/crates.sh $(rust-module) ARCH=$(arch) $(default-llvm) \
	$(if $(kbuild-cc),$(call pass,CC)) $(call pass,HOSTCC))

else

# crates.sh has it read after Makefile, whose flags are those of the kernel.
.PHONY: kheaders-crates
kheaders-crates:
	$(Q)$(MAKE) $(build)=$(kheaders-crates) src=$(srctree)/rust $(kheaders-crates)/kernel.o \
		$(if $(CONFIG_RUST_INLINE_HELPERS),$(kheaders-crates)/helpers/helpers_module.bc)

endif
