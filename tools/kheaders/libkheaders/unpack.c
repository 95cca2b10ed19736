// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Unpack an archive into a directory that nobody else can write to.
 *
 * libarchive reads the tar, and this file writes to disk: archive_write_disk works on
 * paths and changes the current directory, which a library should not do. An archive
 * of headers needs only directories, regular files and links that stay inside the
 * tree. Anything else is refused, and so are duplicate names.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#if __GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 32)
#include <sys/single_threaded.h>
#else
#define __libc_single_threaded false
#endif

#include "lazy.h"
#include "private.h"

#define OWN_PREFIX ".kheaders-"	/* of the mark, locks and caches in a tree */

/*
 * libarchive takes time that grows with the square of the length of some headers. The
 * packer's are 512 bytes, or some more for a long name.
 */
#define CHUNK		(32u << 10)	/* bytes of the tar for libarchive at once */
#define HEADER_USUAL	(2u << 10)	/* bytes of a header */
#define HEADER_MAX	(64u << 10)	/* bytes read for a header */
#define HEADERS_MAX	(1024u << 10)	/* bytes of all headers that are longer than usual */

/* Directories opened on the way to members, which may be deep and in two by turns */
#define OPENED_MAX	(4u * KH_ENTRIES_MAX)

/**
 * struct unpack - an archive that is being unpacked
 * @ctx: the context
 * @path: path of the directory to unpack into, for messages
 * @xz: source of the tar
 * @xz_err: error of @xz, or 0
 * @tar: reader of the tar
 * @dir: path of the directory of the last member
 * @dirs: fds of the directories in @dir; the first is the directory to unpack into
 * @depth: index of the last of @dirs
 * @alone: no thread of the caller's can change the umask
 * @keeps_modes: new files get the mode that open() is given
 * @entries: number of members and of directories made, so far
 * @opened: number of directories opened so far
 * @done: bytes of the tar read so far
 * @data: bytes of the tar that libarchive gets next
 * @size: number of these
 * @reads_header: libarchive is reading a header
 * @header: bytes read for that header so far
 * @headers: bytes of headers that are longer than usual
 */
struct unpack {
	struct kheaders_ctx *ctx;
	const char *path;
	struct kh_xz *xz;
	int xz_err;
	struct archive *tar;
	char dir[PATH_MAX];
	int dirs[KH_DEPTH_MAX + 1];
	unsigned int depth;
	bool alone;
	bool keeps_modes;
	unsigned int entries;
	unsigned int opened;
	unsigned long long done;
	const char *data;
	size_t size;
	bool reads_header;
	size_t header;
	size_t headers;
};

static void show_progress(struct unpack *u, unsigned long long done)
{
	if (u->ctx->progress)
		u->ctx->progress(u->ctx->progress_data, done, kh_xz_total(u->xz));
}

static ssize_t read_tar(struct archive *tar, void *data, const void **out)
{
	struct unpack *u = data;
	ssize_t n;

	if (!u->size) {
		n = kh_xz_read(u->xz, (const void **)&u->data);
		if (n <= 0) {
			u->xz_err = n;
			return n ? -1 : 0;
		}
		u->size = n;
	}
	n = u->size < CHUNK ? u->size : CHUNK;
	*out = u->data;
	u->data += n;
	u->size -= n;
	u->done += n;
	u->header += n;
	if (u->reads_header && u->header > HEADER_MAX) {
		u->xz_err = -EOVERFLOW;
		return -1;
	}
	show_progress(u, u->done);
	return n;
}

static int bad_archive(struct unpack *u, int err)
{
	switch (err) {
	case -EFBIG:
		return kh_error(u->ctx, err,
				"archive: unpacks to more than %u MiB; this is not an archive of headers",
				KH_UNPACKED_MAX >> 20);
	case -E2BIG:
		return kh_error(u->ctx, -EFBIG,
				"archive: more than %u xz streams or blocks; this is not an archive of headers",
				KH_BLOCKS_MAX);
	case -ENOBUFS:
		return kh_error(u->ctx, -EFBIG,
				"archive: needs more than %u MiB of memory to unpack; this is not an archive of headers",
				KH_MEMORY_MAX >> 20);
	case -EOVERFLOW:
		return kh_error(u->ctx, -EFBIG,
				"archive: headers of its tar are too long; this is not an archive of headers");
	case -EBADMSG:
		return kh_error(u->ctx, err,
				"archive: damaged, truncated or not a tar.xz; get a new copy");
	default:
		return kh_failed(u->ctx, err, "let this program start threads", "archive");
	}
}

