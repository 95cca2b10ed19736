// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Remove the links to a tree, and restore the links that they replaced.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "link.h"

/* Remove the link, which led to @old; -EEXIST if it no longer does: see kh_link_replace() */
static int remove_link(const struct link *link, const char *old)
{
	char temp[64];
	int err = kh_temp_name(temp, sizeof(temp), TEMP);

	if (err)
		return err;
	if (renameat(link->dir, link->name, link->dir, temp))
		return errno == ENOENT ? -EEXIST : -errno;
	err = kh_link_leads_to(link->dir, temp, old);
	if (err > 0)
		return unlinkat(link->dir, temp, 0) && errno != ENOENT ? -errno : 0;
	kh_rename_new(link->dir, temp, link->dir, link->name);
	return err ?: -EEXIST;
}

/*
 * Remove the link, and restore the link that it replaced, if any: 1 if that was done, 0 if
 * there is none of ours, -EEXIST, if it is another one, or was changed meanwhile.
 */
static int try_remove(const struct link *link)
{
	char target[PATH_MAX], saved[PATH_MAX];
	int err, state = kh_link_state(link, target);

	/* A call that was killed has restored the link. */
	if (state == KHEADERS_LINK_DANGLING && kh_link_leads_to(link->dir, link->saved, target) > 0)
		return unlinkat(link->dir, link->saved, 0) && errno != ENOENT ? -errno : 0;
	if (state != KHEADERS_LINK_OURS)
		return state == KHEADERS_LINK_OTHER ? -EEXIST : state < 0 ? state : 0;
	err = kh_read_link(link->dir, link->saved, saved);
	if (err == -ENOENT || err == -EEXIST)
		return remove_link(link, target) ?: 1;
	err = err ?: kh_link_replace(link, target, saved);
	if (err)
		return err;
	if (!unlinkat(link->dir, link->saved, 0) || errno == ENOENT)
		return 1;
	/* Leave both as they were, for the next call. */
	err = -errno;
	kh_link_replace(link, saved, target);
	return err;
}

/* Others may remove or make a link meanwhile. */
static int remove_if_ours(const struct link *link)
{
	int i, ret = -EEXIST;

	for (i = 0; ret == -EEXIST && i < TRIES; i++)
		ret = try_remove(link);
	return ret;
}

/*
 * Did a call that was killed leave this entry of MODULES/RELEASE? One that leads to something
 * else is another's, which a call that runs has moved, and moves back. Returns 1, 0, or a
 * negative errno, as all that follow.
 */
static int is_temp(int dir, const char *cache, const char *name)
{
	const struct link link = { .dir = dir, .name = name };
	const char *id = name + strlen(TEMP);
	char target[PATH_MAX];
	int err;

	if (strncmp(name, TEMP, strlen(TEMP)) || !strchr(id, '.') ||
	    id[strspn(id, "0123456789abcdef.")])
		return 0;
	err = kh_read_link(dir, name, target);
	if (err)
		return err == -EEXIST || err == -ENOENT ? 0 : err;
	return kh_link_is_tree_name(target) ? 1 : kh_link_leads_nowhere(&link);
}

/* Did kheaders_link_make() make this entry, or leave it? */
static int is_made(int dir, const char *cache, const char *name)
{
	char target[PATH_MAX];
	int err = kh_read_link(dir, name, target);

	if (err)
		return err == -EEXIST || err == -ENOENT ? 0 : err;
	if (!strcmp(name, BUILD) || !strcmp(name, SOURCE))
		return kh_link_is_ours(cache, target);
	if (!strcmp(name, BUILD_SAVED) || !strcmp(name, SOURCE_SAVED))
		return 1;
	return is_temp(dir, cache, name);
}

/*
 * Remove the entries of MODULES/RELEASE, @path, that pass @test. If that has removed any, or
 * @removed, the directory may have been made for the links: remove it if it is empty. @fd: of
 * the directory
 */
