// SPDX-License-Identifier: GPL-2.0
/*
 * Uses what kheaders_exports exports, and a WARN's line and file.
 */

#include <linux/init.h>
#include <linux/module.h>

#include "kheaders_exports.h"

static struct kheaders_number number = { .n = 41 };

static int __init uses_init(void)
{
	int n = kheaders_plain(kheaders_gpl(&number));

	WARN_ON(n != 42);
	pr_info("kheaders_uses: %d\n", n);
	return 0;
}

static void __exit uses_exit(void)
{
	kheaders_forget(&number);
}

module_init(uses_init);
module_exit(uses_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Uses symbols of kheaders_exports");
MODULE_IMPORT_KHEADERS();