/* Why libarchive reads no further */
static int bad_tar(struct unpack *u)
{
	if (!u->xz_err && kh_libarchive.error(u->tar) == ENOMEM)
		return bad_archive(u, -ENOMEM);
	return bad_archive(u, u->xz_err ?: -EBADMSG);
}

static int too_many(struct unpack *u)
{
	return kh_error(u->ctx, -EFBIG,
			"archive: more than %u members and directories; this is not an archive of headers",
			KH_ENTRIES_MAX);
}

static int bad_member(struct unpack *u, const char *name, const char *what)
{
	char clean[128];
	size_t i;

	/* The name is not trusted, and may contain control characters for a terminal. */
	for (i = 0; i < sizeof(clean) - 1 && name[i]; i++)
		clean[i] = name[i] < ' ' || name[i] > '~' ? '?' : name[i];
	clean[i] = '\0';
	return kh_error(u->ctx, -EINVAL, "archive: %s: %s; do not trust the archive", clean, what);
}

static int bad_write(struct unpack *u, const char *name, int err)
{
	return kh_failed(u->ctx, err, "use another directory", "%s%s%s: cannot be written",
			 u->path, *name ? "/" : "", name);
}

/* A file or link cannot be made, because of errno. */
static int bad_new(struct unpack *u, const char *name)
{
	if (errno == EEXIST)
		return bad_member(u, name, "occurs twice, or the file system ignores case");
	return bad_write(u, name, -errno);
}

/*
 * Make the mode independent of the umask, and of a default ACL. Both are the same for the
 * whole tree, unless another thread changes the umask: if one directory has got 0755, then
 * all files get theirs, and the calls for each can be saved.
 */
static int set_mode(struct unpack *u, int fd, mode_t mode)
{
	struct stat st;

	if (u->keeps_modes)
		return 0;
	if (fstat(fd, &st) || (st.st_mode & 07777) != mode)
		return fchmod(fd, mode) ? -errno : 0;
	u->keeps_modes = u->alone && mode == 0755;
	return 0;
}

/*
 * Open a directory in @dirfd, or create it. A new directory counts as an entry, because
 * names can imply directories without a member of their own. -E2BIG if there are too many,
 * -ERANGE if they are opened too often.
 */
static int open_part(struct unpack *u, int dirfd, const char *part)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int err, fd;

	if (++u->opened > OPENED_MAX)
		return -ERANGE;
	fd = openat(dirfd, part, flags);
	if (fd >= 0 || errno != ENOENT)
		return fd < 0 ? -errno : fd;
	if (++u->entries > KH_ENTRIES_MAX)
		return -E2BIG;
	if (mkdirat(dirfd, part, 0755))
		return -errno;
	fd = openat(dirfd, part, flags);
	if (fd < 0)
		return -errno;
	err = set_mode(u, fd, 0755);
	if (err)
		close(fd);
	return err ?: fd;
}

static bool is_in(const char *name, const char *dir)
{
	size_t length = strlen(dir);

	return !length || (!strncmp(name, dir, length) && (!name[length] || name[length] == '/'));
}

static void leave_dir(struct unpack *u)
{
	char *slash = strrchr(u->dir, '/');

	close(u->dirs[u->depth--]);
	*(slash ?: u->dir) = '\0';
}

/* Returns the rest of @name, a path from the current directory. */
static const char *enter_part(struct unpack *u, const char *name, int *err)
{
	int length = strcspn(name, "/");
	char part[PATH_MAX];

	snprintf(part, sizeof(part), "%.*s", length, name);
	*err = open_part(u, u->dirs[u->depth], part);
	if (*err >= 0) {
		u->dirs[++u->depth] = *err;
		strcat(strcat(u->dir, *u->dir ? "/" : ""), part);
		*err = 0;
	}
	return name + length + (name[length] == '/');
}

