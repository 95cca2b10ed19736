/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHEADERS_EXPORTS_H
#define _KHEADERS_EXPORTS_H

#include <linux/types.h>
#include <linux/version.h>

/* A namespace is a string since 6.13. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define KHEADERS_NS "KHEADERS"
#else
#define KHEADERS_NS KHEADERS
#endif

struct kheaders_number {
	struct list_head list;
	int n;
};

int kheaders_plain(int n);
int kheaders_gpl(struct kheaders_number *number);
void kheaders_forget(struct kheaders_number *number);

#endif
