// SPDX-License-Identifier: GPL-2.0
/*
 * Flip one bit of an archive at a time, every STEP bytes: each damaged archive must be
 * refused, and leave no output.
 *
 * Usage: flip ARCHIVE STEP DIR
 *
 * DIR is a directory for output. Prints the number of archives.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../kheaders/libkheaders/kheaders.h"

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static unsigned char *read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	unsigned char *data;

	if (!f || fstat(fileno(f), &st))
		die(path);
	data = malloc(st.st_size);
	if (!data || fread(data, 1, st.st_size, f) != (size_t)st.st_size)
		die(path);
	fclose(f);
	*size = st.st_size;
	return data;
}

/* 0 if it was refused */
static int try_archive(struct kheaders_ctx *ctx, int fd, size_t at, unsigned char byte,
		       const char *out)
{
	unsigned char flipped = byte ^ (1 << at % 8);
	int err;

	if (pwrite(fd, &flipped, 1, at) != 1)
		die("write");
	err = kheaders_archive_extract(ctx, out);
	if (pwrite(fd, &byte, 1, at) != 1)
		die("write");
	if ((err == -EBADMSG || err == -EFBIG) && access(out, F_OK))
		return 0;
	printf("byte %zu: %s\n", at, err ? strerror(-err) : "taken");
	return 1;
}

int main(int argc, char **argv)
{
	char copy[4096], out[4096];
	struct kheaders_ctx *ctx;
	unsigned char *data;
	size_t size, at, step, n = 0;
	int fd, bad = 0;

	if (argc != 4 || kheaders_ctx_new(&ctx))
		return 2;
	data = read_file(argv[1], &size);
	step = strtoul(argv[2], NULL, 10);
	snprintf(copy, sizeof(copy), "%s/flipped", argv[3]);
	snprintf(out, sizeof(out), "%s/out", argv[3]);
	fd = open(copy, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		die(copy);
	if (kheaders_option_set(ctx, KHEADERS_ARCHIVE, copy))
		return 2;
	for (at = 0; at < size; at += step, n++)
		bad += try_archive(ctx, fd, at, data[at], out);
	if (kheaders_archive_extract(ctx, out))
		return 2;
	printf("%zu flipped, %d not refused\n", n, bad);
	kheaders_ctx_free(ctx);
	free(data);
	return bad || !n;
}
