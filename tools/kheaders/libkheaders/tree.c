// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Read .kheaders of a tree, and check that the tree is the right one.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "private.h"

#define INFO_MAX (64u << 10)

/* In shell quoting, an apostrophe within apostrophes is '\''. */
static void unquote(char *value)
{
	while (value && (value = strstr(value, "'\\''"))) {
		value++;
		memmove(value, value + 3, strlen(value + 3) + 1);
	}
}

/*
 * The archive is not trusted, and a value may be printed on a terminal, which
 * interprets control characters, even in UTF-8. Keep only printable ASCII.
 */
static int copy_value(const char *value, size_t length, char **copy)
{
	bool quoted = length >= 2 && value[0] == '\'' && value[length - 1] == '\'';
	char *p;

	*copy = quoted ? strndup(value + 1, length - 2) : strndup(value, length);
	if (quoted)
		unquote(*copy);
	for (p = *copy; p && *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return *copy ? 0 : -ENOMEM;
}

/* Find the line of @text that starts with @start and ends with @end; copy the rest. */
static int find_value(const char *text, const char *start, const char *end, char **value)
{
	while (text) {
		size_t length = strcspn(text, "\n");

		if (length >= strlen(start) + strlen(end) &&
		    !strncmp(text, start, strlen(start)) &&
		    !strncmp(text + length - strlen(end), end, strlen(end)))
			return copy_value(text + strlen(start),
					  length - strlen(start) - strlen(end), value);
		text = text[length] ? text + length + 1 : NULL;
	}
	return -ENOENT;
}

/* A link, a directory, or a file of another size is no such file: -ENOENT. */
static int read_file(int tree, const char *name, struct kh_blob *blob)
{
	int err = kh_read_at(tree, name, INFO_MAX, blob);

	switch (err) {
	case -ELOOP:
	case -EISDIR:
	case -ENOTDIR:
	case -EOVERFLOW:
		return -ENOENT;
	default:
		return err;
	}
}

/*
 * In an archive without .kheaders, a header has the release. -ENOENT if there is no such
 * value; any other error says nothing about the tree.
 */
int kh_tree_value(int tree, const char *key, char **value)
{
	struct kh_blob info __cleanup(kh_blob_free) = { };
	int err = read_file(tree, ".kheaders", &info);
	char start[64];

	if (!err) {
		snprintf(start, sizeof(start), "%s=", key);
		return find_value(info.data, start, "", value);
	}
	if (err != -ENOENT || strcmp(key, "RELEASE"))
		return err;
	err = read_file(tree, "include/generated/utsrelease.h", &info);
	return err ?: find_value(info.data, "#define UTS_RELEASE \"", "\"", value);
}

int kheaders_tree_value(struct kheaders_ctx *ctx, const char *tree,
			const char *key, char **value)
{
	int fd __cleanup(kh_closep) = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -ENOENT : kh_tree_value(fd, key, value);
}

/* As kh_tree_value(), with a message; without such a value, *@value is NULL. */
static int get_value(struct kheaders_ctx *ctx, int tree, const char *path, const char *key,
		     char **value)
{
	int err = kh_tree_value(tree, key, value);

	if (!err || err == -ENOENT)
		return 0;
	return kh_failed(ctx, err, "look for errors of the disk in the kernel's log",
			 "%s/.kheaders: cannot be read", path);
}

static int check_release(struct kheaders_ctx *ctx, int tree, const char *path)
{
	char *release __cleanup(kh_freep) = NULL;
	const char *wanted = kheaders_kernel_release(ctx);
	int err = get_value(ctx, tree, path, "RELEASE", &release);

	if (err)
		return err;
	if (!release)
		return kh_error(ctx, -EINVAL,
				"%s: has no release; this is not an archive of headers",
				path);
	if (ctx->options[KHEADERS_ARCHIVE] && !ctx->options[KHEADERS_RELEASE])
		return 0;
	if (strcmp(release, wanted))
		return kh_error(ctx, -ESTALE,
				"%s: belongs to %.100s, not to %s; use that kernel's own archive",
				path, release, wanted);
	return 0;
}

/* A tree of the same release may still belong to another build. */
static int check_id(struct kheaders_ctx *ctx, int tree, const char *path)
{
	char *id __cleanup(kh_freep) = NULL;
	char wanted[KH_BUILD_MAX];
	int err;

	if (ctx->options[KHEADERS_ARCHIVE] || kh_kernel_archive_id(ctx, wanted))
		return 0;
	err = get_value(ctx, tree, path, "ID", &id);
	if (err)
		return err;
	if (!id || strcmp(id, wanted))
		return kh_error(ctx, -ESTALE,
				"%s: belongs to another build of %s; install the kheaders.ko of the running build",
				path, kheaders_kernel_release(ctx));
	return 0;
}

static int check_last(struct kheaders_ctx *ctx, int tree, const char *path)
{
	char *last __cleanup(kh_freep) = NULL;
	char name[PATH_MAX];
	struct stat st;
	int err = get_value(ctx, tree, path, "LAST", &last);

	if (err || !last)
		return err;
	if (kh_name_clean(last, name, sizeof(name)) ||
	    fstatat(tree, name, &st, AT_SYMLINK_NOFOLLOW))
		return kh_error(ctx, -EBADMSG,
				"%s: truncated, its last file is missing; get a new copy",
				path);
	return 0;
}

/* Is the tree complete, and does it belong to the selected kernel? @path: for messages */
int kh_tree_check(struct kheaders_ctx *ctx, int tree, const char *path)
{
	int err = check_last(ctx, tree, path);

	if (!err)
		err = check_release(ctx, tree, path);
	return err ?: check_id(ctx, tree, path);
}

/* Get the archive and unpack it into an empty directory. */
int kh_tree_make(struct kheaders_ctx *ctx, int dirfd, const char *path)
{
	struct kh_blob archive __cleanup(kh_blob_free) = { };
	int err = kh_archive_read(ctx, &archive);

	if (!err)
		err = kh_unpack(ctx, &archive, dirfd, path);
	return err ?: kh_tree_check(ctx, dirfd, path);
}
