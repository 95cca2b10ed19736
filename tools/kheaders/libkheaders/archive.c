// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Find and read the archive: the file KHEADERS_ARCHIVE, or the kernel's own archive,
 * which may require loading kheaders.ko.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

/* Early Android kernels and a release candidate of Linux 5.2 have the archive in /proc. */
#define PROC_ARCHIVE "/proc/kheaders.tar.xz"

/* The pauses double, and take 0.6 s in all. */
#define TRIES 6
#define PAUSE_US 10000

/* Returns the path of the archive, to be freed, or NULL if the archive is not visible. */
static char *visible_archive(struct kheaders_ctx *ctx)
{
	char *path;

	if (!kh_kernel_is_in_sysfs(ctx) ||
	    asprintf(&path, "%s/kernel/kheaders.tar.xz", kh_sysfs(ctx)) < 0)
		return NULL;
	if (!access(path, F_OK))
		return path;
	free(path);
	if (ctx->options[KHEADERS_SYSFS] || access(PROC_ARCHIVE, F_OK))
		return NULL;
	return strdup(PROC_ARCHIVE);
}

static bool module_is_loaded(struct kheaders_ctx *ctx)
{
	char *path __cleanup(kh_freep) = NULL;

	return asprintf(&path, "%s/module/kheaders/initstate", kh_sysfs(ctx)) >= 0 &&
	       !access(path, F_OK);
}

int kheaders_archive_state(struct kheaders_ctx *ctx, char **result)
{
	char *path __cleanup(kh_freep) = NULL;
	int state;

	if (ctx->options[KHEADERS_ARCHIVE]) {
		path = strdup(ctx->options[KHEADERS_ARCHIVE]);
		state = KHEADERS_FILE;
	} else {
		path = visible_archive(ctx);
		state = module_is_loaded(ctx) ? KHEADERS_LOADED : KHEADERS_BUILT_IN;
		if (!path)
			state = kh_module_path(ctx, &path) ? KHEADERS_ABSENT : KHEADERS_LOADABLE;
	}
	if (result) {
		*result = path;
		path = NULL;
	}
	return state;
}

static int read_archive(const char *path, struct kh_blob *blob)
{
	/* Do not wait for somebody who opens a FIFO, only for what is written to it. */
	int fd __cleanup(kh_closep) = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || fcntl(fd, F_SETFL, 0))
		return -errno;
	return kh_read_fd(fd, KH_PACKED_MAX, blob);
}

static int bad_read(struct kheaders_ctx *ctx, int err, const char *path)
{
	if (err == -EOVERFLOW)
		return kh_error(ctx, -EFBIG,
				"%s: larger than %u MiB; this is not an archive of headers",
				path, KH_PACKED_MAX >> 20);
	return kh_failed(ctx, err, "use an archive that you can read", "%s: cannot be read", path);
}

/*
 * If this function loads the module, it unloads it again. Another process may unload
 * the module during the read, which then fails with -ENODEV and is tried again.
 */
static int read_kernel_archive(struct kheaders_ctx *ctx, struct kh_blob *blob)
{
	char *path __cleanup(kh_freep) = visible_archive(ctx);
	int loaded = 0;
	int err;

	if (!path) {
		loaded = kh_module_load(ctx);
		if (loaded < 0)
			return loaded;
		path = visible_archive(ctx);
	}
	err = path ? read_archive(path, blob) : -ENOENT;
	if (loaded > 0)
		kh_module_unload(ctx);
	if (err == -ENOENT || err == -ENODEV)
		return -EAGAIN;
	return err ? bad_read(ctx, err, path) : 0;
}

int kh_archive_read(struct kheaders_ctx *ctx, struct kh_blob *blob)
{
	const char *file = ctx->options[KHEADERS_ARCHIVE];
	int err = -EAGAIN;
	int i;

	if (file) {
		err = read_archive(file, blob);
		return err ? bad_read(ctx, err, file) : 0;
	}
	if (!kh_kernel_is_in_sysfs(ctx))
		return kh_kernel_not_in_sysfs(ctx);
	for (i = 0; i < TRIES && err == -EAGAIN; i++) {
		if (i)
			usleep(PAUSE_US << i);
		err = read_kernel_archive(ctx, blob);
	}
	if (err == -EAGAIN)
		return kh_error(ctx, -ENOENT,
				"%s/kernel/kheaders.tar.xz: missing although kheaders.ko is loaded; mount sysfs, or give an archive",
				kh_sysfs(ctx));
	return err;
}
