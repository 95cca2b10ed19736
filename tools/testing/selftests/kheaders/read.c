// SPDX-License-Identifier: GPL-2.0
/*
 * Read /sys/kernel/kheaders.tar.xz in every way that a client can, and compare the
 * file in /proc, if it exists.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest.h"

/* Before 5.9, kselftest.h lacks ksft_test_result(), and before 5.2 ksft_set_plan(). */
#ifndef ksft_test_result
#define ksft_test_result(cond, ...) \
	((cond) ? ksft_test_result_pass(__VA_ARGS__) : ksft_test_result_fail(__VA_ARGS__))
#define ksft_set_plan(plan) printf("1..%d\n", plan)
#endif

#define SYSFS_FILE "/sys/kernel/kheaders.tar.xz"
#define PROC_FILE "/proc/kheaders.tar.xz"
#define READERS 8

/* The whole file, from the first read */
static char *whole;
static size_t size;

/* Read @len bytes at @off, however many calls that takes; -1 on errors. */
static ssize_t read_at(int fd, char *buf, size_t len, off_t off)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pread(fd, buf + done, len - done, off + done);
		if (n < 0)
			return -1;
		if (!n)
			break;
		done += n;
	}
	return done;
}

/* Are the bytes at [@off, @off + @len) those of the first read? */
static bool same_at(int fd, off_t off, size_t len)
{
	size_t want = (size_t)off >= size ? 0 : len < size - off ? len : size - off;
	char *buf = malloc(len + 1);
	bool same;

	same = buf && read_at(fd, buf, len, off) == (ssize_t)want &&
	       !memcmp(buf, whole + off, want);
	free(buf);
	return same;
}

static void test_mode(int fd)
{
	struct stat st;

	ksft_test_result(!fstat(fd, &st) && st.st_mode == (S_IFREG | 0444),
			 "regular file, mode 0444\n");
	ksft_test_result(!st.st_uid && !st.st_gid, "owned by root\n");
	size = st.st_size;
	ksft_test_result(size > 0, "not empty\n");
}

static void test_whole(int fd)
{
	static const char magic[6] = { '\xfd', '7', 'z', 'X', 'Z', '\0' };
	ssize_t len;

	whole = malloc(size + 1);
	if (!whole)
		ksft_exit_fail_msg("no memory for %zu bytes\n", size);
	len = read_at(fd, whole, size + 1, 0);
	ksft_test_result(len == (ssize_t)size, "as long as stat says\n");
	ksft_test_result(len > 6 && !memcmp(whole, magic, sizeof(magic)), "an xz file\n");
}

static void test_offsets(int fd)
{
	static const size_t lens[] = { 1, 3, 511, 4095, 4096, 4097, 65537 };
	const off_t offs[] = { 0, 1, 4095, 4096, 4097, size / 2 + 1, size - 4097, size - 1 };
	bool same = true;
	size_t i, j;

	for (i = 0; i < sizeof(lens) / sizeof(*lens); i++)
		for (j = 0; j < sizeof(offs) / sizeof(*offs); j++)
			same &= same_at(fd, offs[j], lens[i]);
	ksft_test_result(same, "same bytes at odd offsets and sizes\n");
}

static void test_end(int fd)
{
	char buf[16];

	ksft_test_result(pread(fd, buf, sizeof(buf), size - 1) == 1, "short read at the end\n");
	ksft_test_result(!pread(fd, buf, sizeof(buf), size), "end of file at the end\n");
	ksft_test_result(!pread(fd, buf, sizeof(buf), size + 12345), "end of file past the end\n");
	errno = 0;
	ksft_test_result(pread(fd, buf, sizeof(buf), -1) < 0 && errno == EINVAL,
			 "EINVAL at a negative offset\n");
}

static void test_no_write(void)
{
	struct stat st;
	char byte = 0;
	int fd = open(SYSFS_FILE, O_WRONLY);

	ksft_test_result(fd < 0 || write(fd, &byte, 1) < 0, "no write, not even for root\n");
	if (fd >= 0)
		close(fd);
	/* sysfs lets root do this to any file, to no effect. */
	if (truncate(SYSFS_FILE, 0))
		ksft_print_msg("truncate: %s\n", strerror(errno));
	ksft_test_result(!stat(SYSFS_FILE, &st) && (size_t)st.st_size == size,
			 "no truncation\n");
}

static void test_no_mmap(int fd)
{
	errno = 0;
	ksft_test_result(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED &&
			 errno == ENODEV, "no mmap: ENODEV\n");
}

/* Each child reads in pieces of another size; exit status 0 if all is right. */
static int read_as_child(int nr)
{
	size_t step = 4096 * (nr + 1) + nr;
	int fd = open(SYSFS_FILE, O_RDONLY);
	size_t off;

	if (fd < 0)
		return 1;
	for (off = 0; off < size; off += step)
		if (!same_at(fd, off, step))
			return 1;
	return 0;
}

static void test_readers(void)
{
	int i, status, right = 0;

	for (i = 0; i < READERS; i++)
		if (!fork())
			_exit(read_as_child(i));
	while (wait(&status) > 0)
		right += WIFEXITED(status) && !WEXITSTATUS(status);
	ksft_test_result(right == READERS, "%d readers at once\n", READERS);
}

static void test_proc(void)
{
	struct stat st;
	int fd = open(PROC_FILE, O_RDONLY);

	if (fd < 0) {
		ksft_test_result_skip("no " PROC_FILE ", CONFIG_IKHEADERS_PROC is off\n");
		ksft_test_result_skip("the same\n");
		ksft_test_result_skip("the same\n");
		return;
	}
	ksft_test_result(!fstat(fd, &st) && st.st_mode == (S_IFREG | 0444) &&
			 (size_t)st.st_size == size && !st.st_uid,
			 PROC_FILE ": size, mode and owner\n");
	ksft_test_result(same_at(fd, 0, size + 1), PROC_FILE ": same bytes\n");
	test_offsets(fd);
	close(fd);
}

int main(void)
{
	int fd;

	ksft_print_header();
	if (access(SYSFS_FILE, F_OK) && system("modprobe -q kheaders"))
		ksft_exit_skip("no " SYSFS_FILE ", and no module of it\n");
	ksft_set_plan(17);
	fd = open(SYSFS_FILE, O_RDONLY);
	if (fd < 0)
		ksft_exit_fail_msg(SYSFS_FILE ": %s\n", strerror(errno));
	test_mode(fd);
	test_whole(fd);
	test_offsets(fd);
	test_end(fd);
	test_no_write();
	test_no_mmap(fd);
	test_readers();
	test_proc();
	if (ksft_get_fail_cnt())
		ksft_exit_fail();
	ksft_exit_pass();
}
