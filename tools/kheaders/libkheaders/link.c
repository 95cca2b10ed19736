// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The links MODULES/RELEASE/build, where all tools that need headers look, and source,
 * where some look first. A link into the cache is ours. A dangling link is replaced
 * and kept under another name; anything else is left alone.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

#define TRIES 8
#define ID_MIN 16	/* digits of the build in the name of a tree */

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

#define BUILD "build"
#define BUILD_SAVED ".build.before-kheaders"
#define SOURCE "source"
#define SOURCE_SAVED ".source.before-kheaders"

#define BUILD_LINK .name = BUILD, .saved = BUILD_SAVED
#define SOURCE_LINK .name = SOURCE, .saved = SOURCE_SAVED

#define TEMP ".build-"

/* Returns the path of the link's directory, to be freed. */
static char *link_dir(struct kheaders_ctx *ctx)
{
	char *path;

	if (asprintf(&path, "%s/%s", kh_modules(ctx), kheaders_kernel_release(ctx)) >= 0)
		return path;
	kh_error(ctx, -ENOMEM, "out of memory");
	return NULL;
}

/* Has the target the name of a tree: see kh_kernel_key(). */
static bool is_tree_name(const char *target)
{
	const char *slash = strrchr(target, '/');
	const char *dash = strrchr(target, '-');
	size_t length = dash ? strlen(dash + 1) : 0;

	return slash && dash > slash + 1 && length >= ID_MIN &&
	       strspn(dash + 1, "0123456789abcdef.") == length;
}

/* The directory that the user gave as the cache may contain other directories. */
static bool is_ours(const char *cache, const char *target)
{
	const char *name = target + strlen(cache) + 1;

	return !strncmp(target, cache, strlen(cache)) && name[-1] == '/' &&
	       name[0] != '.' && !strchr(name, '/') && is_tree_name(target);
}

/* A link to itself, ELOOP, leads nowhere as well. */
static bool leads_nowhere(const struct link *link)
{
	struct stat st;

	return fstatat(link->dir, link->name, &st, 0) &&
	       (errno == ENOENT || errno == ENOTDIR || errno == ELOOP);
}

/* Returns an enum kheaders_link, or a negative errno. @target has room for PATH_MAX. */
static int state_of(const struct link *link, char *target)
{
	ssize_t n = readlinkat(link->dir, link->name, target, PATH_MAX - 1);

	if (n < 0)
		return errno == ENOENT ? KHEADERS_LINK_NONE :
		       errno == EINVAL ? KHEADERS_LINK_OTHER : -errno;
	target[n] = '\0';
	if (is_ours(link->cache, target))
		return KHEADERS_LINK_OURS;
	return leads_nowhere(link) ? KHEADERS_LINK_DANGLING : KHEADERS_LINK_OTHER;
}

int kheaders_link_state(struct kheaders_ctx *ctx, char **result)
{
	char *cache __cleanup(kh_freep) = kh_cache_path(ctx);
	char *path __cleanup(kh_freep) = link_dir(ctx);
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
	state = state_of(&build, target);
	if (state == KHEADERS_LINK_OURS && leads_nowhere(&build))
		state = KHEADERS_LINK_DANGLING;
	if (state >= 0 && result && *target) {
		*result = strdup(target);
		if (!*result)
			return -ENOMEM;
	}
	return state;
}

static int not_ours(struct kheaders_ctx *ctx, const char *path)
{
	return kh_error(ctx, -EEXIST,
			"%s/build: is not a link into the cache; if you do not need it, remove it",
			path);
}

static int bad_link(struct kheaders_ctx *ctx, const char *path, int err)
{
	return kh_failed(ctx, err,
			 geteuid() ? "run this as root, or use another directory of modules" :
				     "use another directory of modules",
			 "%s/build", path);
}

