// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The directory of the cache: its path, its lock, and how entries are removed from it.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "private.h"

#define LOCK ".lock"
#define LITTER_AGE 3600

/* Returns a path, to be freed, without double slashes or one at the end. */
static char *below(const char *dir, const char *name)
{
	char *path, *from, *to;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return NULL;
	for (from = path, to = path; *from; from++)
		if (*from != '/' || (from[1] && from[1] != '/'))
			*to++ = *from;
	if (to == path)
		*to++ = '/';
	*to = '\0';
	return path;
}

/*
 * Returns the path of the cache, or NULL, with a message. A set-uid program ignores
 * the environment, because its caller controls the environment.
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
			 "cache: neither XDG_CACHE_HOME nor HOME is an absolute path; set one, or give the path of the cache");
		return NULL;
	}
	if (!path)
		kh_error(ctx, -ENOMEM, "out of memory");
	return path;
}

/* See kh_lock_at(); without locks, a rename decides which caller came first. */
int kh_cache_lock(struct kheaders_ctx *ctx, int cache, const char *path, bool *locked)
{
	int fd = kh_lock_at(cache, LOCK, LOCK_EX, locked);

	return fd >= 0 ? fd : kh_failed(ctx, fd, "make the cache writable, or use another one",
					"%s: cannot be written", path);
}

/* Is this a name by kh_temp_name()? */
static bool is_litter(const char *name, const char *prefix)
{
	const char *id = name + strlen(prefix);

	return !strncmp(name, prefix, strlen(prefix)) &&
	       id[strspn(id, "0123456789abcdef.")] == '\0';
}

/* Litter with a time in the future, from before the clock was set back, is old as well. */
static bool is_old(int dirfd, const char *name)
{
	struct stat st;
	long long age;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
		return false;
	age = (long long)time(NULL) - st.st_ctim.tv_sec;
	return age > LITTER_AGE || age < -LITTER_AGE;
}

/*
 * Remove what calls that were killed have left. A call that makes a tree holds the lock, so
 * litter found under the lock was left. Otherwise, only age tells.
 */
int kh_remove_litter(int dirfd, const char *prefix, bool locked)
{
	DIR *dir = kh_opendir_at(dirfd, ".");
	struct dirent *entry;
	int err = 0, more;

	if (!dir)
		return -errno;
	while ((more = kh_readdir(dir, &entry)) > 0) {
		int ret = 0;

		if (is_litter(entry->d_name, prefix) && (locked || is_old(dirfd, entry->d_name)))
			ret = kh_remove_at(dirfd, entry->d_name);
		if (!err)
			err = ret;
	}
	closedir(dir);
	return err ?: more;
}

int kh_cache_remove_litter(int cache, bool locked)
{
	int err = kh_remove_litter(cache, ".new-", locked);

	return kh_remove_litter(cache, ".old-", locked) ?: err;
}

/*
 * Rename the directory first, so that it becomes litter if removing it fails or is
 * interrupted. A directory in a lower layer of an overlay mount cannot be renamed;
 * remove its mark first instead.
 */
int kh_cache_remove(int cache, const char *name)
{
	char old[64], mark[NAME_MAX + sizeof(KH_MARK) + 1];
	int err = kh_temp_name(old, sizeof(old), ".old-");

	if (err)
		return err;
	if (!renameat(cache, name, cache, old)) {
		kh_remove_at(cache, old);
		return 0;
	}
	if (errno == ENOENT)
		return 0;
	if (errno != EXDEV)
		return -errno;
	snprintf(mark, sizeof(mark), "%s/" KH_MARK, name);
	if (unlinkat(cache, mark, 0) && errno != ENOENT)
		return -errno;
	return kh_remove_at(cache, name);
}
