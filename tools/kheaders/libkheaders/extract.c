// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Unpack the archive into a directory that the caller names: first into a new
 * directory inside it; when all files are complete, they are moved up. Creating the new
 * directory also serves as the lock: if two calls run at once, one fails.
 */

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>

#include "private.h"

#define NEW ".kheaders-new"
#define LINKS_MAX 40	/* as the kernel follows */

static int bad_dir(struct kheaders_ctx *ctx, int err, const char *dir)
{
	return kh_failed(ctx, err, "use another directory", "%s", dir);
}

static int open_dir(struct kheaders_ctx *ctx, const char *dir, bool *made)
{
	int err, fd;

	*made = !mkdir(dir, 0755);
	if (!*made && errno != EEXIST)
		return bad_dir(ctx, -errno, dir);
	/* Others must not put a link in the place of the new directory. */
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (*made ? O_NOFOLLOW : 0));
	if (fd >= 0 && (!*made || !fchmod(fd, 0755)))
		return fd;
	err = bad_dir(ctx, -errno, dir);
	if (fd >= 0)
		close(fd);
	if (*made)
		rmdir(dir);
	return err;
}

static int not_empty(struct kheaders_ctx *ctx, int fd, const char *dir)
{
	struct stat st;

	if (!fstatat(fd, NEW, &st, AT_SYMLINK_NOFOLLOW))
		return kh_error(ctx, -ENOTEMPTY,
				"%s: is not empty: %s is of a call that unpacks there, or was killed; remove it if none runs",
				dir, NEW);
	return kh_error(ctx, -ENOTEMPTY, "%s: is not empty; use an empty or a new directory",
			dir);
}

/* The directory must be empty, apart from @except, which may be NULL. */
static int check_empty(struct kheaders_ctx *ctx, int fd, const char *except, const char *dir)
{
	int ret = kh_is_empty(fd, except);

	if (ret < 0)
		return bad_dir(ctx, ret, dir);
	return ret ? 0 : not_empty(ctx, fd, dir);
}

/*
 * Can other users change what is below @dirfd? In a directory above it, a sticky bit is
 * enough to prevent that; @sticky: S_ISVTX if that is true of @dirfd as well
 */
static bool others_can_change(int dirfd, mode_t sticky)
{
	int fd __cleanup(kh_closep) = -1;
	struct stat st, above;

	fd = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0 || fstat(fd, &st))
		return false;
	for (;;) {
		int parent;

		if (!kh_is_own(st.st_uid) || (st.st_mode & 022 && !(st.st_mode & sticky)))
			return true;
		parent = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (parent < 0)
			return false;
		close(fd);
		fd = parent;
		if (fstat(fd, &above) ||
		    (above.st_ino == st.st_ino && above.st_dev == st.st_dev))
			return false;
		st = above;
		sticky = S_ISVTX;
	}
}

static bool has_link_of_others(const char *path, int *left);

/* Can other users change where this link leads? @path: to it */
static bool others_can_move(const char *path, int *left)
{
	char *copy __cleanup(kh_freep) = strdup(path);
	char *next __cleanup(kh_freep) = NULL;
	int parent __cleanup(kh_closep) = -1;
	char target[PATH_MAX];
	const char *above;
	struct stat st;

	if (!copy || !*left || kh_read_link(AT_FDCWD, path, target) || lstat(path, &st))
		return false;
	--*left;
	above = dirname(copy);
	parent = open(above, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (!kh_is_own(st.st_uid) || (parent >= 0 && others_can_change(parent, S_ISVTX)))
		return true;
	if (asprintf(&next, "%s/%s", *target == '/' ? "" : above, target) < 0)
		next = NULL;
	return next && has_link_of_others(next, left);
}

/* As above, for each link in the path, and in the targets of links; @left: how many */
static bool has_link_of_others(const char *path, int *left)
{
	char *part __cleanup(kh_freep) = strdup(path);
	char *end = part;

	while (end && *end) {
		char saved;

		end += strspn(end, "/");
		end += strcspn(end, "/");
		saved = *end;
		*end = '\0';
		if (others_can_move(part, left))
			return true;
		*end = saved;
	}
	return false;
}

/* Without these, nothing takes the directory for a tree. */
static const char *const last_names[] = { "GNUmakefile", ".kheaders" };

static int put_name(FILE *out, const char *name)
{
	return fputs(name, out) < 0 || putc('\0', out) < 0 ? -ENOMEM : 0;
}

/* Returns the position in last_names, or ARRAY_SIZE(last_names) for other names. */
static size_t find_last(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(last_names) && strcmp(name, last_names[i]); i++)
		;
	return i;
}

