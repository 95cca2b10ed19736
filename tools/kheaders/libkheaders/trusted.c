// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Open directories that no other user can change: each directory in the path belongs
 * to root or to the caller, is writable by its owner only, and is not a link. So no
 * other user can replace a file after it was checked. A sticky bit is not sufficient:
 * any user can create a name in such a directory first.
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
		return kh_failed(ctx, -err, "use another cache", "%s", path);
	}
}

/* Kernels without user namespaces have no uid_map: all users are known. */
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
 * Is @uid root or the caller? In a user namespace, the files of all unmapped users
 * appear to belong to the overflow user, so the overflow user's files are not trusted.
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
	if (!kh_is_own(st.st_uid) && (st.st_uid == geteuid() || !strcmp(path, "/")))
		return kh_error(ctx, -EPERM,
				"%s: belongs to a user whom this user namespace does not map; use %s",
				path, strcmp(path, "/") ? "another cache" : "kheaders extract");
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

/* @access: O_RDONLY, or O_PATH for a directory that the caller may only pass through */
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

/* Open directory @name, whose path is @path: an fd, or a negative errno. */
int kh_trusted_at(struct kheaders_ctx *ctx, int dirfd, const char *name, const char *path)
{
	return open_trusted(ctx, dirfd, name, path, O_RDONLY);
}

/* All users can read root's cache; a user's cache is private. */
static int make_dir(struct kheaders_ctx *ctx, int dirfd, const char *name, const char *path)
{
	mode_t mode = geteuid() ? 0700 : 0755;
	int fd;

	if (mkdirat(dirfd, name, mode) ? errno != EEXIST : fchmodat(dirfd, name, mode, 0))
		return refuse_open(ctx, errno, path);
	fd = open_trusted(ctx, dirfd, name, path, O_PATH);
	return fd == -ENOENT ? refuse_open(ctx, ENOENT, path) : fd;
}

/* Open component @name of the path in directory @dirfd. */
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

/* Returns an fd; -ENOENT, without a message, if @path does not exist and !@create. */
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
