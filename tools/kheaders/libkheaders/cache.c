// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The cache: a directory with a tree for each build of a kernel, and beside the tree
 * directories that callers generate from that kernel. Each directory is filled under
 * a temporary name, synced and renamed into place with its mark in it; a directory
 * without a mark counts as missing. A lock lets only one caller at a time fill a
 * directory.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "private.h"

#define EXTRA_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789."

/* A place in the cache: of a tree if fill is NULL, else of a directory beside it */
struct place {
	int cache;
	char key[KH_KEY_MAX];
	char *path;
	kheaders_fill_fn fill;
	void *data;
};

static void place_free(struct place *place)
{
	kh_closep(&place->cache);
	free(place->path);
}

/* Open the directory in a place: an fd, or -ENOENT if it is missing or incomplete. */
static int open_place(struct kheaders_ctx *ctx, const struct place *place)
{
	int fd = kh_trusted_at(ctx, place->cache, place->key, place->path);
	int err;

	if (fd < 0)
		return fd;
	err = kh_mark_check(fd);
	if (err) {
		kh_log(ctx, LOG_INFO, "%s: not whole", place->path);
		close(fd);
		return -ENOENT;
	}
	err = place->fill ? 0 : kh_tree_check(ctx, fd, place->path);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

static int sync_dir(struct kheaders_ctx *ctx, int dir, const char *path)
{
	int err = kh_mark_write(dir);

	if (!err)
		err = kh_sync_all(dir);
	if (err == -EOVERFLOW)
		return kh_error(ctx, -EFBIG,
				"%s: too many or too long names; this is not an archive of headers",
				path);
	return err ? kh_failed(ctx, err, "use another cache", "%s: cannot be written", path) : 0;
}

/* Returns -EEXIST if the place is taken. */
static int rename_into_place(const struct place *place, const char *new)
{
	int err = kh_rename_new(place->cache, new, place->cache, place->key);

	if (err)
		return err == -ENOTEMPTY ? -EEXIST : err;
	return kh_sync_dir(place->cache);
}

/*
 * An incomplete directory in the place is removed. A complete one was made by another
 * process, on a file system without locks; use it, because others may be using it.
 */
static int put_into_place(struct kheaders_ctx *ctx, const struct place *place, const char *new)
{
	int err;

	while ((err = rename_into_place(place, new)) == -EEXIST) {
		int fd = open_place(ctx, place);

		if (fd >= 0)
			close(fd);
		if (fd != -ENOENT)
			return fd < 0 ? fd : 0;
		err = kh_cache_remove(place->cache, place->key);
		if (err)
			break;
	}
	if (!err)
		return 0;
	return kh_failed(ctx, err, "remove it, or use another cache",
			 "%s: cannot be put into place", place->path);
}

static int cannot_write(struct kheaders_ctx *ctx, int err, const char *path)
{
	return kh_failed(ctx, err, "make it writable, or use another cache",
			 "%s: cannot be written", path);
}

static int make_place(struct kheaders_ctx *ctx, const struct place *place)
{
	int dir __cleanup(kh_closep) = -1;
	char new[64];
	int err = kh_temp_name(new, sizeof(new), ".new-");

	if (!err && mkdirat(place->cache, new, 0755))
		err = -errno;
	if (err)
		return cannot_write(ctx, err, place->path);
	dir = kh_trusted_at(ctx, place->cache, new, place->path);
	err = dir < 0 ? dir : 0;
	/* All users can read the directory, whatever the umask. */
	if (!err && fchmod(dir, 0755))
		err = cannot_write(ctx, -errno, place->path);
	if (!err)
		err = place->fill ? place->fill(place->data, dir) :
				    kh_tree_make(ctx, dir, place->path);
	if (!err)
		err = sync_dir(ctx, dir, place->path);
	if (!err)
		err = put_into_place(ctx, place, new);
	kh_remove_at(place->cache, new);
	return err;
}

/* Another caller may have filled the place before the lock was taken, so look again. */
static int make_place_once(struct kheaders_ctx *ctx, const struct place *place)
{
	int lock __cleanup(kh_unlockp) = -1;
	bool locked;
	int fd;

	lock = kh_cache_lock(ctx, place->cache, place->path, &locked);
	if (lock < 0)
		return lock;
	fd = open_place(ctx, place);
	if (fd >= 0)
		close(fd);
	if (fd != -ENOENT)
		return fd < 0 ? fd : 0;
	kh_cache_remove_litter(place->cache, locked);
	return make_place(ctx, place);
}

/* The name is appended to the key, whose last dash must precede the build: allow no dash. */
static bool is_extra(const char *name)
{
	size_t length = strlen(name);

	return length && length <= KH_EXTRA_MAX && strspn(name, EXTRA_CHARS) == length;
}

/* @name: the directory beside the tree, or NULL for the tree itself */
static int find_place(struct kheaders_ctx *ctx, const char *name, bool create, struct place *place)
{
	char *dir __cleanup(kh_freep) = kh_cache_path(ctx);
	size_t length;
	int err;

	if (!dir)
		return -EINVAL;
	err = kh_kernel_key(ctx, place->key);
	if (err)
		return err;
	length = strlen(place->key);
	if (name)
		snprintf(place->key + length, sizeof(place->key) - length, ".%s", name);
	if (asprintf(&place->path, "%s/%s", dir, place->key) < 0) {
		place->path = NULL;
		return kh_error(ctx, -ENOMEM, "out of memory");
	}
	place->cache = kh_trusted_open(ctx, dir, create);
	return place->cache < 0 ? place->cache : 0;
}

static int get_place(struct kheaders_ctx *ctx, const char *name, bool create,
		     struct place *place, char **result)
{
	int dir __cleanup(kh_closep) = -1;
	int err = find_place(ctx, name, create, place);

	if (err)
		return err;
	dir = open_place(ctx, place);
	if (dir == -ENOENT && create)
		err = make_place_once(ctx, place);
	else if (dir < 0)
		err = dir;
	if (!err) {
		*result = place->path;
		place->path = NULL;
	}
	return err;
}

int kheaders_tree_get(struct kheaders_ctx *ctx, char **path)
{
	struct place place __cleanup(place_free) = { .cache = -1 };

	return get_place(ctx, NULL, true, &place, path);
}

int kheaders_tree_find(struct kheaders_ctx *ctx, char **path)
{
	struct place place __cleanup(place_free) = { .cache = -1 };

	return get_place(ctx, NULL, false, &place, path);
}

int kheaders_extra_get(struct kheaders_ctx *ctx, const char *name, kheaders_fill_fn fill,
		       void *data, char **path)
{
	struct place place __cleanup(place_free) = { .cache = -1, .fill = fill, .data = data };

	if (!is_extra(name))
		return kh_error(ctx, -EINVAL,
				"%s: not a valid name in the cache; use up to %d letters, digits and dots",
				name, KH_EXTRA_MAX);
	return get_place(ctx, name, true, &place, path);
}
