// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Helpers for files and directories.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "private.h"

/* Read a file to its end; -EOVERFLOW if it is larger than @max. */
int kh_read_fd(int fd, size_t max, struct kh_blob *blob)
{
	size_t room = 64 << 10;
	struct stat st;

	if (!fstat(fd, &st) && st.st_size > 0 && (uintmax_t)st.st_size <= max)
		room = st.st_size + 2;
	blob->size = 0;
	for (;;) {
		char *data = blob->data ? realloc(blob->data, room) : kh_alloc(room);
		ssize_t n;

		if (!data)
			return -ENOMEM;
		blob->data = data;
		while ((n = read(fd, data + blob->size, room - blob->size - 1))) {
			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				return -errno;
			blob->size += n;
			if (blob->size > max)
				return -EOVERFLOW;
			if (blob->size == room - 1)
				break;
		}
		data[blob->size] = '\0';
		if (!n)
			return 0;
		room *= 2;
	}
}

/* Read a regular file; -EISDIR if it is anything else. Links are not followed. */
int kh_read_at(int dirfd, const char *name, size_t max, struct kh_blob *blob)
{
	int fd __cleanup(kh_closep) = -1;
	struct stat st;

	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EISDIR;
	return kh_read_fd(fd, max, blob);
}

/*
 * Read a symbolic link; @target has room for PATH_MAX. -EEXIST if it is not a link, which
 * readlink() alone does not tell: its EINVAL may also be an error of the file system.
 */
int kh_read_link(int dirfd, const char *name, char *target)
{
	struct stat st;
	ssize_t n;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (!S_ISLNK(st.st_mode))
		return -EEXIST;
	n = readlinkat(dirfd, name, target, PATH_MAX - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	return 0;
}

int kh_write_all(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		size -= n;
	}
	return 0;
}

/* Create and write a file, which must not exist; remove it again if writing fails. */
int kh_write_new_at(int dirfd, const char *name, const void *data, size_t size)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	int err;

	if (fd < 0)
		return -errno;
	err = fchmod(fd, 0644) ? -errno : kh_write_all(fd, data, size);
	if (close(fd) && !err)
		err = -errno;
	if (err)
		unlinkat(dirfd, name, 0);
	return err;
}

/* Close a stream of open_memstream(): 0, or -ENOMEM if a write to it has failed. */
int kh_close_memory(FILE *out)
{
	int failed = ferror(out);

	return fclose(out) || failed ? -ENOMEM : 0;
}

/* Some file systems cannot sync a directory, and do not need to. */
static int synced(int ret)
{
	return !ret || errno == EINVAL || errno == EOPNOTSUPP ? 0 : -errno;
}

int kh_sync_dir(int dirfd)
{
	return synced(fsync(dirfd));
}

/* Sync the whole file system of @fd. */
int kh_sync_all(int fd)
{
	return synced(syncfs(fd));
}

/* Does this error of renameat2() mean that the file system lacks the flag? */
bool kh_lacks_flag(int err)
{
	return err == EINVAL || err == EOPNOTSUPP;
}

/* Rename; -EEXIST if the new name exists. Not all file systems support the flag. */
int kh_rename_new(int from, const char *name, int to, const char *new)
{
	struct stat st;

	if (!renameat2(from, name, to, new, RENAME_NOREPLACE))
		return 0;
	if (!kh_lacks_flag(errno))
		return -errno;
	if (!fstatat(to, new, &st, AT_SYMLINK_NOFOLLOW))
		return -EEXIST;
	return renameat(from, name, to, new) ? -errno : 0;
}

/* A name that is probably unused; the caller detects a conflict with O_EXCL or the like. */
int kh_temp_name(char *name, size_t size, const char *prefix)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now))
		return -errno;
	snprintf(name, size, "%s%lx.%llx%08lx", prefix, (unsigned long)getpid(),
		 (unsigned long long)now.tv_sec, (unsigned long)now.tv_nsec);
	return 0;
}

static bool is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* Open a directory for reading; @dirfd stays open. */
DIR *kh_opendir_at(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

/* Get the next entry other than "." and "..": 1, 0 at the end, or a negative errno. */
int kh_readdir(DIR *dir, struct dirent **entry)
{
	do {
		errno = 0;
		*entry = readdir(dir);
	} while (*entry && is_dot((*entry)->d_name));
	return *entry ? 1 : -errno;
}

/* 1 if the directory is empty apart from @except, which may be NULL; 0, or a negative errno */
int kh_is_empty(int dirfd, const char *except)
{
	DIR *dir = kh_opendir_at(dirfd, ".");
	struct dirent *entry;
	int ret;

	if (!dir)
		return -errno;
	do {
		ret = kh_readdir(dir, &entry);
	} while (ret > 0 && except && !strcmp(entry->d_name, except));
	closedir(dir);
	return ret < 0 ? ret : !ret;
}

/* Remove all entries of a directory; continue after errors, and return the first one. */
int kh_empty(int dirfd)
{
	DIR *dir = kh_opendir_at(dirfd, ".");
	struct dirent *entry;
	int err = 0, more;

	if (!dir)
		return -errno;
	while ((more = kh_readdir(dir, &entry)) > 0) {
		int ret = kh_remove_at(dirfd, entry->d_name);

		if (!err)
			err = ret;
	}
	closedir(dir);
	return err ?: more;
}

/* Remove a file, or a directory with its contents. Links are not followed. */
int kh_remove_at(int dirfd, const char *name)
{
	int fd __cleanup(kh_closep) = -1;
	int err;

	if (!unlinkat(dirfd, name, 0) || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -errno;
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = kh_empty(fd);
	if (unlinkat(dirfd, name, AT_REMOVEDIR) && !err)
		err = -errno;
	return err;
}
