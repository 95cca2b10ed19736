// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Remove trees that are no longer useful from the cache.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>

#include "link.h"

/*
 * Did the library make this entry? The directory that the user gave as the cache may
 * also contain other files. Returns 1, 0, or a negative errno.
 */
static int is_ours(int cache, const char *name)
{
	int fd __cleanup(kh_closep) = -1;
	struct stat st;

	fd = openat(cache, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOTDIR || errno == ELOOP || errno == ENOENT ? 0 : -errno;
	if (!fstatat(fd, KH_MARK, &st, AT_SYMLINK_NOFOLLOW))
		return 1;
	return errno == ENOENT || errno == EACCES ? 0 : -errno;
}

/* @name: the build, followed by a dot and a name for a directory beside the tree */
static bool is_of_build(const char *name, const char *build)
{
	size_t length = strlen(build);

	return !strncmp(name, build, length) && (!name[length] || name[length] == '.');
}

/* Is MODULES/RELEASE/build a link to this tree? Returns 1, 0, or a negative errno. */
static int is_linked(struct kheaders_ctx *ctx, int cache, const char *path, const char *name)
{
	char *release __cleanup(kh_freep) = NULL;
	int tree __cleanup(kh_closep) = -1;
	char target[PATH_MAX], link[PATH_MAX];
	int err;

	tree = openat(cache, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	err = tree < 0 ? -errno : kh_tree_value(tree, "RELEASE", &release);
	if (err)
		return err == -ENOENT ? 0 : err;
	snprintf(link, sizeof(link), "%s/%s/build", kh_modules(ctx), release);
	snprintf(target, sizeof(target), "%s/%s", path, name);
	err = kh_link_leads_to(AT_FDCWD, link, target);
	switch (err) {
	case -ENOTDIR:
	case -EACCES:
	case -ELOOP:
	case -ENAMETOOLONG:
		return 0;
	default:
		return err;
	}
}

/*
 * Is the kernel of this tree gone? Returns 1, 0, or a negative errno; @path: if this is not
 * NULL, to be freed, its directory of modules, which has only links that kheaders made
 */
static int is_gone(struct kheaders_ctx *ctx, int cache, const char *dir, const char *name,
		   char **path)
{
	char *release __cleanup(kh_freep) = NULL;
	char *tree __cleanup(kh_freep) = NULL;
	const char *dash = strrchr(name, '-');
	char build[KH_BUILD_MAX];
	struct stat st;
	int gone, linked;

	if (!dash || dash == name)
		return 0;
	release = strndup(name, dash - name);
	if (!release)
		return -ENOMEM;
	if (!strcmp(release, KH_ARCHIVE)) {
		linked = is_linked(ctx, cache, dir, name);
		return linked < 0 ? linked : !linked;
	}
	if (!strcmp(release, kheaders_kernel_release(ctx)) && kh_kernel_is_in_sysfs(ctx))
		return !kh_kernel_build(ctx, build) && !is_of_build(dash + 1, build);
	if (!strcmp(release, ctx->running))
		return 0;
	if (asprintf(path, "%s/%s", kh_modules(ctx), release) < 0) {
		*path = NULL;
		return -ENOMEM;
	}
	if (asprintf(&tree, "%s/%s", dir, name) < 0) {
		tree = NULL;
		return -ENOMEM;
	}
	gone = kh_link_is_alone(*path, dir, tree);
	/* Where this is a link to a directory, that has other things in it. */
	if (gone == -ENOENT || gone == -ENOTDIR)
		gone = !stat(*path, &st) ? 0 : errno == ENOENT || errno == ENOTDIR ? 1 : -errno;
	return gone == -EACCES || gone == -ELOOP ? 0 : gone;
}

/*
 * As is_gone(), under the lock of the tree, so that no link is made meanwhile; a tree in which
 * programs are built is not gone.
 */
static int lock_gone(struct kheaders_ctx *ctx, int cache, const char *dir, const char *name,
		     char **path, int *lock)
{
	*lock = kh_lock_tree(cache, name, LOCK_EX | LOCK_NB);
	if (*lock == -EWOULDBLOCK || *lock == -EACCES) {
		kh_log(ctx, LOG_INFO, "%s/%s: in use", dir, name);
		return 0;
	}
	if (*lock < 0)
		return *lock;
	return is_gone(ctx, cache, dir, name, path);
}

/*
 * The links go first: nothing would find them without the tree. @modules: see is_gone();
 * otherwise, another build of this kernel's release may have been linked.
 */
static int remove_tree(struct kheaders_ctx *ctx, int cache, const char *path, const char *name,
		       const char *modules)
{
	int err, linked;

	if (modules) {
		err = kh_link_remove_all(modules, path);
	} else {
		linked = is_linked(ctx, cache, path, name);
		err = linked > 0 ? kh_link_remove(ctx, path) : linked;
	}
	/* Where nobody can remove the link, it dangles. */
	if (err == -EROFS || err == -EACCES || err == -EPERM)
		err = 0;
	return err ?: kh_cache_remove(cache, name);
}

/*
 * Continues after errors, with a message for each tree. Returns one of them, 1 if a tree was
 * removed, or 0.
 */
static int remove_trees(struct kheaders_ctx *ctx, int cache, const char *path,
			kheaders_path_fn fn, void *data)
{
	DIR *dir = kh_opendir_at(cache, ".");
	struct dirent *entry;
	int err = 0, more = 0, removed = 0;

	if (!dir)
		return kh_failed(ctx, -errno, "remove it by hand", "%s: cannot be read", path);
	while ((more = kh_readdir(dir, &entry)) > 0) {
		char *tree __cleanup(kh_freep) = NULL;
		char *modules __cleanup(kh_freep) = NULL;
		int lock __cleanup(kh_unlockp) = -1;
		int gone, ret;

		if (entry->d_name[0] == '.')
			continue;
		gone = is_ours(cache, entry->d_name);
		if (gone > 0)
			gone = lock_gone(ctx, cache, path, entry->d_name, &modules, &lock);
		if (!gone)
			continue;
		ret = gone < 0 ? gone :
				 remove_tree(ctx, cache, path, entry->d_name, modules);
		if (!ret && asprintf(&tree, "%s/%s", path, entry->d_name) < 0)
			ret = -ENOMEM;
		if (!ret && fn)
			fn(data, tree);
		if (ret)
			err = kh_failed(ctx, ret, "remove it by hand", "%s/%s: cannot be removed",
					path, entry->d_name);
		else
			removed = 1;
	}
	closedir(dir);
	if (more < 0)
		err = kh_failed(ctx, more, "remove it by hand", "%s: cannot be read", path);
	return err ?: removed;
}

/* Remove the locks that nobody holds, of trees that are gone as well. */
static void remove_locks(int cache)
{
	DIR *dir = kh_opendir_at(cache, ".");
	struct dirent *entry;

	if (!dir)
		return;
	while (kh_readdir(dir, &entry) > 0) {
		int lock __cleanup(kh_unlockp) = -1;

		if (strncmp(entry->d_name, KH_TREE_LOCK, strlen(KH_TREE_LOCK)))
			continue;
		lock = kh_lock_tree(cache, entry->d_name + strlen(KH_TREE_LOCK),
				    LOCK_EX | LOCK_NB);
		if (lock >= 0)
			unlinkat(cache, entry->d_name, 0);
	}
	closedir(dir);
}

int kheaders_cache_clean(struct kheaders_ctx *ctx, kheaders_path_fn fn, void *data)
{
	char *path __cleanup(kh_freep) = kh_cache_path(ctx);
	int cache __cleanup(kh_closep) = -1;
	int lock __cleanup(kh_unlockp) = -1;
	struct link_lock links;
	bool locked;
	int err, litter;

	if (!path)
		return -EINVAL;
	cache = kh_trusted_open(ctx, path, false);
	if (cache < 0)
		return cache == -ENOENT ? 0 : cache;
	lock = kh_cache_lock(ctx, cache, path, &locked);
	if (lock < 0)
		return lock;
	err = kh_link_lock(ctx, &links);
	if (err)
		return err;
	/* Once a tree and the link to it are gone, others of that kernel may go. */
	do {
		err = remove_trees(ctx, cache, path, fn, data);
	} while (err > 0);
	err = kh_link_unlock(ctx, &links, err);
	remove_locks(cache);
	litter = kh_cache_remove_litter(cache, locked);
	if (litter && !err)
		kh_failed(ctx, litter, "remove it by hand", "%s: cannot be cleaned", path);
	return err ?: litter;
}
