# SPDX-License-Identifier: GPL-2.0
#
# For modules in Rust. GNUmakefile includes this file.

ifndef kheaders-crates

override rustc-text := $(subst ",,$(CONFIG_RUSTC_VERSION_TEXT))
# llvm-link links helpers in C into modules.
override llvm-link := $(or $(call on-command-line,LLVM_LINK),$(if \
	$(LLVM),$(call llvm-program,llvm-link)))
override rustc := $(or $(call on-command-line,RUSTC),rustc)
# Makefile compiles modules with this, by way of RUSTC_OR_CLIPPY; RUSTC stays the user's. A shell
# evaluates the variables, the second one to make the crates for ${file}. Kbuild compiles in spite
# of -n and -q; then nothing else is made. Others that wait for the same crates hold the tokens of
# the jobserver, so leave that out.
override run-rustc := sh $(CURDIR)/rust/rustc.sh
override rustc-or-clippy := $(if $(filter 1,$(call on-command-line,CLIPPY)),$(or \
	$(call on-command-line,CLIPPY_DRIVER),clippy-driver),$(rustc))
override make-crates = $(if $(dry-run),:,MAKEFLAGS=$(call quote,$(findstring s,$(flags)) \
	$(filter-out --jobserver-%,$(jobs))) MAKE='$(MAKE)' RUST='$(call kheaders-value, RUST)' \
	RUSTC=$(call quote,$(rustc)) RUSTC_VERSION_TEXT=$(call quote,$(rustc-text)) \
	RUSTC_LLVM_VERSION='$(CONFIG_RUSTC_LLVM_VERSION)' RUN="$${KHEADERS_RUN}" \
	INLINE_HELPERS='$(CONFIG_RUST_INLINE_HELPERS)' LLVM_LINK=$(call quote,$(llvm-link)) \
	sh rust/crates.sh "$${file}" ARCH=$(arch) $(default-tools) \
	$(if $(user-cc),$(call pass,CC)) $(if $(CROSS_COMPILE),$(call pass,CROSS_COMPILE)) \
	$(call pass,HOSTCC) $(if $(call on-command-line,V),$(call pass,V)))
override rustc-environment = KHEADERS_RUN=$$$$ KHEADERS_RUSTC=$(call quote,$(rustc-or-clippy)) \
	KHEADERS_CRATES=$(call quote,$(make-crates))

else

# crates.sh passes this file to make after Makefile, so that the kernel's flags apply.
.PHONY: kheaders-crates
kheaders-crates:
	$(Q)$(MAKE) $(build)=$(kheaders-crates) src=$(srctree)/rust $(kheaders-crates)/kernel.o \
		$(if $(CONFIG_RUST_INLINE_HELPERS),$(kheaders-crates)/helpers/helpers_module.bc)

endif
