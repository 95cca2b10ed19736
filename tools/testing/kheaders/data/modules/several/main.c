// SPDX-License-Identifier: GPL-2.0
/*
 * A module of several files, one of them in a directory, one in assembly.
 */

#include <linux/init.h>
#include <linux/module.h>

#include "several.h"

static int __init several_init(void)
{
	pr_info("kheaders_several: %u\n", kheaders_sum(kheaders_words, KHEADERS_WORDS));
	return 0;
}

static void __exit several_exit(void)
{
}

module_init(several_init);
module_exit(several_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Module of several files for tests of kheaders");
