// SPDX-License-Identifier: GPL-2.0
/*
 * A symbol of each kind, for kheaders_uses and for kheaders.symvers.
 */

#include <linux/export.h>
#include <linux/list.h>
#include <linux/module.h>

#include "kheaders_exports.h"

static LIST_HEAD(numbers);

int kheaders_plain(int n)
{
	return n + 1;
}
EXPORT_SYMBOL(kheaders_plain);

int kheaders_gpl(struct kheaders_number *number)
{
	list_add(&number->list, &numbers);
	return number->n;
}
EXPORT_SYMBOL_GPL(kheaders_gpl);

void kheaders_forget(struct kheaders_number *number)
{
	list_del(&number->list);
}
EXPORT_SYMBOL_KHEADERS(kheaders_forget);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Exports symbols for tests of kheaders");