/* If nobody can make the link, name variables and options that take the tree's path. */
static int cannot_link(struct kheaders_ctx *ctx, const char *path, const char *tree, int err)
{
	bool denied = err == -EACCES || err == -EPERM;

	if (err != -EROFS && (geteuid() || !denied))
		return bad_link(ctx, path, err);
	errno = -err;
	return kh_error(ctx, err,
			"%s/build: %m; use BCC_KERNEL_SOURCE=%s, or BPFTRACE_KERNEL_SOURCE=, KDIR=, SYSSRC= (NVIDIA) or dkms --kernelsourcedir with that path, or enable kheaders-writable.service",
			path, tree);
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

static bool leads_to(int dir, const char *name, const char *target)
{
	char is[PATH_MAX];
	ssize_t n = readlinkat(dir, name, is, sizeof(is));

	return n == (ssize_t)strlen(target) && !memcmp(is, target, n);
}

/*
 * Replace the link, which led to @old; -EEXIST if it no longer does. The two links change
 * places, because after a look at the first one, another could still come.
 */
static int replace_link(const struct link *link, const char *old, const char *target)
{
	char temp[64];
	int err = make_temp(link, target, temp);

	if (err)
		return err;
	if (renameat2(link->dir, temp, link->dir, link->name, RENAME_EXCHANGE)) {
		err = errno == ENOENT ? -EEXIST : -errno;
		if (kh_lacks_flag(errno))
			err = renameat(link->dir, temp, link->dir, link->name) ? -errno : 0;
	} else if (!leads_to(link->dir, temp, old)) {
		renameat2(link->dir, temp, link->dir, link->name, RENAME_EXCHANGE);
		err = -EEXIST;
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
	int err, kept, state = state_of(link, target);

	switch (state) {
	case KHEADERS_LINK_NONE:
		err = put_link(link, link->name, tree, true);
		/* unlink must not restore a link that was kept earlier. */
		if (!err)
			unlinkat(link->dir, link->saved, 0);
		return err;
	case KHEADERS_LINK_OURS:
		return strcmp(target, tree) ? replace_link(link, target, tree) : 0;
	case KHEADERS_LINK_DANGLING:
		/* One that led to a cache that is gone does not take another one's place. */
		kept = put_link(link, link->saved, target, is_tree_name(target));
		if (kept && kept != -EEXIST)
			return kept;
		err = replace_link(link, target, tree);
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
	int state = state_of(link, target);

	if (state == KHEADERS_LINK_NONE)
		unlinkat(link->dir, link->saved, 0);
	return state == KHEADERS_LINK_OURS || state == KHEADERS_LINK_DANGLING ?
	       try_make(ctx, link, tree) : 0;
}

static int make_links(struct kheaders_ctx *ctx, const char *cache, const char *path,
		      const char *tree)
{
	int dir __cleanup(kh_closep) = -1;
	struct link source = { .dir_path = path, SOURCE_LINK, .cache = cache };
	struct link build = { .dir_path = path, BUILD_LINK, .cache = cache };

	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	build.dir = dir;
	source.dir = dir;
	return try_make(ctx, &build, tree) ?: make_source(ctx, &source, tree);
}

int kheaders_link_make(struct kheaders_ctx *ctx, const char *tree)
{
	char *cache __cleanup(kh_freep) = kh_cache_path(ctx);
	char *path __cleanup(kh_freep) = link_dir(ctx);
	int err = -EEXIST;
	int i;

	if (!cache || !path)
		return -EINVAL;
	if (!is_ours(cache, tree))
		return kh_error(ctx, -EINVAL,
				"%s: not a tree in the cache, %s; link one of its trees",
				tree, cache);
	/* Another call may make or remove the directory, the link or a temporary one meanwhile. */
	for (i = 0; (err == -EEXIST || err == -ENOENT) && i < TRIES; i++)
		err = make_dirs(ctx, path) ?: make_links(ctx, cache, path, tree);
	if (err == -EEXIST)
		return not_ours(ctx, path);
	return err ? cannot_link(ctx, path, tree, err) : 0;
}

/* Remove the link, which led to @old; -EEXIST if it no longer does: see replace_link() */
static int remove_link(const struct link *link, const char *old)
{
	char temp[64];
	int err = kh_temp_name(temp, sizeof(temp), TEMP);

	if (err)
		return err;
	if (renameat(link->dir, link->name, link->dir, temp))
		return errno == ENOENT ? -EEXIST : -errno;
	if (!leads_to(link->dir, temp, old))
		kh_rename_new(link->dir, temp, link->dir, link->name);
	else if (!unlinkat(link->dir, temp, 0) || errno == ENOENT)
		return 0;
	else
		return -errno;
	return -EEXIST;
}

/*
 * Remove the link, and restore the link that it replaced, if any: 1 if that was done, 0 if
 * there is none of ours, -EEXIST, if it is another one, or was changed meanwhile.
 */
static int try_remove(const struct link *link)
{
	char target[PATH_MAX], saved[PATH_MAX];
	int err, state = state_of(link, target);
	ssize_t n;

	if (state < 0)
		return state;
	if (state != KHEADERS_LINK_OURS)
		return state == KHEADERS_LINK_OTHER ? -EEXIST : 0;
	n = readlinkat(link->dir, link->saved, saved, sizeof(saved) - 1);
	if (n < 0 && errno != ENOENT && errno != EINVAL)
		return -errno;
	if (n < 0)
		return remove_link(link, target) ?: 1;
	saved[n] = '\0';
	err = replace_link(link, target, saved);
	if (!err && unlinkat(link->dir, link->saved, 0) && errno != ENOENT)
		err = -errno;
	return err ?: 1;
}

/*
 * Did a call that was killed leave this entry of MODULES/RELEASE? One that leads to something
 * else is another's, which a call that runs has moved, and moves back.
 */
static bool is_temp(int dir, const char *cache, const char *name)
{
	const char *id = name + strlen(TEMP);
	char target[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (strncmp(name, TEMP, strlen(TEMP)) || !strchr(id, '.') ||
	    id[strspn(id, "0123456789abcdef.")])
		return false;
	n = readlinkat(dir, name, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	return is_tree_name(target) || fstatat(dir, name, &st, 0);
}

/* Did kheaders_link_make() make this entry, or leave it? */
static bool is_made(int dir, const char *cache, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);

	if (n < 0)
		return false;
	target[n] = '\0';
	if (!strcmp(name, BUILD) || !strcmp(name, SOURCE))
		return is_ours(cache, target);
	return !strcmp(name, BUILD_SAVED) || !strcmp(name, SOURCE_SAVED) ||
	       is_temp(dir, cache, name);
}

static bool is_absent(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) && errno == ENOENT;
}

/*
 * Remove the entries of MODULES/RELEASE, @path, that pass @test. If that has removed any, or
 * @removed, the directory may have been made for the links: remove it if it is empty.
 */
static void remove_links(const char *path, const char *cache, bool removed,
			 bool (*test)(int dir, const char *cache, const char *name))
{
	DIR *dir = kh_opendir_at(AT_FDCWD, path);
	struct dirent *entry;

	if (!dir)
		return;
	while (kh_readdir(dir, &entry) > 0)
		if (test(dirfd(dir), cache, entry->d_name) &&
		    !unlinkat(dirfd(dir), entry->d_name, 0))
			removed = true;
	closedir(dir);
	if (removed)
		rmdir(path);
}

/*
 * Has MODULES/RELEASE, @path, only what kheaders_link_make() has made there for @tree, in
 * @cache? Then a package has removed the kernel, and could not remove the directory.
 * Returns 1, 0, or a negative errno.
 */
int kh_link_is_alone(const char *path, const char *cache, const char *tree)
{
	DIR *dir = kh_opendir_at(AT_FDCWD, path);
	struct dirent *entry;
	int ret, more;

	if (!dir)
		return -errno;
	ret = leads_to(dirfd(dir), BUILD, tree) || is_absent(dirfd(dir), BUILD);
	while (ret > 0 && (more = kh_readdir(dir, &entry)))
		ret = more < 0 ? more : is_made(dirfd(dir), cache, entry->d_name);
	closedir(dir);
	return ret;
}

/* Remove all links that are ours, and the directory if nothing else is in it. */
void kh_link_remove_all(const char *path, const char *cache)
{
	remove_links(path, cache, true, is_made);
}

/* As kheaders_link_remove(), without a message: 0, -EEXIST if the link is another's, -errno */
static int remove_both(const char *path, const char *cache)
{
	int dir __cleanup(kh_closep) = -1;
	struct link source = { .dir_path = path, SOURCE_LINK, .cache = cache };
	struct link build = { .dir_path = path, BUILD_LINK, .cache = cache };
	int of_source, of_build = -EEXIST;
	int i;

	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? 0 : -errno;
	build.dir = dir;
	source.dir = dir;
	of_source = try_remove(&source);
	if (of_source < 0 && of_source != -EEXIST)
		return of_source;
	/* Another call may remove it meanwhile. */
	for (i = 0; of_build == -EEXIST && i < TRIES; i++)
		of_build = try_remove(&build);
	if (of_build < 0)
		return of_build;
	remove_links(path, cache, of_source > 0 || of_build > 0, is_temp);
	return 0;
}

/* For the selected kernel, whose tree is going to be removed from @cache */
int kh_link_remove(struct kheaders_ctx *ctx, const char *cache)
{
	char *path __cleanup(kh_freep) = link_dir(ctx);

	return path ? remove_both(path, cache) : -ENOMEM;
}

int kheaders_link_remove(struct kheaders_ctx *ctx)
{
	char *cache __cleanup(kh_freep) = kh_cache_path(ctx);
	char *path __cleanup(kh_freep) = link_dir(ctx);
	int err;

	if (!cache || !path)
		return -EINVAL;
	err = remove_both(path, cache);
	if (err == -EEXIST)
		return not_ours(ctx, path);
	return err ? bad_link(ctx, path, err) : 0;
}
