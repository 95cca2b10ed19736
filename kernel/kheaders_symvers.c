// SPDX-License-Identifier: GPL-2.0
/*
 * What this kernel and its modules export, as /sys/kernel/kheaders.symvers:
 * a Module.symvers.
 *
 * modpost writes Module.symvers when all has been compiled, so an archive that
 * is part of the kernel cannot hold it. But the tables that it is about are in
 * the kernel anyway, and are what modules are checked against. No address is
 * shown.
 */

#include <linux/err.h>
#include <linux/init.h>
#include <linux/kernfs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>

#include "kheaders-id.h"
#include "kheaders_symvers.h"

/**
 * struct symvers_pos - a symbol in a table
 * @table: the table
 * @mod: the module whose table it is, NULL for the kernel's
 * @index: the symbol's place in the table
 */
struct symvers_pos {
	struct symvers_table table;
	const struct module *mod;
	loff_t index;
};

/* Is it in these tables? If not, their length is taken off the index. */
static bool symvers_find_in(const struct module *mod, struct symvers_pos *pos)
{
	struct symvers_table *table = &pos->table;
	unsigned int i;

	pos->mod = mod;
	for (i = 0; symvers_get_table(mod, i, table); i++) {
		if (pos->index < table->stop - table->start)
			return true;
		pos->index -= table->stop - table->start;
	}
	return false;
}

/*
 * Find the symbol at @index of all. Modules are found by their kobjects, which
 * are gone before their tables are; the caller holds module_kset->list_lock.
 */
static bool symvers_find(loff_t index, struct symvers_pos *pos)
{
	struct kobject *kobj;

	pos->index = index;
	if (symvers_find_in(NULL, pos))
		return true;
	list_for_each_entry(kobj, &module_kset->list, entry) {
		const struct module *mod = container_of(kobj, struct module_kobject, kobj)->mod;

		if (mod && mod->state != MODULE_STATE_UNFORMED && symvers_find_in(mod, pos))
			return true;
	}
	return false;
}

/* What start and next return: the index, made one that is not NULL. */
static void *symvers_token(loff_t index)
{
	struct symvers_pos pos;

	return symvers_find(index, &pos) ? (void *)(unsigned long)(index + 1) : NULL;
}

static void *symvers_start(struct seq_file *m, loff_t *index)
	__acquires(&module_kset->list_lock)
{
	spin_lock(&module_kset->list_lock);
	return symvers_token(*index);
}

static void *symvers_next(struct seq_file *m, void *v, loff_t *index)
{
	return symvers_token(++*index);
}

static void symvers_stop(struct seq_file *m, void *v)
	__releases(&module_kset->list_lock)
{
	spin_unlock(&module_kset->list_lock);
}

static int symvers_show(struct seq_file *m, void *v)
{
	const struct kernel_symbol *sym;
	struct symvers_pos pos;

	if (!symvers_find((unsigned long)v - 1, &pos))
		return SEQ_SKIP;
	sym = pos.table.start + pos.index;
	seq_printf(m, "0x%08x\t%s\t%s\t%s" SYMVERS_NAMESPACE_TAB "%s\n",
		   symvers_crc(&pos.table, pos.index, pos.mod), symvers_name(sym),
		   pos.mod ? pos.mod->name : "vmlinux",
		   symvers_macro(&pos.table, pos.index), symvers_namespace(sym));
	return 0;
}

static const struct kernfs_ops symvers_ops = {
	.seq_start = symvers_start,
	.seq_next = symvers_next,
	.seq_stop = symvers_stop,
	.seq_show = symvers_show,
};

/*
 * A sysfs attribute is a page or a blob of known size. This is neither: lines
 * are made as they are read, so that none is ever torn and nothing is kept.
 */
static int __init symvers_init(void)
{
	return PTR_ERR_OR_ZERO(__kernfs_create_file(kernel_kobj->sd, "kheaders.symvers", 0444,
						    GLOBAL_ROOT_UID, GLOBAL_ROOT_GID, 0,
						    &symvers_ops, NULL, NULL, NULL));
}
late_initcall(symvers_init);

/* In /sys/module/kheaders_symvers/version: whose symbol versions these are. */
MODULE_VERSION(KHEADERS_ID);