/* Make @name the current directory, u->dir; links in its path are not followed. */
static int enter_dir(struct unpack *u, const char *name)
{
	const char *rest;
	int err = 0;

	while (!is_in(name, u->dir))
		leave_dir(u);
	rest = name + strlen(u->dir);
	rest += *rest == '/';
	while (!err && *rest)
		rest = enter_part(u, rest, &err);
	switch (err) {
	case -ELOOP:
	case -ENOTDIR:
		return bad_member(u, name, "goes through a link or a file");
	case -E2BIG:
		return too_many(u);
	case -ERANGE:
		return kh_error(u->ctx, -EFBIG,
				"archive: opens directories more than %u times; this is not an archive of headers",
				OPENED_MAX);
	default:
		return err ? bad_write(u, name, err) : 0;
	}
}

/* Enter the directory of a member; returns the last component of its name. */
static const char *enter_dir_of(struct unpack *u, const char *name, int *err)
{
	const char *slash = strrchr(name, '/');
	char dir[PATH_MAX] = "";

	if (slash)
		memcpy(dir, name, slash - name);
	*err = enter_dir(u, dir);
	return slash ? slash + 1 : name;
}

/* Holes are refused: a file with holes could have any size. */
static int write_data(struct unpack *u, const char *name, int fd, int64_t file_size)
{
	off_t position = 0;
	const void *data;
	int64_t offset;
	size_t size;
	int ret;

	while ((ret = kh_libarchive.read_data_block(u->tar, &data, &size, &offset)) == ARCHIVE_OK) {
		int err;

		if (offset != position)
			return bad_member(u, name, "has holes");
		err = kh_write_all(fd, data, size);
		if (err)
			return bad_write(u, name, err);
		position += size;
	}
	if (ret != ARCHIVE_EOF)
		return bad_tar(u);
	return position == file_size ? 0 : bad_member(u, name, "has holes");
}

/* Set-uid bits are dropped. */
static int unpack_file(struct unpack *u, const char *name, struct archive_entry *entry)
{
	mode_t mode = kh_libarchive.entry_perm(entry) & 0111 ? 0755 : 0644;
	int err, fd;
	const char *base = enter_dir_of(u, name, &err);

	if (err)
		return err;
	fd = openat(u->dirs[u->depth], base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    mode);
	if (fd < 0)
		return bad_new(u, name);
	err = set_mode(u, fd, mode);
	err = err ? bad_write(u, name, err) :
		    write_data(u, name, fd, kh_libarchive.entry_size(entry));
	if (close(fd) && !err)
		err = bad_write(u, name, -errno);
	return err;
}

static int unpack_symlink(struct unpack *u, const char *name, const char *target)
{
	const char *base;
	int err;

	if (!target || !kh_target_stays_inside(name, target))
		return bad_member(u, name, "is a link that leads outside");
	base = enter_dir_of(u, name, &err);
	if (err)
		return err;
	if (symlinkat(target, u->dirs[u->depth], base))
		return bad_new(u, name);
	return 0;
}

/*
 * A hard link must point to a regular file: a symbolic link would lead elsewhere from
 * another directory.
 */
