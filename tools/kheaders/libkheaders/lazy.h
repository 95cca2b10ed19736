/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Libraries that are loaded when they are first needed. Loading libarchive and libkmod
 * with the dozen libraries that these need takes longer than finding a tree in the cache,
 * which needs neither.
 */
#ifndef KHEADERS_LAZY_H
#define KHEADERS_LAZY_H

#include <archive.h>
#include <archive_entry.h>
#include <libkmod.h>

struct kheaders_ctx;

typedef void (*kh_kmod_log_fn)(void *data, int priority, const char *file, int line,
			       const char *fn, const char *format, va_list args);
typedef int (*kh_kmod_run_fn)(struct kmod_module *module, const char *command, void *data);
typedef void (*kh_kmod_print_fn)(struct kmod_module *module, bool install, const char *options);

/* Functions named archive_..., in the order of libarchive_names in lazy.c */
extern struct kh_libarchive {
	struct archive *(*read_new)(void);
	int (*read_free)(struct archive *a);
	int (*read_support_format_tar)(struct archive *a);
	int (*read_support_format_raw)(struct archive *a);
	int (*read_support_filter_gzip)(struct archive *a);
	int (*read_support_filter_xz)(struct archive *a);
	int (*read_support_filter_zstd)(struct archive *a);
	int (*read_open)(struct archive *a, void *data, archive_open_callback *open,
			 archive_read_callback *read, archive_close_callback *close);
	int (*read_open_filename)(struct archive *a, const char *path, size_t block_size);
	int (*read_next_header)(struct archive *a, struct archive_entry **entry);
	la_ssize_t (*read_data)(struct archive *a, void *data, size_t size);
	int (*read_data_block)(struct archive *a, const void **data, size_t *size,
			       la_int64_t *offset);
	la_int64_t (*filter_bytes)(struct archive *a, int filter);
	int (*error)(struct archive *a);
	const char *(*entry_pathname)(struct archive_entry *entry);
	const char *(*entry_hardlink)(struct archive_entry *entry);
	const char *(*entry_symlink)(struct archive_entry *entry);
	mode_t (*entry_filetype)(struct archive_entry *entry);
	mode_t (*entry_perm)(struct archive_entry *entry);
	la_int64_t (*entry_size)(struct archive_entry *entry);
} kh_libarchive;

/* Functions named kmod_..., in the order of libkmod_names in lazy.c */
extern struct kh_libkmod {
	struct kmod_ctx *(*new)(const char *dir, const char * const *config);
	struct kmod_ctx *(*unref)(struct kmod_ctx *kmod);
	void (*set_log_fn)(struct kmod_ctx *kmod, kh_kmod_log_fn fn, const void *data);
	const char *(*get_dirname)(const struct kmod_ctx *kmod);
	int (*module_new_from_name)(struct kmod_ctx *kmod, const char *name,
				    struct kmod_module **module);
	int (*module_new_from_lookup)(struct kmod_ctx *kmod, const char *alias,
				      struct kmod_list **list);
	struct kmod_module *(*module_get_module)(const struct kmod_list *entry);
	const char *(*module_get_path)(const struct kmod_module *module);
	const char *(*module_get_install_commands)(const struct kmod_module *module);
	int (*module_probe_insert_module)(struct kmod_module *module, unsigned int flags,
					  const char *options, kh_kmod_run_fn run,
					  const void *data, kh_kmod_print_fn print);
	int (*module_remove_module)(struct kmod_module *module, unsigned int flags);
	struct kmod_module *(*module_unref)(struct kmod_module *module);
	int (*module_unref_list)(struct kmod_list *list);
} kh_libkmod;

int kh_load_libarchive(struct kheaders_ctx *ctx);
int kh_load_libkmod(struct kheaders_ctx *ctx);

#endif
