// SPDX-License-Identifier: GPL-2.0
/*
 * Write to the disk what a power failure must not take.
 */

#include <errno.h>
#include <fcntl.h>

#include "tool.h"

/*
 * @sync: fsync(), or syncfs() for all of the file system that @path is on. Returns 0, or -1
 * with errno set. File systems that cannot do this (9p, AFS) are no failure.
 */
int sync_path(const char *path, int (*sync)(int fd))
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -1;
	if (sync(fd) && errno != EINVAL && errno != EOPNOTSUPP)
		err = errno;
	close(fd);
	errno = err;
	return err ? -1 : 0;
}
