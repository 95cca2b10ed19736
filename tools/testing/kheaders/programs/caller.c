// SPDX-License-Identifier: GPL-2.0
/*
 * Do what callers of the library may do: fill a directory beside a tree, with one in it that
 * its group can write to, fork meanwhile, and ask for a link to what is no tree.
 *
 * Usage: caller ARCHIVE CACHE
 *
 * Exit status: 0 if the directory is made once, the cache is not locked afterwards, and the
 * link is refused.
 */

#include <errno.h>
#include <fcntl.h>
#include <kheaders.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static pid_t child;
static int calls;

static int fill(void *data, int dirfd)
{
	calls++;
	child = fork();
	if (!child) {
		pause();
		_exit(0);
	}
	umask(002);
	return child < 0 ? -1 : mkdirat(dirfd, "sub", 0777);
}

static int is_locked(const char *cache)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/.lock", cache);
	fd = open(path, O_RDWR);
	return fd < 0 || flock(fd, LOCK_EX | LOCK_NB);
}

int main(int argc, char **argv)
{
	struct kheaders_ctx *ctx;
	char *path;
	int failed;

	if (argc != 3 || kheaders_ctx_new(&ctx))
		return 2;
	failed = kheaders_option_set(ctx, KHEADERS_ARCHIVE, argv[1]) ||
		 kheaders_option_set(ctx, KHEADERS_CACHE, argv[2]) ||
		 kheaders_extra_get(ctx, "test", fill, NULL, &path) || is_locked(argv[2]);
	if (child > 0)
		kill(child, SIGKILL);
	if (!failed)
		failed = kheaders_extra_get(ctx, "test", fill, NULL, &path);
	return failed || calls != 1 || kheaders_link_make(ctx, "/") != -EINVAL;
}
