// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The cache: a directory with a tree for each build of a kernel. A tree is made
 * aside, synced and renamed into place with its mark in it; one without a mark
 * does not exist. A lock sees to it that one at a time does that.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "private.h"

#define LOCK ".lock"

/* A path for the caller to free, with no "/" twice nor at its end */
static char *below(const char *dir, const char *name)
{
	char *path, *from, *to;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return NULL;
	for (from = path, to = path; *from; from++)
		if (*from != '/' || (from[1] && from[1] != '/'))
			*to++ = *from;
	*to = '\0';
	return path;
}

/*
 * Where the cache is; NULL, with a message, if nothing says so. An environment
 * that a set-uid program got from its caller does not count.
 */
char *kh_cache_path(struct kheaders_ctx *ctx)
{
	const char *xdg = secure_getenv("XDG_CACHE_HOME");
	const char *home = secure_getenv("HOME");
	char *path;

	if (ctx->options[KHEADERS_CACHE]) {
		path = below(ctx->options[KHEADERS_CACHE], "");
	} else if (!geteuid()) {
		path = below("/var/cache/kheaders", "");
	} else if (xdg && *xdg == '/') {
		path = below(xdg, "kheaders");
	} else if (home && *home == '/') {
		path = below(home, ".cache/kheaders");
	} else {
		kh_error(ctx, -EINVAL,
			 "cache: neither XDG_CACHE_HOME nor HOME is an absolute path; set one, or name the cache");
		return NULL;
	}
	if (!path)
		kh_error(ctx, -ENOMEM, "out of memory");
	return path;
}

int kh_cache_open(struct kheaders_ctx *ctx, const char *path, bool create)
{
	return kh_trusted_open(ctx, path, create);
}

/*
 * An fd that holds the lock until it is closed. A file system without locks is
 * no reason to fail: a rename tells who came first.
 */
int kh_cache_lock(struct kheaders_ctx *ctx, int cache, bool *locked)
{
	int fd = openat(cache, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	int ret;

	if (fd < 0)
		return kh_error(ctx, -errno,
				"cache: cannot be written: %m; make it writable, or name another one");
	do {
		ret = flock(fd, LOCK_EX);
	} while (ret && errno == EINTR);
	*locked = !ret;
	return fd;
}

/* A tree in the cache: an fd, -ENOENT if there is none that is whole. */
static int open_tree(struct kheaders_ctx *ctx, int cache, const char *key, const char *path)
{
	int fd = kh_trusted_at(ctx, cache, key, path);
	int err;

	if (fd < 0)
		return fd;
	err = kh_mark_check(fd);
	if (err) {
		kh_log(ctx, LOG_INFO, "%s: not whole; it is unpacked anew", path);
		close(fd);
		return -ENOENT;
	}
	err = kh_tree_check(ctx, fd, path);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

static int sync_tree(struct kheaders_ctx *ctx, int tree, const char *path)
{
	int err = kh_mark_write(tree);

	if (!err && syncfs(tree))
		err = -errno;
	if (err) {
		errno = -err;
		return kh_error(ctx, err, "%s: cannot be written: %m; make room", path);
	}
	return 0;
}

/* What is there in its place is no tree, as the caller has seen. */
static int put_into_place(struct kheaders_ctx *ctx, int cache, const char *new, const char *key,
			  const char *path)
{
	char old[64];
	int err = kh_temp_name(old, sizeof(old), ".old-");

	if (err)
		return kh_error(ctx, err, "%s: no clock", path);
	if (renameat(cache, key, cache, old) && errno != ENOENT)
		return kh_error(ctx, -errno, "%s: cannot be replaced: %m; remove it", path);
	if (renameat2(cache, new, cache, key, RENAME_NOREPLACE) &&
	    (errno != EINVAL || renameat(cache, new, cache, key)))
		err = -errno;
	kh_remove_at(cache, old);
	if (!err && fsync(cache))
		err = -errno;
	return err;
}

/* Somebody else was faster, where there are no locks: theirs is checked as any. */
static int accept_winner(struct kheaders_ctx *ctx, int cache, const char *key, const char *path,
			 int err)
{
	int fd = open_tree(ctx, cache, key, path);

	if (fd >= 0)
		close(fd);
	if (fd != -ENOENT)
		return fd < 0 ? fd : 0;
	errno = -err;
	return kh_error(ctx, err, "%s: cannot be renamed into place: %m; name another cache", path);
}

static int make_tree(struct kheaders_ctx *ctx, int cache, const char *key, const char *path)
{
	int tree __cleanup(kh_closep) = -1;
	char new[64];
	int err = kh_temp_name(new, sizeof(new), ".new-");

	if (!err && mkdirat(cache, new, 0755))
		err = -errno;
	if (err) {
		errno = -err;
		return kh_error(ctx, err,
				"%s: cannot be written: %m; make it writable, or name another cache",
				path);
	}
	tree = kh_trusted_at(ctx, cache, new, path);
	err = tree < 0 ? tree : 0;
	if (!err && fchmod(tree, 0755))
		err = -errno;
	if (!err)
		err = kh_tree_make(ctx, tree, path);
	if (!err)
		err = sync_tree(ctx, tree, path);
	if (!err) {
		err = put_into_place(ctx, cache, new, key, path);
		if (err)
			err = accept_winner(ctx, cache, key, path, err);
	}
	kh_remove_at(cache, new);
	return err;
}

/* Not there when it was looked for; one at a time goes on from here. */
static int make_tree_once(struct kheaders_ctx *ctx, int cache, const char *key, const char *path)
{
	int lock __cleanup(kh_closep) = -1;
	bool locked;
	int fd;

	lock = kh_cache_lock(ctx, cache, &locked);
	if (lock < 0)
		return lock;
	fd = open_tree(ctx, cache, key, path);
	if (fd >= 0)
		close(fd);
	if (fd != -ENOENT)
		return fd < 0 ? fd : 0;
	kh_cache_remove_litter(cache, locked);
	return make_tree(ctx, cache, key, path);
}

static int get_tree(struct kheaders_ctx *ctx, bool make, char **result)
{
	char *dir __cleanup(kh_freep) = kh_cache_path(ctx);
	char *path __cleanup(kh_freep) = NULL;
	int cache __cleanup(kh_closep) = -1;
	int tree __cleanup(kh_closep) = -1;
	char key[KH_KEY_MAX];
	int err;

	if (!dir)
		return -EINVAL;
	err = kh_kernel_key(ctx, key);
	if (err)
		return err;
	path = below(dir, key);
	if (!path)
		return kh_error(ctx, -ENOMEM, "out of memory");
	cache = kh_cache_open(ctx, dir, make);
	if (cache < 0)
		return cache;
	tree = open_tree(ctx, cache, key, path);
	if (tree == -ENOENT && make)
		err = make_tree_once(ctx, cache, key, path);
	else if (tree < 0)
		err = tree;
	if (!err) {
		*result = path;
		path = NULL;
	}
	return err;
}

int kheaders_tree_get(struct kheaders_ctx *ctx, char **path)
{
	return get_tree(ctx, true, path);
}

int kheaders_tree_find(struct kheaders_ctx *ctx, char **path)
{
	return get_tree(ctx, false, path);
}
