/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The export tables of each kernel version, for kheaders_symvers.c. For what
 * no macro tells, kernel/Makefile.kheaders looks into the tree and defines
 * HAVE_MODULE_INTERNAL_H (since 5.18), HAVE_KFLAGSTAB (since 7.1) and
 * HAVE_KSYMTAB_GPL_FUTURE (up to 5.11).
 */
#ifndef _KHEADERS_SYMVERS_H
#define _KHEADERS_SYMVERS_H

#include <linux/compiler.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <asm/sections.h>

#ifdef HAVE_MODULE_INTERNAL_H
#include "module/internal.h"
#else
extern const struct kernel_symbol __start___ksymtab[];
extern const struct kernel_symbol __stop___ksymtab[];
extern const struct kernel_symbol __start___ksymtab_gpl[];
extern const struct kernel_symbol __stop___ksymtab_gpl[];
extern const s32 __start___kcrctab[];
extern const s32 __start___kcrctab_gpl[];
#endif

#ifdef HAVE_KFLAGSTAB
#include <linux/module_symbol.h>
#endif

#ifdef HAVE_KSYMTAB_GPL_FUTURE
extern const struct kernel_symbol __start___ksymtab_gpl_future[];
extern const struct kernel_symbol __stop___ksymtab_gpl_future[];
extern const s32 __start___kcrctab_gpl_future[];
#ifdef CONFIG_UNUSED_SYMBOLS
#define HAVE_KSYMTAB_UNUSED
extern const struct kernel_symbol __start___ksymtab_unused[];
extern const struct kernel_symbol __stop___ksymtab_unused[];
extern const struct kernel_symbol __start___ksymtab_unused_gpl[];
extern const struct kernel_symbol __stop___ksymtab_unused_gpl[];
extern const s32 __start___kcrctab_unused[];
extern const s32 __start___kcrctab_unused_gpl[];
#endif
#endif

/**
 * struct symvers_table - one export table of the kernel or of a module
 * @start: its first symbol
 * @stop: behind its last symbol
 * @crcs: the CRCs, NULL where there are none
 * @macro: what exports the symbols of this table
 * @flags: a byte of flags for each symbol, where one table has them all
 */
struct symvers_table {
	const struct kernel_symbol *start, *stop;
	const void *crcs;
	const char *macro;
	const u8 *flags;
};

static const struct symvers_table symvers_kernel_tables[] = {
#ifdef HAVE_KFLAGSTAB
	{ __start___ksymtab, __stop___ksymtab, __start___kcrctab, NULL, __start___kflagstab },
#else
	{ __start___ksymtab, __stop___ksymtab, __start___kcrctab, "EXPORT_SYMBOL" },
	{ __start___ksymtab_gpl, __stop___ksymtab_gpl, __start___kcrctab_gpl,
	  "EXPORT_SYMBOL_GPL" },
#endif
#ifdef HAVE_KSYMTAB_GPL_FUTURE
	{ __start___ksymtab_gpl_future, __stop___ksymtab_gpl_future,
	  __start___kcrctab_gpl_future, "EXPORT_SYMBOL_GPL_FUTURE" },
#endif
#ifdef HAVE_KSYMTAB_UNUSED
	{ __start___ksymtab_unused, __stop___ksymtab_unused,
	  __start___kcrctab_unused, "EXPORT_UNUSED_SYMBOL" },
	{ __start___ksymtab_unused_gpl, __stop___ksymtab_unused_gpl,
	  __start___kcrctab_unused_gpl, "EXPORT_UNUSED_SYMBOL_GPL" },
#endif
};

static inline bool symvers_get_module_table(const struct module *mod, unsigned int i,
					    struct symvers_table *table)
{
	const struct symvers_table tables[] = {
#ifdef HAVE_KFLAGSTAB
		{ mod->syms, mod->syms + mod->num_syms, mod->crcs, NULL, mod->flagstab },
#else
		{ mod->syms, mod->syms + mod->num_syms, mod->crcs, "EXPORT_SYMBOL" },
		{ mod->gpl_syms, mod->gpl_syms + mod->num_gpl_syms, mod->gpl_crcs,
		  "EXPORT_SYMBOL_GPL" },
#endif
#ifdef HAVE_KSYMTAB_GPL_FUTURE
		{ mod->gpl_future_syms, mod->gpl_future_syms + mod->num_gpl_future_syms,
		  mod->gpl_future_crcs, "EXPORT_SYMBOL_GPL_FUTURE" },
#endif
#ifdef HAVE_KSYMTAB_UNUSED
		{ mod->unused_syms, mod->unused_syms + mod->num_unused_syms,
		  mod->unused_crcs, "EXPORT_UNUSED_SYMBOL" },
		{ mod->unused_gpl_syms, mod->unused_gpl_syms + mod->num_unused_gpl_syms,
		  mod->unused_gpl_crcs, "EXPORT_UNUSED_SYMBOL_GPL" },
#endif
	};

	if (i >= ARRAY_SIZE(tables))
		return false;
	*table = tables[i];
	return true;
}

/* The table number @i of @mod, or of the kernel if that is NULL. */
static inline bool symvers_get_table(const struct module *mod, unsigned int i,
				     struct symvers_table *table)
{
	if (mod)
		return symvers_get_module_table(mod, i, table);
	if (i >= ARRAY_SIZE(symvers_kernel_tables))
		return false;
	*table = symvers_kernel_tables[i];
	return true;
}

static inline const char *symvers_macro(const struct symvers_table *table, size_t i)
{
#ifdef HAVE_KFLAGSTAB
	return table->flags[i] & KSYM_FLAG_GPL_ONLY ? "EXPORT_SYMBOL_GPL" : "EXPORT_SYMBOL";
#else
	return table->macro;
#endif
}

static inline const char *symvers_name(const struct kernel_symbol *sym)
{
#ifdef CONFIG_HAVE_ARCH_PREL32_RELOCATIONS
	return offset_to_ptr(&sym->name_offset);
#else
	return sym->name;
#endif
}

/* With the tab before it: the column is there since 5.4. */
#ifdef EXPORT_SYMBOL_NS
#define SYMVERS_NAMESPACE_TAB "\t"

static inline const char *symvers_namespace(const struct kernel_symbol *sym)
{
#ifdef CONFIG_HAVE_ARCH_PREL32_RELOCATIONS
	return sym->namespace_offset ? offset_to_ptr(&sym->namespace_offset) : "";
#else
	return sym->namespace ? sym->namespace : "";
#endif
}
#else
#define SYMVERS_NAMESPACE_TAB ""

static inline const char *symvers_namespace(const struct kernel_symbol *sym)
{
	return "";
}
#endif

/*
 * Up to 5.18 an entry may be the distance to the CRC, which leads nowhere
 * where genksyms failed for a symbol.
 */
static inline u32 symvers_crc(const struct symvers_table *table, size_t i,
			      const struct module *mod)
{
	const u32 *crc = (const u32 *)table->crcs + i;

	if (!IS_ENABLED(CONFIG_MODVERSIONS) || !table->crcs)
		return 0;
#ifdef CONFIG_MODULE_REL_CRCS
	crc = (const void *)crc + (s32)*crc;
	if (mod ? !within_module((unsigned long)crc, mod) :
		  (const char *)crc < __start_rodata || (const char *)crc >= __end_rodata)
		return 0;
#endif
	return *crc;
}

#endif /* _KHEADERS_SYMVERS_H */
