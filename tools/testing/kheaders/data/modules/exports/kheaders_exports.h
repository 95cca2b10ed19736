/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHEADERS_EXPORTS_H
#define _KHEADERS_EXPORTS_H

#include <linux/types.h>
/* Before 5.4 there are no namespaces; in 5.4, the name must not be a macro. */
#ifndef EXPORT_SYMBOL_NS_GPL
#define EXPORT_SYMBOL_KHEADERS(sym) EXPORT_SYMBOL_GPL(sym)
#define MODULE_IMPORT_KHEADERS()
#elif defined(NAMESPACE_IS_STRING)
#define EXPORT_SYMBOL_KHEADERS(sym) EXPORT_SYMBOL_NS_GPL(sym, "KHEADERS")
#define MODULE_IMPORT_KHEADERS() MODULE_IMPORT_NS("KHEADERS")
#else
#define EXPORT_SYMBOL_KHEADERS(sym) EXPORT_SYMBOL_NS_GPL(sym, KHEADERS)
#define MODULE_IMPORT_KHEADERS() MODULE_IMPORT_NS(KHEADERS)
#endif

struct kheaders_number {
	struct list_head list;
	int n;
};

int kheaders_plain(int n);
int kheaders_gpl(struct kheaders_number *number);
void kheaders_forget(struct kheaders_number *number);

#endif
