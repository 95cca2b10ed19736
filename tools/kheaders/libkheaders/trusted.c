// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Directories that nobody else can change: each one on the way from the root
 * belongs to root or to the caller, can be written by its owner only, and is
 * no link. So nothing that was found there can be exchanged afterwards. A
 * sticky bit does not help: anybody may add a name to such a directory first.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "private.h"

static int refuse_open(struct kheaders_ctx *ctx, int err, const char *path)
{
	switch (err) {
	case ELOOP:
	case ENOTDIR:
		return kh_error(ctx, -err,
				"%s: is a symbolic link or not a directory; give the real path of the cache",
				path);
	case EROFS:
		return kh_error(ctx, -err, "%s: on a read-only file system; use another cache",
				path);
	default:
		errno = err;
		return kh_error(ctx, -err, "%s: %m; use another cache", path);
	}
}

/* Without user namespaces, all users are known. */
static bool all_users_are_mapped(void)
{
	struct kh_blob map __cleanup(kh_blob_free) = { };
	int err = kh_read_at(AT_FDCWD, "/proc/self/uid_map", 4096, &map);
	unsigned int inside, outside, n;

	if (err)
		return err == -ENOENT && !access("/proc/self/stat", F_OK);
	return sscanf(map.data, "%u %u %u", &inside, &outside, &n) == 3 && !inside &&
	       n == UINT32_MAX;
}

/*
 * Does it belong to root or the caller? In a user namespace, files of all users
 * that it does not map seem to belong to the overflow user: those are nobody's own.
 */
bool kh_is_own(uid_t uid)
{
	struct kh_blob overflow __cleanup(kh_blob_free) = { };
	unsigned long nobody = 65534;

	if (!uid || uid != geteuid())
		return !uid;
	if (!kh_read_at(AT_FDCWD, "/proc/sys/kernel/overflowuid", 64, &overflow))
		nobody = strtoul(overflow.data, NULL, 10);
	return uid != nobody || all_users_are_mapped();
}

static int check_owner(struct kheaders_ctx *ctx, int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st))
		return refuse_open(ctx, errno, path);
	if (!kh_is_own(st.st_uid) && st.st_uid == geteuid())
		return kh_error(ctx, -EPERM,
				"%s: belongs to a user whom this user namespace does not map; use another cache",
				path);
	if (!kh_is_own(st.st_uid))
		return kh_error(ctx, -EPERM,
				"%s: belongs to user %u, who could replace its contents; use another cache",
				path, st.st_uid);
	if (st.st_mode & 022)
		return kh_error(ctx, -EPERM,
				"%s: mode %04o lets others replace its contents; run chmod go-w, or use another cache",
				path, st.st_mode & 07777);
	return 0;
}

/* @access: O_RDONLY, or O_PATH to go through it, which may be all that is allowed */
static int open_trusted(struct kheaders_ctx *ctx, int dirfd, const char *name, const char *path,
			int access)
{
	int fd = openat(dirfd, name, access | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int err;

	if (fd < 0)
		return errno == ENOENT ? -ENOENT : refuse_open(ctx, errno, path);
	err = check_owner(ctx, fd, path);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

/* Open directory @name, whose path is @path: an fd, or why it is not trusted. */
int kh_trusted_at(struct kheaders_ctx *ctx, int dirfd, const char *name, const char *path)
{
	return open_trusted(ctx, dirfd, name, path, O_RDONLY);
}

/* What root has is for all to read, what a user has is not. */
static int make_dir(struct kheaders_ctx *ctx, int dirfd, const char *name, const char *path)
{
	mode_t mode = geteuid() ? 0700 : 0755;
	int fd;

	if (mkdirat(dirfd, name, mode) ? errno != EEXIST : fchmodat(dirfd, name, mode, 0))
		return refuse_open(ctx, errno, path);
	fd = open_trusted(ctx, dirfd, name, path, O_PATH);
	return fd == -ENOENT ? refuse_open(ctx, ENOENT, path) : fd;
}

/* One step: from directory @dirfd to @name. */
static int step(struct kheaders_ctx *ctx, int dirfd, const char *name, const char *path,
		bool create)
{
	int fd;

	if (!strcmp(name, "..") || !strcmp(name, "."))
		return kh_error(ctx, -EINVAL,
				"%s: has . or .. as a component; give the real path of the cache",
				path);
	fd = open_trusted(ctx, dirfd, name, path, O_PATH);
	if (fd == -ENOENT && create)
		fd = make_dir(ctx, dirfd, name, path);
	return fd;
}

/* An fd; -ENOENT, without a message, if it is not there and not to be made. */
int kh_trusted_open(struct kheaders_ctx *ctx, const char *path, bool create)
{
	char *copy __cleanup(kh_freep) = strdup(path);
	char *name, *next;
	int fd;

	if (!copy)
		return kh_error(ctx, -ENOMEM, "out of memory");
	if (*path != '/')
		return kh_error(ctx, -EINVAL,
				"%s: not an absolute path; give the absolute path of the cache",
				path);
	fd = open_trusted(ctx, AT_FDCWD, "/", "/", O_PATH);
	for (name = copy; fd >= 0; name = next) {
		int dirfd = fd;
		char end;

		name += strspn(name, "/");
		if (!*name)
			break;
		next = name + strcspn(name, "/");
		end = *next;
		*next = '\0';
		fd = step(ctx, dirfd, name, copy, create);
		*next = end;
		close(dirfd);
	}
	if (fd >= 0) {
		int dirfd = fd;

		fd = kh_trusted_at(ctx, dirfd, ".", path);
		close(dirfd);
	}
	return fd;
}
