/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The links MODULES/RELEASE/build, where all tools that need headers look, and source,
 * where some look first. A link into the cache is ours. A dangling link is replaced
 * and kept under another name; anything else is left alone.
 */
#ifndef KHEADERS_LINK_H
#define KHEADERS_LINK_H

#include "private.h"

/**
 * struct link - one of the two links
 * @dir: fd of the directory of the link
 * @dir_path: path of that directory
 * @name: name of the link
 * @saved: name under which a replaced dangling link is kept
 * @cache: path of the cache
 */
struct link {
	int dir;
	const char *dir_path;
	const char *name;
	const char *saved;
	const char *cache;
};

/**
 * struct link_lock - the lock of all links
 * @dir: fd of its directory, the one of modules
 * @fd: see kh_lock_at(), or negative where the caller may write nothing
 */
struct link_lock {
	int dir;
	int fd;
};

#define BUILD "build"
#define BUILD_SAVED ".build.before-kheaders"
#define SOURCE "source"
#define SOURCE_SAVED ".source.before-kheaders"

#define BUILD_LINK .name = BUILD, .saved = BUILD_SAVED
#define SOURCE_LINK .name = SOURCE, .saved = SOURCE_SAVED

#define TEMP ".build-"
#define TRIES 8

int kh_link_lock(struct kheaders_ctx *ctx, struct link_lock *lock);
int kh_link_unlock(struct kheaders_ctx *ctx, struct link_lock *lock, int err);
char *kh_link_dir(struct kheaders_ctx *ctx);
bool kh_link_is_tree_name(const char *target);
bool kh_link_is_ours(const char *cache, const char *target);
int kh_link_leads_nowhere(const struct link *link);
int kh_link_state(const struct link *link, char *target);
int kh_link_leads_to(int dir, const char *name, const char *target);
int kh_link_replace(const struct link *link, const char *old, const char *target);
int kh_link_not_ours(struct kheaders_ctx *ctx, const char *path);
int kh_link_failed(struct kheaders_ctx *ctx, const char *path, const char *name, int err);

#endif
