// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Make the links to a tree.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "link.h"

#define ID_MIN 16	/* digits of the build in the name of a tree */
#define LINK_LOCK ".kheaders-lock"

static int lock_failed(struct kheaders_ctx *ctx, int err)
{
	return kh_failed(ctx, err, "remove it", "%s/" LINK_LOCK, kh_modules(ctx));
}

/*
 * Wait for the lock of all links: what another call of ours does would look like a change by
 * others, and its temporary links like those of a call that was killed. The lock is not in
 * MODULES/RELEASE, as that may be removed. Where no file can be made, no link can be, and the
 * caller learns that from what it does. Locks of the cache and of trees are taken before.
 */
int kh_link_lock(struct kheaders_ctx *ctx, struct link_lock *lock)
{
	bool locked;

	lock->dir = open(kh_modules(ctx), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	lock->fd = lock->dir < 0 ? -errno : kh_lock_at(lock->dir, LINK_LOCK, LOCK_EX, &locked);
	switch (lock->fd) {
	case -ENOENT:
	case -ENOTDIR:
	case -EROFS:
	case -EACCES:
	case -EPERM:
	case -ENOSPC:
	case -EDQUOT:
		return 0;
	}
	if (lock->fd >= 0)
		return 0;
	kh_closep(&lock->dir);
	return lock_failed(ctx, lock->fd);
}

/* Unlock, and remove the file: see is_lock(). Returns @err, if that is one, or an own one. */
int kh_link_unlock(struct kheaders_ctx *ctx, struct link_lock *lock, int err)
{
	if (lock->fd >= 0 && unlinkat(lock->dir, LINK_LOCK, 0) && errno != ENOENT && !err)
		err = lock_failed(ctx, -errno);
	kh_unlockp(&lock->fd);
	kh_closep(&lock->dir);
	return err;
}

/* Returns the path of the link's directory, to be freed. */
char *kh_link_dir(struct kheaders_ctx *ctx)
{
	char *path;

	if (asprintf(&path, "%s/%s", kh_modules(ctx), kheaders_kernel_release(ctx)) >= 0)
		return path;
	kh_error(ctx, -ENOMEM, "out of memory");
	return NULL;
}

/* Has the target the name of a tree: see kh_kernel_key(). */
bool kh_link_is_tree_name(const char *target)
{
	const char *slash = strrchr(target, '/');
	const char *dash = strrchr(target, '-');
	size_t length = dash ? strlen(dash + 1) : 0;

	return slash && dash > slash + 1 && length >= ID_MIN &&
	       strspn(dash + 1, "0123456789abcdef.") == length;
}

/* The directory that the user gave as the cache may contain other directories. */
bool kh_link_is_ours(const char *cache, const char *target)
{
	const char *name = target + strlen(cache) + 1;

	return !strncmp(target, cache, strlen(cache)) && name[-1] == '/' &&
	       name[0] != '.' && !strchr(name, '/') && kh_link_is_tree_name(target);
}

/*
 * Is this a link to nothing, as one to itself is? One into a directory that the caller may
 * not see, or whose server is away, is not. Returns 1, 0, or a negative errno: after another
 * error, nobody knows where it leads.
 */
int kh_link_leads_nowhere(const struct link *link)
{
	struct stat st;

	if (!fstatat(link->dir, link->name, &st, 0))
		return 0;
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
		return 1;
	case EACCES:
	case ENOTCONN:
	case ESTALE:
	case EHOSTDOWN:
	case ETIMEDOUT:
		return 0;
	default:
		return -errno;
	}
}

/* Returns an enum kheaders_link, or a negative errno. @target has room for PATH_MAX. */
int kh_link_state(const struct link *link, char *target)
{
	int ret = kh_read_link(link->dir, link->name, target);

	if (ret)
		return ret == -ENOENT ? KHEADERS_LINK_NONE :
		       ret == -EEXIST ? KHEADERS_LINK_OTHER : ret;
	if (kh_link_is_ours(link->cache, target))
		return KHEADERS_LINK_OURS;
	ret = kh_link_leads_nowhere(link);
	return ret > 0 ? KHEADERS_LINK_DANGLING : ret ?: KHEADERS_LINK_OTHER;
}

