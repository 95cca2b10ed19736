# SPDX-License-Identifier: GPL-2.0
#
# For modules in Rust. GNUmakefile includes this file, which runs crates.sh before such a
# module is built.

ifndef kheaders-crates

override rust-module := $(if $(and $(external),$(compiles)),$(shell \
	sh scripts/kheaders/rust-module.sh $(external)))
override rustc-text := $(subst ",,$(CONFIG_RUSTC_VERSION_TEXT))
# llvm-link links helpers in C into modules.
override llvm-link := $(if $(CONFIG_RUST_INLINE_HELPERS),$(or \
	$(call on-command-line,LLVM_LINK),$(call llvm-program,llvm-link)))
override make-crates = (umask 022 && MAKEFLAGS=$(call quote,$(findstring s,$(flags)) $(jobs)) \
	MAKE='$(MAKE)' RUST='$(call kheaders-value, RUST)' \
	RUSTC='$(or $(call on-command-line,RUSTC),rustc)' \
	RUSTC_VERSION_TEXT=$(call quote,$(rustc-text)) LLVM_LINK='$(llvm-link)' \
	sh rust/crates.sh $(rust-module) ARCH=$(arch) $(default-llvm) \
	$(if $(kbuild-cc),$(call pass,CC)) $(call pass,HOSTCC))

else

# crates.sh passes this file to make after Makefile, so that the kernel's flags apply.
.PHONY: kheaders-crates
kheaders-crates:
	$(Q)$(MAKE) $(build)=$(kheaders-crates) src=$(srctree)/rust $(kheaders-crates)/kernel.o \
		$(if $(CONFIG_RUST_INLINE_HELPERS),$(kheaders-crates)/helpers/helpers_module.bc)

endif
