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

/*
 * Could others hold the lock? A copied cache may have another owner or mode, and whoever has
 * opened the file can still lock it. Where the file system keeps neither, a new file would be
 * no better.
 */
static bool is_open_to_others(int cache, int fd)
{
	struct stat st, dir;

	if (fstat(fd, &st) || fstat(cache, &dir))
		return false;
	if (st.st_uid != geteuid() && st.st_uid != dir.st_uid)
		return true;
	return st.st_mode & 077 && !fchmod(fd, 0600) && !fstat(fd, &st) && !(st.st_mode & 077);
}

/* Is this file still the lock? A program that removes old files may have removed it. */
static bool is_lock(int cache, int fd)
{
	struct stat st, lock;

	return !fstat(fd, &st) && !fstatat(cache, LOCK, &lock, AT_SYMLINK_NOFOLLOW) &&
	       st.st_dev == lock.st_dev && st.st_ino == lock.st_ino;
}

/*
 * Returns an fd that holds the lock until it is closed. A file system without locks
 * is no error: a rename decides which caller came first.
 */
int kh_cache_lock(struct kheaders_ctx *ctx, int cache, const char *path, bool *locked)
{
	const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	bool replaced = false;
	int fd, ret;

	for (;;) {
		fd = openat(cache, LOCK, flags, 0600);
		if (fd < 0)
			return kh_failed(ctx, -errno, "make the cache writable, or use another one",
					 "%s: cannot be written", path);
		if (!replaced && is_open_to_others(cache, fd)) {
			if (is_lock(cache, fd))
				unlinkat(cache, LOCK, 0);
			close(fd);
			replaced = true;
			continue;
		}
		do {
			ret = flock(fd, LOCK_EX);
		} while (ret && errno == EINTR);
		*locked = !ret;
		if (!*locked || is_lock(cache, fd))
			return fd;
		close(fd);
	}
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
