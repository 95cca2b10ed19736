// SPDX-License-Identifier: GPL-2.0
/*
 * For LD_PRELOAD: fake results of system calls for the kheaders command.
 *
 * FAKE_LOAD	result of loading kheaders.ko, an errno; 0 makes ${FAKE_SYSFS}'s
 *		archive a link to ${FAKE_ARCHIVE}
 * FAKE_UNLOAD	result of unloading it; 0 removes the link
 * FAKE_FLOCK	result of flock()
 * FAKE_WRITE	result of write()
 * FAKE_READDIR	result of readdir()
 * FAKE_SYNC	result of fsync() and syncfs()
 * FAKE_RENAME	directory of modules in which, before a renameat2(), somebody else makes a
 *		link "build" to ${FAKE_TARGET}, also in the place of one that is exchanged;
 *		or without that, once removes the directory
 * FAKE_RUN	a command that somebody else runs before the first write() or rename
 * FAKE_RELEASE	release of the kernel that runs
 * FAKE_STOP	1: stop before anything is unpacked; 2: before and after each rename
 */

#include <archive.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <libkmod.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <unistd.h>

static int number(const char *name)
{
	const char *value = getenv(name);

	return value ? atoi(value) : 0;
}

static void archive_path(char *path, size_t size)
{
	snprintf(path, size, "%s/kernel/kheaders.tar.xz", getenv("FAKE_SYSFS"));
}

int kmod_module_probe_insert_module(struct kmod_module *module, unsigned int flags,
				    const char *options,
				    int (*run)(struct kmod_module *m, const char *command,
					       void *data),
				    const void *data,
				    void (*print)(struct kmod_module *m, bool install,
						  const char *options))
{
	char path[4096];

	if (number("FAKE_LOAD"))
		return -number("FAKE_LOAD");
	archive_path(path, sizeof(path));
	return symlink(getenv("FAKE_ARCHIVE"), path) ? -errno : 0;
}

int kmod_module_remove_module(struct kmod_module *module, unsigned int flags)
{
	char path[4096];

	if (number("FAKE_UNLOAD"))
		return -number("FAKE_UNLOAD");
	archive_path(path, sizeof(path));
	return unlink(path) ? -errno : 0;
}

int flock(int fd, int operation)
{
	int (*real)(int fd, int operation) = dlsym(RTLD_NEXT, "flock");

	if (!number("FAKE_FLOCK"))
		return real(fd, operation);
	errno = number("FAKE_FLOCK");
	return -1;
}

static void run_other(void)
{
	const char *other = getenv("FAKE_RUN");
	char command[4096];

	if (!other)
		return;
	snprintf(command, sizeof(command), "%s", other);
	unsetenv("FAKE_RUN");
	unsetenv("LD_PRELOAD");
	if (system(command))
		abort();
}

ssize_t write(int fd, const void *data, size_t size)
{
	ssize_t (*real)(int fd, const void *data, size_t size) = dlsym(RTLD_NEXT, "write");

	run_other();
	if (!number("FAKE_WRITE"))
		return real(fd, data, size);
	errno = number("FAKE_WRITE");
	return -1;
}

struct dirent64 *readdir64(DIR *dir)
{
	struct dirent64 *(*real)(DIR *dir) = dlsym(RTLD_NEXT, "readdir64");

	if (!number("FAKE_READDIR"))
		return real(dir);
	errno = number("FAKE_READDIR");
	return NULL;
}

static int fake_sync(const char *name, int fd)
{
	int (*real)(int fd);

	real = dlsym(RTLD_NEXT, name);
	if (!number("FAKE_SYNC"))
		return real(fd);
	errno = number("FAKE_SYNC");
	return -1;
}

int fsync(int fd)
{
	return fake_sync("fsync", fd);
}

int syncfs(int fd)
{
	return fake_sync("syncfs", fd);
}

static void stop_at_rename(void)
{
	if (number("FAKE_STOP") == 2)
		raise(SIGSTOP);
}

int renameat(int from, const char *name, int to, const char *new)
{
	int (*real)(int from, const char *name, int to, const char *new) =
		dlsym(RTLD_NEXT, "renameat");
	int ret;

	run_other();
	stop_at_rename();
	ret = real(from, name, to, new);
	stop_at_rename();
	return ret;
}

int renameat2(int from, const char *name, int to, const char *new, unsigned int flags)
{
	int (*real)(int from, const char *name, int to, const char *new, unsigned int flags) =
		dlsym(RTLD_NEXT, "renameat2");
	char path[4096];
	int ret;

	run_other();
	if (getenv("FAKE_RENAME") && !getenv("FAKE_TARGET")) {
		unlinkat(from, name, 0);
		rmdir(getenv("FAKE_RENAME"));
		unsetenv("FAKE_RENAME");
	}
	if (getenv("FAKE_RENAME")) {
		snprintf(path, sizeof(path), "%s/build", getenv("FAKE_RENAME"));
		if (flags == RENAME_EXCHANGE)
			unlink(path);
		if (symlink(getenv("FAKE_TARGET"), path) && errno != EEXIST)
			return -1;
	}
	stop_at_rename();
	ret = real(from, name, to, new, flags);
	stop_at_rename();
	return ret;
}

int uname(struct utsname *uts)
{
	int (*real)(struct utsname *uts);
	int ret;

	real = dlsym(RTLD_NEXT, "uname");
	ret = real(uts);
	if (!ret && getenv("FAKE_RELEASE"))
		snprintf(uts->release, sizeof(uts->release), "%s", getenv("FAKE_RELEASE"));
	return ret;
}

struct archive *archive_read_new(void)
{
	struct archive *(*real)(void);

	real = dlsym(RTLD_NEXT, "archive_read_new");
	if (number("FAKE_STOP") == 1)
		raise(SIGSTOP);
	return real();
}
