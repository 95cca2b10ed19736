// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Locks that other users cannot hold.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>

#include "private.h"

/*
 * Could others hold the lock? A copied directory may have another owner or mode, and whoever
 * has opened the file can still lock it. Where the file system keeps neither, a new file
 * would be no better.
 */
static bool is_open_to_others(int dirfd, int fd)
{
	struct stat st, dir;

	if (fstat(fd, &st) || fstat(dirfd, &dir))
		return false;
	if (st.st_uid != geteuid() && st.st_uid != dir.st_uid)
		return true;
	return st.st_mode & 077 && !fchmod(fd, 0600) && !fstat(fd, &st) && !(st.st_mode & 077);
}

/*
 * Is this file still the lock? The one who held it, or a program that removes old files, may
 * have removed it. Returns 1, 0, or a negative errno.
 */
static int is_lock(int dirfd, const char *name, int fd)
{
	struct stat st, lock;

	if (fstat(fd, &st) || fstatat(dirfd, name, &lock, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT || errno == ESTALE ? 0 : -errno;
	return st.st_dev == lock.st_dev && st.st_ino == lock.st_ino;
}

/*
 * Does this error of flock() mean that the file system has no locks? File systems say that in
 * several ways.
 */
static bool lacks_locks(int err)
{
	return err != EWOULDBLOCK && err != EIO && err != ENOMEM && err != ENOSPC;
}

/*
 * Take the lock @name in a directory. @operation: of flock(); with LOCK_NB, -EWOULDBLOCK is
 * returned instead of waiting. Returns an fd that holds the lock until kh_unlockp(), or until
 * it is closed in all processes; or a negative errno. A file system without locks is no
 * error, but then *@locked is false.
 */
int kh_lock_at(int dirfd, const char *name, int operation, bool *locked)
{
	const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	bool replaced = false;
	int fd, ret;

	for (;;) {
		fd = openat(dirfd, name, flags, 0600);
		if (fd < 0)
			return -errno;
		if (!replaced && is_open_to_others(dirfd, fd)) {
			if (is_lock(dirfd, name, fd) > 0)
				unlinkat(dirfd, name, 0);
			close(fd);
			replaced = true;
			continue;
		}
		do {
			ret = flock(fd, operation);
		} while (ret && errno == EINTR);
		if (ret && !lacks_locks(errno)) {
			ret = -errno;
			close(fd);
			return ret;
		}
		*locked = !ret;
		ret = *locked ? is_lock(dirfd, name, fd) : 1;
		if (ret > 0)
			return fd;
		close(fd);
		if (ret)
			return ret;
	}
}

/*
 * Lock the tree @name in a cache: LOCK_SH while programs are built in it, LOCK_EX to remove
 * it. The lock is beside the tree, because users copy trees, and cannot read a lock.
 */
int kh_lock_tree(int cache, const char *name, int operation)
{
	char lock[NAME_MAX + sizeof(KH_TREE_LOCK)];
	bool locked;

	snprintf(lock, sizeof(lock), KH_TREE_LOCK "%s", name);
	return kh_lock_at(cache, lock, operation, &locked);
}

/* A process that was forked meanwhile has the file open as well, and keeps no lock. */
void kh_unlockp(int *fd)
{
	if (*fd < 0)
		return;
	flock(*fd, LOCK_UN);
	close(*fd);
}
