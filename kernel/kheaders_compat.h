/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernel versions, for kheaders.c.
 */
#ifndef _KHEADERS_COMPAT_H
#define _KHEADERS_COMPAT_H

#include <linux/fs.h>
#include <linux/proc_fs.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/version.h>

/* since 6.10 */
#ifndef __BIN_ATTR_SIMPLE_RO
static ssize_t sysfs_bin_attr_simple_read(struct file *file, struct kobject *kobj,
					  struct bin_attribute *attr,
					  char *buf, loff_t off, size_t count)
{
	memcpy(buf, attr->private + off, count);
	return count;
}

#define __BIN_ATTR_SIMPLE_RO(_name, _mode) {			\
	.attr = { .name = __stringify(_name), .mode = _mode },	\
	.read = sysfs_bin_attr_simple_read,			\
}
#endif

/* A struct, so there is no macro to test for. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 6, 0)
#define proc_ops file_operations
#define proc_read read
#define proc_lseek llseek
#endif

#endif /* _KHEADERS_COMPAT_H */
