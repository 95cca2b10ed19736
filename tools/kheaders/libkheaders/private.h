/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Declarations that the files of libkheaders share.
 */
#ifndef KHEADERS_PRIVATE_H
#define KHEADERS_PRIVATE_H

#include <dirent.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <syslog.h>
#include <unistd.h>

#include "kheaders.h"
#include "shared.h"

/* musl up to 1.2.5 has no renameat2(). */
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2

static inline int renameat2(int from, const char *name, int to, const char *new, unsigned int flags)
{
	return syscall(SYS_renameat2, from, name, to, new, flags);
}
#endif

/* Limits: at least five times the values for the largest configuration */
#define KH_PACKED_MAX	(64u << 20)	/* bytes of an archive */
#define KH_UNPACKED_MAX	(256u << 20)	/* bytes of its contents */
#define KH_ENTRIES_MAX	65536		/* members, and directories in their paths */
#define KH_DEPTH_MAX	64		/* components of a member's name */
#define KH_BLOCKS_MAX	4096		/* xz streams, and blocks in them */
#define KH_MEMORY_MAX	(128u << 20)	/* bytes of memory for a decoder */

#define KH_THREADS_MAX	8

/* Sizes of strings */
#define KH_BUILD_MAX	129		/* a build ID, or an archive's ID */
#define KH_KEY_MAX	256		/* a name in the cache */
#define KH_EXTRA_MAX	32		/* the name of a directory beside a tree */

#define KH_MARK		".kheaders-complete"
#define KH_ARCHIVE	"archive"	/* instead of a release, for an archive file */

struct kheaders_ctx {
	char *options[KHEADERS_MODULES + 1];
	char *running;
	kheaders_log_fn log;
	void *log_data;
	kheaders_progress_fn progress;
	void *progress_data;
};

/**
 * struct kh_blob - bytes in memory
 * @data: the bytes, followed by a NUL
 * @size: number of bytes, without the NUL
 */
struct kh_blob {
	char *data;
	size_t size;
};

static inline void kh_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void kh_blob_free(struct kh_blob *blob)
{
	free(blob->data);
}

/* ctx.c */
void kh_log(struct kheaders_ctx *ctx, int priority, const char *format, ...) __printf(3, 4);
int kh_error(struct kheaders_ctx *ctx, int err, const char *format, ...) __printf(3, 4);
int kh_failed(struct kheaders_ctx *ctx, int err, const char *remedy,
	      const char *format, ...) __printf(4, 5);
const char *kh_sysfs(struct kheaders_ctx *ctx);
const char *kh_modules(struct kheaders_ctx *ctx);

/* kernel.c */
bool kh_kernel_is_running(struct kheaders_ctx *ctx);
bool kh_kernel_is_in_sysfs(struct kheaders_ctx *ctx);
int kh_kernel_not_in_sysfs(struct kheaders_ctx *ctx);
int kh_read_sysfs(struct kheaders_ctx *ctx, const char *name, size_t max, struct kh_blob *blob);
int kh_kernel_build(struct kheaders_ctx *ctx, char *build);
int kh_kernel_archive_id(struct kheaders_ctx *ctx, char *id);
int kh_kernel_key(struct kheaders_ctx *ctx, char *key);

/* memory.c */
void *kh_alloc(size_t size);
void *kh_alloc_huge(size_t *size);

/* file.c */
int kh_read_fd(int fd, size_t max, struct kh_blob *blob);
int kh_read_at(int dirfd, const char *name, size_t max, struct kh_blob *blob);
int kh_read_link(int dirfd, const char *name, char *target);
int kh_write_all(int fd, const void *data, size_t size);
int kh_write_new_at(int dirfd, const char *name, const void *data, size_t size);
int kh_temp_name(char *name, size_t size, const char *prefix);
int kh_remove_at(int dirfd, const char *name);
int kh_empty(int dirfd);
int kh_is_empty(int dirfd, const char *except);
DIR *kh_opendir_at(int dirfd, const char *name);
int kh_readdir(DIR *dir, struct dirent **entry);
int kh_sync_dir(int dirfd);
int kh_sync_all(int fd);
bool kh_lacks_flag(int err);
int kh_rename_new(int from, const char *name, int to, const char *new);
int kh_close_memory(FILE *out);

/* trusted.c */
bool kh_is_own(uid_t uid);
int kh_trusted_at(struct kheaders_ctx *ctx, int dirfd, const char *name, const char *path);
int kh_trusted_open(struct kheaders_ctx *ctx, const char *path, bool create);

/* archive.c */
int kh_archive_read(struct kheaders_ctx *ctx, struct kh_blob *blob);

/* module.c */
struct kmod_ctx;
struct kmod_ctx *kh_kmod_new(struct kheaders_ctx *ctx);
int kh_module_path(struct kheaders_ctx *ctx, char **path);
int kh_module_load(struct kheaders_ctx *ctx);
void kh_module_unload(struct kheaders_ctx *ctx);

/* threads.c */
int kh_threads_start(pthread_t *threads, size_t wanted, void *(*fn)(void *data), void *data);

/* xz.c */
struct kh_xz;
int kh_xz_open(const void *data, size_t size, struct kh_xz **xz);
unsigned long long kh_xz_total(const struct kh_xz *xz);
ssize_t kh_xz_read(struct kh_xz *xz, const void **out);
void kh_xz_close(struct kh_xz *xz);

/* name.c */
int kh_name_clean(const char *raw, char *name, size_t size);
bool kh_target_stays_inside(const char *name, const char *target);

/* unpack.c */
int kh_unpack(struct kheaders_ctx *ctx, const struct kh_blob *archive, int dirfd,
	      const char *path);

/* tree.c */
int kh_tree_value(int tree, const char *key, char **value);
int kh_tree_check(struct kheaders_ctx *ctx, int tree, const char *path);
int kh_tree_make(struct kheaders_ctx *ctx, int dirfd, const char *path);

/* mark.c */
int kh_mark_write(int tree);
int kh_mark_check(int tree);

/* cachedir.c */
char *kh_cache_path(struct kheaders_ctx *ctx);
int kh_cache_lock(struct kheaders_ctx *ctx, int cache, const char *path, bool *locked);
int kh_cache_remove(int cache, const char *name);
int kh_cache_remove_litter(int cache, bool locked);
int kh_remove_litter(int dirfd, const char *prefix, bool locked);

/* link.c */
int kh_link_is_alone(const char *path, const char *cache, const char *tree);
int kh_link_remove(struct kheaders_ctx *ctx, const char *cache);
int kh_link_remove_all(const char *path, const char *cache);

/* exports.c */
int kh_exports_write(struct kheaders_ctx *ctx, bool loaded, bool namespaces, FILE *out);

/* ko.c */
int kh_ko_exports(const char *path, const char *column, bool namespaces, FILE *out);

#endif