static int remove_links(int fd, const char *path, const char *cache, bool removed,
			int (*test)(int dir, const char *cache, const char *name))
{
	DIR *dir = kh_opendir_at(fd, ".");
	struct dirent *entry;
	int err = 0, more;

	if (!dir)
		return -errno;
	while (!err && (more = kh_readdir(dir, &entry))) {
		err = more < 0 ? more : test(fd, cache, entry->d_name);
		if (err > 0) {
			removed = true;
			err = unlinkat(fd, entry->d_name, 0) && errno != ENOENT ? -errno : 0;
		}
	}
	closedir(dir);
	if (removed)
		rmdir(path);
	return err;
}

/*
 * Has MODULES/RELEASE, @path, only what kheaders_link_make() has made there for @tree, in
 * @cache? Then a package has removed the kernel, and could not remove the directory.
 */
int kh_link_is_alone(const char *path, const char *cache, const char *tree)
{
	DIR *dir = kh_opendir_at(AT_FDCWD, path);
	struct dirent *entry;
	char target[PATH_MAX];
	int ret, more;

	if (!dir)
		return -errno;
	ret = kh_read_link(dirfd(dir), BUILD, target);
	if (!ret || ret == -ENOENT)
		ret = ret || !strcmp(target, tree);
	else if (ret == -EEXIST)
		ret = 0;
	while (ret > 0 && (more = kh_readdir(dir, &entry)))
		ret = more < 0 ? more : is_made(dirfd(dir), cache, entry->d_name);
	closedir(dir);
	return ret;
}

/* Remove all links that are ours, and the directory if nothing else is in it; under the lock */
int kh_link_remove_all(const char *path, const char *cache)
{
	int dir __cleanup(kh_closep) = -1;

	dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	return remove_links(dir, path, cache, true, is_made);
}

/*
 * As kheaders_link_remove(), without a message: 0, -EEXIST if the link is another's, -errno;
 * @name: the link that this is about
 */
static int remove_both(const char *path, const char *cache, const char **name)
{
	int dir __cleanup(kh_closep) = -1;
	struct link source = { .dir_path = path, SOURCE_LINK, .cache = cache };
	struct link build = { .dir_path = path, BUILD_LINK, .cache = cache };
	int of_source, of_build;

	*name = BUILD;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? 0 : -errno;
	build.dir = dir;
	source.dir = dir;
	of_source = remove_if_ours(&source);
	of_build = remove_if_ours(&build);
	if (of_build < 0)
		return of_build;
	if (of_source < 0 && of_source != -EEXIST) {
		*name = SOURCE;
		return of_source;
	}
	return remove_links(dir, path, cache, of_source > 0 || of_build > 0, is_temp);
}

/* For the selected kernel, whose tree is going to be removed from @cache; under the lock */
int kh_link_remove(struct kheaders_ctx *ctx, const char *cache)
{
	char *path __cleanup(kh_freep) = kh_link_dir(ctx);
	const char *name;
	int err = path ? remove_both(path, cache, &name) : -ENOMEM;

	return err == -EEXIST ? 0 : err;
}

static int unlink_tree(struct kheaders_ctx *ctx, const char *cache)
{
	char *path __cleanup(kh_freep) = kh_link_dir(ctx);
	const char *name;
	int err;

	if (!path)
		return -EINVAL;
	err = remove_both(path, cache, &name);
	if (err == -EEXIST)
		return kh_link_not_ours(ctx, path);
	return err ? kh_link_failed(ctx, path, name, err) : 0;
}

int kheaders_link_remove(struct kheaders_ctx *ctx)
{
	char *cache __cleanup(kh_freep) = kh_cache_path(ctx);
	struct link_lock lock;
	int err;

	if (!cache)
		return -EINVAL;
	err = kh_link_lock(ctx, &lock);
	return err ?: kh_link_unlock(ctx, &lock, unlink_tree(ctx, cache));
}
