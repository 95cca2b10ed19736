/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For kheaders.c: the symbols of the archive, and what differs between kernel
 * versions. No macro tells whether struct proc_ops exists (from 5.6 on), so
 * kernel/Makefile.kheaders searches the tree and defines HAVE_PROC_OPS.
 */
#ifndef _KHEADERS_H
#define _KHEADERS_H

#include <linux/compiler.h>
#include <linux/fs.h>
#include <linux/proc_fs.h>
#include <linux/string.h>
#include <linux/sysfs.h>

/*
 * The archive is an object of its own. It joins vmlinux or kheaders.ko at the
 * last link, after modpost, so its symbols are undefined for modpost. In modules,
 * modpost accepts only weak undefined symbols. Read their addresses from data: on
 * arm64, code would find weak symbols in a global offset table, which the loader of
 * modules does not have.
 */
#ifdef MODULE
#define __kheaders_data __weak
#else
#define __kheaders_data
#endif

extern char kernel_headers_data[] __kheaders_data;
extern char kernel_headers_data_end[] __kheaders_data;

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

#ifndef HAVE_PROC_OPS
#define proc_ops file_operations
#define proc_read read
#define proc_lseek llseek
#endif

#endif /* _KHEADERS_H */
