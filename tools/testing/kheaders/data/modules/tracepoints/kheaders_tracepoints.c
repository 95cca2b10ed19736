// SPDX-License-Identifier: GPL-2.0
/*
 * A tracepoint of its own.
 */

#include <linux/init.h>
#include <linux/module.h>

#define CREATE_TRACE_POINTS
#include "kheaders_trace.h"

static unsigned int count;

static int __init tracepoints_init(void)
{
	trace_kheaders_count(count++, 1);
	return 0;
}

static void __exit tracepoints_exit(void)
{
	trace_kheaders_count(count, 2);
}

module_init(tracepoints_init);
module_exit(tracepoints_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Module with a tracepoint for tests of kheaders");