static int unpack_hardlink(struct unpack *u, const char *name, const char *raw)
{
	int from __cleanup(kh_closep) = -1;
	char target[PATH_MAX];
	const char *base, *target_base;
	struct stat st;
	int err;

	if (kh_name_clean(raw, target, sizeof(target)) || !*target)
		return bad_member(u, name, "is a hard link that leads outside");
	target_base = enter_dir_of(u, target, &err);
	if (err)
		return err;
	from = fcntl(u->dirs[u->depth], F_DUPFD_CLOEXEC, 0);
	if (from < 0)
		return bad_write(u, name, -errno);
	if (fstatat(from, target_base, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return bad_member(u, name, "hard link target is not a file of the archive");
	base = enter_dir_of(u, name, &err);
	if (err)
		return err;
	if (linkat(from, target_base, u->dirs[u->depth], base, 0))
		return bad_new(u, name);
	return 0;
}

static int unpack_member(struct unpack *u, struct archive_entry *entry)
{
	const char *raw = kh_libarchive.entry_pathname(entry);
	const char *hardlink = kh_libarchive.entry_hardlink(entry);
	char name[PATH_MAX];

	if (++u->entries > KH_ENTRIES_MAX)
		return too_many(u);
	if (!raw || kh_name_clean(raw, name, sizeof(name)))
		return bad_member(u, raw ?: "?", "is not a valid name for a file of the kernel");
	if (!strncmp(name, OWN_PREFIX, strlen(OWN_PREFIX)))
		return bad_member(u, name, "is a name of files that kheaders makes");
	if (kh_libarchive.entry_filetype(entry) == AE_IFDIR && !hardlink)
		return enter_dir(u, name);
	if (!*name)
		return bad_member(u, raw, "is the root, and not a directory");
	if (hardlink)
		return unpack_hardlink(u, name, hardlink);
	if (kh_libarchive.entry_filetype(entry) == AE_IFREG)
		return unpack_file(u, name, entry);
	if (kh_libarchive.entry_filetype(entry) == AE_IFLNK)
		return unpack_symlink(u, name, kh_libarchive.entry_symlink(entry));
	return bad_member(u, name, "is neither a directory, a file nor a link");
}

/* Verify the data after the end of the tar as well. */
static int read_to_end(struct unpack *u)
{
	const void *data;
	ssize_t n;

	do {
		n = kh_xz_read(u->xz, &data);
	} while (n > 0);
	if (n)
		return bad_archive(u, n);
	show_progress(u, kh_xz_total(u->xz));
	return 0;
}

/* Returns what libarchive does. */
static int next_header(struct unpack *u, struct archive_entry **entry)
{
	la_int64_t begin = kh_libarchive.filter_bytes(u->tar, 0);
	la_int64_t size;
	int ret;

	u->header = 0;
	u->reads_header = true;
	ret = kh_libarchive.read_next_header(u->tar, entry);
	u->reads_header = false;
	size = kh_libarchive.filter_bytes(u->tar, 0) - begin;
	if (size > HEADER_USUAL)
		u->headers += size;
	return ret;
}

static int unpack_members(struct unpack *u)
{
	struct archive_entry *entry;
	int ret, err;

	while ((ret = next_header(u, &entry)) == ARCHIVE_OK) {
		if (u->headers > HEADERS_MAX)
			return bad_archive(u, -EOVERFLOW);
		err = unpack_member(u, entry);
		if (err)
			return err;
	}
	if (ret == ARCHIVE_WARN)
		return bad_member(u, kh_libarchive.entry_pathname(entry) ?: "?",
				  "is not a valid name for a file of the kernel");
	if (ret != ARCHIVE_EOF)
		return bad_tar(u);
	if (!u->entries)
		return kh_error(u->ctx, -EBADMSG, "archive: empty; get a new copy");
	return read_to_end(u);
}

static int open_tar(struct unpack *u)
{
	u->tar = kh_libarchive.read_new();
	if (!u->tar || kh_libarchive.read_support_format_tar(u->tar) != ARCHIVE_OK)
		return bad_archive(u, -ENOMEM);
	if (kh_libarchive.read_open(u->tar, u, NULL, read_tar, NULL) != ARCHIVE_OK)
		return bad_tar(u);
	return 0;
}

/* Unpack into directory @dirfd, whose path is @path. */
int kh_unpack(struct kheaders_ctx *ctx, const struct kh_blob *archive, int dirfd,
	      const char *path)
{
	struct unpack u = { .ctx = ctx, .path = path, .dirs = { dirfd } };
	int err;

	/* Before this library has threads of its own */
	u.alone = __libc_single_threaded;
	err = kh_xz_open(archive->data, archive->size, &u.xz);
	if (err)
		return bad_archive(&u, err);
	/* The threads of xz are at work while libarchive is loaded. */
	err = kh_load_libarchive(ctx) ?: open_tar(&u);
	if (!err)
		err = unpack_members(&u);
	if (u.tar)
		kh_libarchive.read_free(u.tar);
	kh_xz_close(u.xz);
	while (u.depth)
		leave_dir(&u);
	return err;
}
