// SPDX-License-Identifier: GPL-2.0
/*
 * Does wrong what a debugging option is to report: so a log without reports is
 * known to be that of a kernel that would have made them.
 */

#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static char *what;
module_param(what, charp, 0444);
MODULE_PARM_DESC(what, "warn, leak, sleep, lock or free");

static DEFINE_SPINLOCK(spinlock);
static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);

static void faults_warn(void)
{
	WARN_ON(what);
}

/* A few, as old pointers on a stack may hide one. */
static void faults_leak(void)
{
	int i;

	for (i = 0; i < 16; i++)
		memset(kmalloc(4000, GFP_KERNEL | __GFP_NOFAIL), i, 4000);
}

static void faults_sleep(void)
{
	spin_lock(&spinlock);
	might_sleep();
	spin_unlock(&spinlock);
}

static void faults_lock(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);

	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static void faults_free(void)
{
	char *p = kzalloc(16, GFP_KERNEL | __GFP_NOFAIL);

	kfree(p);
	/* else the compiler sees it, too */
	OPTIMIZER_HIDE_VAR(p);
	READ_ONCE(*p);
}

static const struct {
	const char *name;
	void (*do_it)(void);
} faults[] = {
	{ "warn", faults_warn },
	{ "leak", faults_leak },
	{ "sleep", faults_sleep },
	{ "lock", faults_lock },
	{ "free", faults_free },
};

static int __init faults_init(void)
{
	int i;

	for (i = 0; what && i < ARRAY_SIZE(faults); i++) {
		if (!strcmp(faults[i].name, what)) {
			faults[i].do_it();
			return 0;
		}
	}
	return -EINVAL;
}

static void __exit faults_exit(void)
{
}

module_init(faults_init);
module_exit(faults_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Faults that debugging options report, for tests of kheaders");