int kheaders_link_state(struct kheaders_ctx *ctx, char **result)
{
	char *cache __cleanup(kh_freep) = kh_cache_path(ctx);
	char *path __cleanup(kh_freep) = kh_link_dir(ctx);
	int dir __cleanup(kh_closep) = -1;
	struct link build = { BUILD_LINK, .cache = cache };
	char target[PATH_MAX] = "";
	int state;

	if (result)
		*result = NULL;
	/* No other failure has this errno: without a directory, there is no link. */
	if (!cache || !path)
		return -ENOENT;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? KHEADERS_LINK_NONE : -errno;
	build.dir = dir;
	state = kh_link_state(&build, target);
	if (state == KHEADERS_LINK_OURS && kh_link_leads_nowhere(&build) > 0)
		state = KHEADERS_LINK_DANGLING;
	if (state >= 0 && result && *target) {
		*result = strdup(target);
		if (!*result)
			return -ENOMEM;
	}
	return state;
}

int kh_link_not_ours(struct kheaders_ctx *ctx, const char *path)
{
	return kh_error(ctx, -EEXIST,
			"%s/build: is not a link into the cache; if you do not need it, remove it",
			path);
}

int kh_link_failed(struct kheaders_ctx *ctx, const char *path, const char *name, int err)
{
	return kh_failed(ctx, err,
			 geteuid() ? "run this as root, or use another directory of modules" :
				     "use another directory of modules",
			 "%s/%s", path, name);
}

/* Can nobody make a link there? A system may have no /lib, or a link to nothing in its place. */
static bool is_closed(int err)
{
	switch (err) {
	case -EROFS:
	case -ENOENT:
	case -ENOTDIR:
		return true;
	default:
		return !geteuid() && (err == -EACCES || err == -EPERM);
	}
}

/*
 * Name variables and options that take the tree's path; and the unit, which needs
 * a directory.
 */
static int no_place(struct kheaders_ctx *ctx, const char *path, const char *tree, int err)
{
	const char *unit = access(path, F_OK) ? "" : ", or enable kheaders-writable.service";

	errno = -err;
	return kh_error(ctx, err,
			"%s/build: %m; use BCC_KERNEL_SOURCE=%s, or BPFTRACE_KERNEL_SOURCE=, KDIR=, SYSSRC= (NVIDIA) or dkms --kernelsourcedir with that path%s",
			path, tree, unit);
}

/* Make a link under a temporary name, which has room for 64 bytes. */
static int make_temp(const struct link *link, const char *target, char *temp)
{
	int err = kh_temp_name(temp, 64, TEMP);

	return err ?: symlinkat(target, link->dir, temp) ? -errno : 0;
}

/* Make the link under a temporary name and rename it; @new: fail if @name exists. */
static int put_link(const struct link *link, const char *name, const char *target, bool new)
{
	char temp[64];
	int err = make_temp(link, target, temp);

	if (err)
		return err;
	if (new)
		err = kh_rename_new(link->dir, temp, link->dir, name);
	else if (renameat(link->dir, temp, link->dir, name))
		err = -errno;
	if (err)
		unlinkat(link->dir, temp, 0);
	return err;
}

/* Returns 1, 0, or a negative errno. */
int kh_link_leads_to(int dir, const char *name, const char *target)
{
	char is[PATH_MAX];
	int err = kh_read_link(dir, name, is);

	if (err)
		return err == -ENOENT || err == -EEXIST ? 0 : err;
	return !strcmp(is, target);
}

/*
 * Replace the link, which led to @old; -EEXIST if it no longer does. The two links change
 * places, because after a look at the first one, another could still come.
 */
int kh_link_replace(const struct link *link, const char *old, const char *target)
{
	char temp[64];
	int err = make_temp(link, target, temp);
	int was_old;

	if (err)
		return err;
	if (renameat2(link->dir, temp, link->dir, link->name, RENAME_EXCHANGE)) {
		err = errno == ENOENT ? -EEXIST : -errno;
		if (kh_lacks_flag(errno))
			err = renameat(link->dir, temp, link->dir, link->name) ? -errno : 0;
	} else {
		was_old = kh_link_leads_to(link->dir, temp, old);
		if (was_old <= 0) {
			renameat2(link->dir, temp, link->dir, link->name, RENAME_EXCHANGE);
			err = was_old ?: -EEXIST;
		}
	}
	unlinkat(link->dir, temp, 0);
	return err;
}

