// SPDX-License-Identifier: GPL-2.0
/*
 * Show the archive of this kernel's headers and build files as
 * /sys/kernel/kheaders.tar.xz and, with CONFIG_IKHEADERS_PROC, as
 * /proc/kheaders.tar.xz.
 */

#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/sysfs.h>

#include "kheaders.h"

static char *const kheaders_bounds[] = { kernel_headers_data, kernel_headers_data_end };

static struct bin_attribute kheaders_attr __ro_after_init =
	__BIN_ATTR_SIMPLE_RO(kheaders.tar.xz, 0444);

#ifdef CONFIG_IKHEADERS_PROC

static ssize_t kheaders_proc_read(struct file *file, char __user *buf,
				  size_t count, loff_t *ppos)
{
	return simple_read_from_buffer(buf, count, ppos, kheaders_attr.private,
				       kheaders_attr.size);
}

static const struct proc_ops kheaders_proc_ops = {
	.proc_read = kheaders_proc_read,
	.proc_lseek = default_llseek,
};

static int __init kheaders_proc_init(void)
{
	struct proc_dir_entry *entry;

	entry = proc_create(kheaders_attr.attr.name, 0444, NULL, &kheaders_proc_ops);
	if (!entry)
		return -ENOMEM;
	proc_set_size(entry, kheaders_attr.size);
	return 0;
}

static void kheaders_proc_exit(void)
{
	remove_proc_entry(kheaders_attr.attr.name, NULL);
}

#else
static inline int kheaders_proc_init(void) { return 0; }
static inline void kheaders_proc_exit(void) { }
#endif

static int __init kheaders_init(void)
{
	char *const *bounds = kheaders_bounds;
	int ret;

	OPTIMIZER_HIDE_VAR(bounds);
	kheaders_attr.private = bounds[0];
	kheaders_attr.size = bounds[1] - bounds[0];
	if (!kheaders_attr.size)
		return -ENODATA;

	ret = kheaders_proc_init();
	if (ret)
		return ret;
	ret = sysfs_create_bin_file(kernel_kobj, &kheaders_attr);
	if (ret)
		kheaders_proc_exit();
	return ret;
}

static void __exit kheaders_exit(void)
{
	sysfs_remove_bin_file(kernel_kobj, &kheaders_attr);
	kheaders_proc_exit();
}

module_init(kheaders_init);
module_exit(kheaders_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Headers and build files of this kernel");
