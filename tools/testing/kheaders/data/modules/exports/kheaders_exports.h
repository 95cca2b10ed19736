/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHEADERS_EXPORTS_H
#define _KHEADERS_EXPORTS_H

#include <linux/types.h>
/* Before 5.4 there are no namespaces. */
#ifndef EXPORT_SYMBOL_NS_GPL
#define EXPORT_SYMBOL_NS_GPL(_sym, _ns) EXPORT_SYMBOL_GPL(_sym)
#define MODULE_IMPORT_NS(_ns)
#endif

struct kheaders_number {
	struct list_head list;
	int n;
};

int kheaders_plain(int n);
int kheaders_gpl(struct kheaders_number *number);
void kheaders_forget(struct kheaders_number *number);

#endif
