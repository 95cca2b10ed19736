// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The mark of a complete tree. The mark lists everything that was unpacked: each
 * directory with its ctime, then the directory's files. A directory whose ctime is
 * unchanged has lost no file; an mtime could have been set back, as programs that remove
 * old files do. So a check looks at some hundred directories, and at files only in
 * directories where a file was made or removed since.
 *
 * Writing the mark changes the ctime of the root, so its files are always checked.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "private.h"

#define MARK_HEAD "kheaders tree 1\n"
#define MARK_TAIL "end\n"
#define MARK_MAX (16u << 20)
#define TIME_MAX 48

/* @text has room for TIME_MAX. */
static void time_of(const struct stat *st, char *text)
{
	snprintf(text, TIME_MAX, "%lld.%09ld", (long long)st->st_ctim.tv_sec,
		 (long)st->st_ctim.tv_nsec);
}

static int is_directory(int dirfd, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	if (fstatat(dirfd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	return S_ISDIR(st.st_mode);
}

static int list_dir(int root, char *path, FILE *out);

/* @path: of PATH_MAX bytes, which all calls share, as a thread may have little stack */
static int list_child(int root, char *path, const char *name, FILE *out)
{
	size_t length = strlen(path), room = PATH_MAX - length;
	int err = -ENAMETOOLONG;

	if (snprintf(path + length, room, "%s%s", length ? "/" : "", name) < (int)room)
		err = list_dir(root, path, out);
	path[length] = '\0';
	return err;
}

/* List the files of a directory; the names of the directories in it go to @children. */
static int list_files(DIR *dir, FILE *out, FILE *children)
{
	struct dirent *entry;
	int more;

	while ((more = kh_readdir(dir, &entry)) > 0) {
		int is_dir = is_directory(dirfd(dir), entry);

		if (is_dir < 0)
			return is_dir;
		if (is_dir)
			fprintf(children, "%s%c", entry->d_name, '\0');
		else
			fprintf(out, "F %s\n", entry->d_name);
	}
	return more;
}

/* A caller of kheaders_extra_get() may have made it with an umask of 002. */
static int stat_closed(int dir, struct stat *st)
{
	if (fstat(dir, st))
		return -errno;
	if (!(st->st_mode & 022))
		return 0;
	return fchmod(dir, st->st_mode & 07755) || fstat(dir, st) ? -errno : 0;
}

/* List a directory itself, and its files, which follow its name. */
static int list_alone(int root, const char *path, FILE *out, FILE *children)
{
	DIR *dir = kh_opendir_at(root, *path ? path : ".");
	struct stat st = { };
	char time[TIME_MAX];
	int err = 0;

	if (!dir)
		return -errno;
	if (*path)
		err = stat_closed(dirfd(dir), &st);
	if (!err) {
		time_of(&st, time);
		fprintf(out, "D %s %s\n", time, *path ? path : ".");
		err = list_files(dir, out, children);
	}
	closedir(dir);
	return err;
}

static int list_dir(int root, char *path, FILE *out)
{
	char *names __cleanup(kh_freep) = NULL;
	size_t size, done;
	FILE *children = open_memstream(&names, &size);
	int err;

	if (!children)
		return -ENOMEM;
	err = list_alone(root, path, out, children);
	err = kh_close_memory(children) ?: err;
	for (done = 0; !err && done < size; done += strlen(names + done) + 1)
		err = list_child(root, path, names + done, out);
	return err;
}

/*
 * Mark a tree as complete; the caller syncs the tree. Returns -EOVERFLOW if the mark
 * would be too large for kh_mark_check().
 */
int kh_mark_write(int tree)
{
	char *text __cleanup(kh_freep) = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	char path[PATH_MAX] = "";
	int err;

	if (!out)
		return -ENOMEM;
	fputs(MARK_HEAD, out);
	err = list_dir(tree, path, out);
	fputs(MARK_TAIL, out);
	err = kh_close_memory(out) ?: err;
	if (!err && size > MARK_MAX)
		err = -EOVERFLOW;
	return err ?: kh_write_new_at(tree, KH_MARK, text, size);
}

/*
 * Check the line of a directory: 1 if the directory has changed, so that its files
 * must be checked, 0 if not, or a negative errno. @owner: of the tree, who is trusted
 */
static int check_dir(int tree, uid_t owner, char *line, int *dirfd)
{
	char *path = strchr(line, ' ');
	char time[TIME_MAX];
	struct stat st;

	if (!path)
		return -EINVAL;
	*path++ = '\0';
	if (fstatat(tree, path, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (!S_ISDIR(st.st_mode) || st.st_mode & 022 || (st.st_uid && st.st_uid != owner))
		return -EINVAL;
	time_of(&st, time);
	if (!strcmp(time, line))
		return 0;
	if (*dirfd >= 0)
		close(*dirfd);
	*dirfd = openat(tree, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *dirfd < 0 ? -errno : 1;
}

static int check_file(int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	return S_ISREG(st.st_mode) || S_ISLNK(st.st_mode) ? 0 : -EINVAL;
}

static int check_lines(int tree, uid_t owner, char *line)
{
	int dirfd __cleanup(kh_closep) = -1;
	int changed = 0;
	char *next;
	int err;

	for (; strcmp(line, MARK_TAIL); line = next) {
		next = strchr(line, '\n');
		if (!next)
			return -EINVAL;
		*next++ = '\0';
		if (!strncmp(line, "D ", 2)) {
			changed = check_dir(tree, owner, line + 2, &dirfd);
			if (changed < 0)
				return changed;
		} else if (strncmp(line, "F ", 2)) {
			return -EINVAL;
		} else if (!changed) {
			continue;
		} else {
			err = check_file(dirfd, line + 2);
			if (err)
				return err;
		}
	}
	return 0;
}

/* Returns 0 if no unpacked file is missing, and others can write to no directory. */
int kh_mark_check(int tree)
{
	struct kh_blob mark __cleanup(kh_blob_free) = { };
	int err = kh_read_at(tree, KH_MARK, MARK_MAX, &mark);
	struct stat st;

	if (err)
		return err;
	if (fstat(tree, &st))
		return -errno;
	if (strncmp(mark.data, MARK_HEAD, strlen(MARK_HEAD)))
		return -EINVAL;
	return check_lines(tree, st.st_uid, mark.data + strlen(MARK_HEAD));
}
