// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * MODULES/RELEASE/build, where everything that needs headers looks. A link into
 * the cache is ours; anything else is left alone.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

/* The directory of the link, for the caller to free */
static char *link_dir(struct kheaders_ctx *ctx)
{
	char *path;

	if (asprintf(&path, "%s/%s", kh_modules(ctx), kheaders_kernel_release(ctx)) >= 0)
		return path;
	kh_error(ctx, -ENOMEM, "out of memory");
	return NULL;
}

static bool is_ours(const char *cache, const char *target)
{
	const char *name = target + strlen(cache) + 1;

	return !strncmp(target, cache, strlen(cache)) && name[-1] == '/' &&
	       name[0] && name[0] != '.' && !strchr(name, '/');
}

/* An enum kheaders_link */
static int state_of(const char *cache, int dir, char **result)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, "build", target, sizeof(target) - 1);

	if (n < 0)
		return errno == ENOENT ? KHEADERS_LINK_NONE :
		       errno == EINVAL ? KHEADERS_LINK_OTHER : -errno;
	target[n] = '\0';
	if (result) {
		*result = strdup(target);
		if (!*result)
			return -ENOMEM;
	}
	return is_ours(cache, target) ? KHEADERS_LINK_OURS : KHEADERS_LINK_OTHER;
}

int kheaders_link_state(struct kheaders_ctx *ctx, char **target)
{
	char *cache __cleanup(kh_freep) = kh_cache_path(ctx);
	char *path __cleanup(kh_freep) = link_dir(ctx);
	int dir __cleanup(kh_closep) = -1;

	if (target)
		*target = NULL;
	if (!cache || !path)
		return -EINVAL;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? KHEADERS_LINK_NONE : -errno;
	return state_of(cache, dir, target);
}

static int not_ours(struct kheaders_ctx *ctx, const char *path)
{
	return kh_error(ctx, -EEXIST,
			"%s/build: is not a link into the cache; if you do not need it, remove it",
			path);
}

static int bad_link(struct kheaders_ctx *ctx, const char *path, int err)
{
	errno = -err;
	return kh_error(ctx, err, "%s/build: %m; be root, or name another directory of modules",
			path);
}

/* Made aside and renamed, so that there is always one. */
static int replace_link(int dir, const char *tree)
{
	char temp[64];
	int err = kh_temp_name(temp, sizeof(temp), ".build-");

	if (err)
		return err;
	if (symlinkat(tree, dir, temp))
		return -errno;
	if (renameat(dir, temp, dir, "build")) {
		err = -errno;
		unlinkat(dir, temp, 0);
	}
	return err;
}

/* For all to read, whatever the umask. */
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

int kheaders_link_make(struct kheaders_ctx *ctx, const char *tree)
{
	char *cache __cleanup(kh_freep) = kh_cache_path(ctx);
	char *path __cleanup(kh_freep) = link_dir(ctx);
	int dir __cleanup(kh_closep) = -1;
	int state, err;

	if (!cache || !path)
		return -EINVAL;
	err = make_dirs(ctx, path);
	if (err)
		return bad_link(ctx, path, err);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	state = dir < 0 ? -errno : state_of(cache, dir, NULL);
	if (state < 0)
		return bad_link(ctx, path, state);
	if (state == KHEADERS_LINK_OTHER)
		return not_ours(ctx, path);
	if (state == KHEADERS_LINK_OURS)
		err = replace_link(dir, tree);
	else if (symlinkat(tree, dir, "build"))
		err = -errno;
	return err ? bad_link(ctx, path, err) : 0;
}

int kheaders_link_remove(struct kheaders_ctx *ctx)
{
	char *cache __cleanup(kh_freep) = kh_cache_path(ctx);
	char *path __cleanup(kh_freep) = link_dir(ctx);
	int dir __cleanup(kh_closep) = -1;
	int state;

	if (!cache || !path)
		return -EINVAL;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? 0 : bad_link(ctx, path, -errno);
	state = state_of(cache, dir, NULL);
	if (state < 0)
		return bad_link(ctx, path, state);
	if (state == KHEADERS_LINK_OTHER)
		return not_ours(ctx, path);
	if (state == KHEADERS_LINK_OURS && unlinkat(dir, "build", 0))
		return bad_link(ctx, path, -errno);
	/* It may have been made for the link alone. */
	rmdir(path);
	return 0;
}