/* All users can read the directory, whatever the umask. */
static int make_dir(const char *path)
{
	if (mkdir(path, 0755))
		return errno == EEXIST ? 0 : -errno;
	return chmod(path, 0755) ? -errno : 0;
}

/* A container may have no directory of modules at all. */
static int make_dirs(struct kheaders_ctx *ctx, const char *path)
{
	int err = make_dir(path);

	if (err != -ENOENT)
		return err;
	err = make_dir(kh_modules(ctx));
	return err ?: make_dir(path);
}

/* -EEXIST: the link is not ours, or another process made it meanwhile */
static int try_make(struct kheaders_ctx *ctx, const struct link *link, const char *tree)
{
	char target[PATH_MAX];
	int err, kept, state = kh_link_state(link, target);

	switch (state) {
	case KHEADERS_LINK_NONE:
		err = put_link(link, link->name, tree, true);
		/* unlink must not restore a link that was kept earlier. */
		if (!err)
			unlinkat(link->dir, link->saved, 0);
		return err;
	case KHEADERS_LINK_OURS:
		return strcmp(target, tree) ? kh_link_replace(link, target, tree) : 0;
	case KHEADERS_LINK_DANGLING:
		/* One that led to a cache that is gone does not take another one's place. */
		kept = put_link(link, link->saved, target, kh_link_is_tree_name(target));
		if (kept && kept != -EEXIST)
			return kept;
		err = kh_link_replace(link, target, tree);
		if (!err && !kept)
			kh_log(ctx, LOG_WARNING,
			       "%s/%s: led to %s, which does not exist, and was replaced; kheaders unlink restores it",
			       link->dir_path, link->name, target);
		return err;
	default:
		return state < 0 ? state : -EEXIST;
	}
}

/* Tools that look at source first must not find a dangling link. */
static int make_source(struct kheaders_ctx *ctx, const struct link *link, const char *tree)
{
	char target[PATH_MAX];
	int state = kh_link_state(link, target);

	if (state < 0)
		return state;
	if (state == KHEADERS_LINK_NONE)
		unlinkat(link->dir, link->saved, 0);
	return state == KHEADERS_LINK_OURS || state == KHEADERS_LINK_DANGLING ?
	       try_make(ctx, link, tree) : 0;
}

/* @name: of the link that was made last, for messages */
static int make_links(struct kheaders_ctx *ctx, const char *cache, const char *path,
		      const char *tree, const char **name)
{
	int dir __cleanup(kh_closep) = -1;
	struct link source = { .dir_path = path, SOURCE_LINK, .cache = cache };
	struct link build = { .dir_path = path, BUILD_LINK, .cache = cache };
	int err;

	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	build.dir = dir;
	source.dir = dir;
	*name = BUILD;
	err = try_make(ctx, &build, tree);
	if (err)
		return err;
	*name = SOURCE;
	return make_source(ctx, &source, tree);
}

static int link_tree(struct kheaders_ctx *ctx, const char *cache, const char *tree)
{
	char *path __cleanup(kh_freep) = kh_link_dir(ctx);
	const char *name = BUILD;
	int err = -EEXIST;
	int i;

	if (!path)
		return -EINVAL;
	/* Others may make or remove the directory or the link meanwhile. */
	for (i = 0; (err == -EEXIST || err == -ENOENT) && i < TRIES; i++)
		err = make_dirs(ctx, path) ?: make_links(ctx, cache, path, tree, &name);
	if (err == -EEXIST)
		return kh_link_not_ours(ctx, path);
	if (is_closed(err))
		return no_place(ctx, path, tree, err);
	return err ? kh_link_failed(ctx, path, name, err) : 0;
}

int kheaders_link_make(struct kheaders_ctx *ctx, const char *tree)
{
	char *cache __cleanup(kh_freep) = kh_cache_path(ctx);
	struct link_lock lock;
	int err;

	if (!cache)
		return -EINVAL;
	if (!kh_link_is_ours(cache, tree))
		return kh_error(ctx, -EINVAL,
				"%s: not a tree in the cache, %s; link one of its trees",
				tree, cache);
	err = kh_link_lock(ctx, &lock);
	return err ?: kh_link_unlock(ctx, &lock, link_tree(ctx, cache, tree));
}
