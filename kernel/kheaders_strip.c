// SPDX-License-Identifier: GPL-2.0
/*
 * Copy files of the kernel tree, without the comments in C files.
 *
 * The copies have the same tokens on the same lines, so __LINE__, diagnostics and
 * bug tables are those of the originals.
 *
 * Usage: kheaders_strip [-k] FROM TO < LIST
 *
 * LIST has one path per line, relative to FROM; each file is copied to the same
 * path below TO. Comments are stripped from *.h and *.c, unless -k is given; other
 * files are copied unchanged. Two kinds of comments are kept: those with SPDX, and those
 * that tell the compiler that a case continues into the next. Symbolic links are copied
 * as the files that they point to. Executable files get mode 0755, others 0644. Exit
 * status: 0, or 1 with a message that names the file.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kheaders_lexer.h"

/* Buffers for reading and writing files, grown as needed and never freed */
static char *text, *stripped;
static size_t text_size;

static void die(const char *dir, const char *path)
{
	fprintf(stderr, "kheaders_strip: %s/%s: %s\n", dir, path, strerror(errno));
	exit(1);
}

static void reserve(size_t size)
{
	if (size <= text_size)
		return;
	text_size = size * 2;
	text = realloc(text, text_size + LEXER_PADDING);
	stripped = realloc(stripped, stripped_max(text_size));
	if (!text || !stripped) {
		fprintf(stderr, "kheaders_strip: out of memory\n");
		exit(1);
	}
}

static size_t read_file(const char *dir, const char *path, int fd, size_t size)
{
	size_t len = 0;
	ssize_t n;

	reserve(size + 1);
	while ((n = read(fd, text + len, text_size - len)) > 0) {
		len += n;
		reserve(len + 1);
	}
	if (n < 0)
		die(dir, path);
	memset(text + len, 0, LEXER_PADDING);
	return len;
}

static void make_parents(const char *dir, int dirfd, char *path)
{
	char *p;

	for (p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdirat(dirfd, path, 0755) && errno != EEXIST)
			die(dir, path);
		*p = '/';
	}
}

static int create_file(const char *dir, int dirfd, char *path, mode_t mode)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC;
	int fd = openat(dirfd, path, flags, 0644);

	if (fd < 0 && errno == ENOENT) {
		make_parents(dir, dirfd, path);
		fd = openat(dirfd, path, flags, 0644);
	}
	if (fd < 0 || fchmod(fd, mode & 0111 ? 0755 : 0644))
		die(dir, path);
	return fd;
}

static void write_file(const char *dir, int dirfd, char *path, mode_t mode,
		       const char *buf, size_t len)
{
	int fd = create_file(dir, dirfd, path, mode);

	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0)
			die(dir, path);
		buf += n;
		len -= n;
	}
	if (close(fd))
		die(dir, path);
}

static bool is_c(const char *path)
{
	size_t len = strlen(path);

	return len > 2 && path[len - 2] == '.' &&
	       (path[len - 1] == 'h' || path[len - 1] == 'c');
}

static void copy(const char *from, int fromfd, const char *to, int tofd,
		 char *path, bool keep)
{
	int fd = openat(fromfd, path, O_RDONLY);
	ssize_t len, new_len = -1;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		die(from, path);
	len = read_file(from, path, fd, st.st_size);
	close(fd);
	if (!keep && is_c(path)) {
		new_len = strip_comments(text, len, stripped);
		if (new_len < 0)
			fprintf(stderr,
				"kheaders_strip: warning: %s/%s: unterminated comment or raw string, comments kept\n",
				from, path);
	}
	if (new_len < 0)
		write_file(to, tofd, path, st.st_mode, text, len);
	else
		write_file(to, tofd, path, st.st_mode, stripped, new_len);
}

static int open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		die(path, "");
	return fd;
}

int main(int argc, char **argv)
{
	bool keep = argc > 1 && !strcmp(argv[1], "-k");
	const char *from, *to;
	int fromfd, tofd;
	char *path = NULL;
	size_t size = 0;
	ssize_t len;

	if (argc != 3 + keep) {
		fprintf(stderr, "Usage: kheaders_strip [-k] FROM TO < LIST\n");
		return 1;
	}
	from = argv[1 + keep];
	to = argv[2 + keep];
	fromfd = open_dir(from);
	tofd = open_dir(to);
	while ((len = getline(&path, &size, stdin)) > 0) {
		if (path[len - 1] == '\n')
			path[len - 1] = '\0';
		copy(from, fromfd, to, tofd, path, keep);
	}
	if (ferror(stdin))
		die("standard input", "");
	return 0;
}