/*
 * Store the names of all entries of a directory, each ended by a NUL, to be freed; those
 * of last_names come last.
 */
static int list_names(int dirfd, char **names, size_t *size)
{
	DIR *dir = kh_opendir_at(dirfd, ".");
	FILE *out = dir ? open_memstream(names, size) : NULL;
	struct dirent *entry;
	bool there[ARRAY_SIZE(last_names) + 1] = { };
	int ret = dir && out ? 0 : -errno;
	size_t i;

	while (!ret && (ret = kh_readdir(dir, &entry)) > 0) {
		i = find_last(entry->d_name);
		there[i] = true;
		ret = i < ARRAY_SIZE(last_names) ? 0 : put_name(out, entry->d_name);
	}
	for (i = 0; !ret && i < ARRAY_SIZE(last_names); i++)
		if (there[i])
			ret = put_name(out, last_names[i]);
	if (out)
		ret = kh_close_memory(out) ?: ret;
	if (dir)
		closedir(dir);
	return ret;
}

/* Move all entries, or none. */
static int move_all(int from, int to)
{
	char *names __cleanup(kh_freep) = NULL;
	const char *name, *moved;
	size_t size;
	int err = list_names(from, &names, &size);

	if (err)
		return err;
	for (name = names; name < names + size; name += strlen(name) + 1) {
		err = kh_rename_new(from, name, to, name);
		if (err)
			break;
	}
	for (moved = names; err && moved < name; moved += strlen(moved) + 1)
		kh_rename_new(to, moved, from, moved);
	return err;
}

static int fill(struct kheaders_ctx *ctx, int fd, const char *dir)
{
	int new __cleanup(kh_closep) = -1;
	int err, left;

	if (mkdirat(fd, NEW, 0700))
		return errno == EEXIST ? not_empty(ctx, fd, dir) : bad_dir(ctx, -errno, dir);
	/* Another call may have filled the directory since it was found empty. */
	err = check_empty(ctx, fd, NEW, dir);
	if (!err) {
		new = openat(fd, NEW, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		err = new < 0 ? bad_dir(ctx, -errno, dir) : kh_tree_make(ctx, new, dir);
	}
	if (!err) {
		err = move_all(new, fd);
		if (err)
			bad_dir(ctx, err, dir);
	}
	left = kh_remove_at(fd, NEW);
	if (left) {
		errno = -left;
		kh_log(ctx, LOG_WARNING, "%s/" NEW ": cannot be removed: %m; remove it", dir);
	}
	return err;
}

int kheaders_archive_extract(struct kheaders_ctx *ctx, const char *dir)
{
	int fd __cleanup(kh_closep) = -1;
	int err, left = LINKS_MAX;
	bool made;

	fd = open_dir(ctx, dir, &made);
	if (fd < 0)
		return fd;
	err = check_empty(ctx, fd, NULL, dir);
	if (!err)
		err = fill(ctx, fd, dir);
	if (err && made)
		rmdir(dir);
	if (!err && (others_can_change(fd, 0) || has_link_of_others(dir, &left)))
		kh_log(ctx, LOG_WARNING,
		       "%s: other users can write to this directory, or replace one above it or a link in its path; use a directory that only you can write to",
		       dir);
	return err;
}
