// SPDX-License-Identifier: GPL-2.0
/*
 * The smallest module that shows that it runs.
 */

#include <linux/init.h>
#include <linux/module.h>
#include <linux/utsname.h>

static int __init hello_init(void)
{
	pr_info("kheaders_hello: built for this kernel, %s\n", utsname()->release);
	return 0;
}

static void __exit hello_exit(void)
{
	pr_info("kheaders_hello: bye\n");
}

module_init(hello_init);
module_exit(hello_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Small external module for tests of kheaders");
