// SPDX-License-Identifier: GPL-2.0
/*
 * Load a module, and let one allocation on the way fail.
 *
 * Usage: fail-nth NTH FILE
 *
 * Exit status: 0 if the module is loaded all the same; 1 if it is not, with the
 * reason on stdout; 2 if it is loaded and there was no NTH allocation; 3 if this
 * cannot be done.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Is the fault, @fd being fail-nth, still to come? Then it is called off. */
static int is_left(int fd)
{
	char buf[16] = "";

	if (pread(fd, buf, sizeof(buf) - 1, 0) <= 0 || pwrite(fd, "0", 1, 0) != 1)
		return -1;
	return atoi(buf) != 0;
}

int main(int argc, char *argv[])
{
	int fd, module, ret, err, left;

	if (argc != 3) {
		fprintf(stderr, "usage: fail-nth NTH FILE\n");
		return 3;
	}
	fd = open("/proc/self/fail-nth", O_RDWR);
	module = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || module < 0 || write(fd, argv[1], strlen(argv[1])) < 0) {
		perror(fd < 0 ? "/proc/self/fail-nth" : argv[2]);
		return 3;
	}
	ret = syscall(SYS_finit_module, module, "", 0);
	err = errno;
	left = is_left(fd);
	if (left < 0 || (ret && left)) {
		fprintf(stderr, "fail-nth: %s: %s\n", argv[2], strerror(err));
		return 3;
	}
	if (ret)
		printf("%s\n", strerror(err));
	return ret ? 1 : left ? 2 : 0;
}
