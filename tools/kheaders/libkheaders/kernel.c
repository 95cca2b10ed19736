// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Identify the selected kernel and its build.
 */

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "private.h"

#define NOTES_MAX (64u << 10)

bool kh_kernel_is_running(struct kheaders_ctx *ctx)
{
	return !strcmp(kheaders_kernel_release(ctx), ctx->running);
}

/* /sys belongs to the running kernel, and KHEADERS_SYSFS to the selected kernel. */
bool kh_kernel_is_in_sysfs(struct kheaders_ctx *ctx)
{
	return ctx->options[KHEADERS_SYSFS] || kh_kernel_is_running(ctx);
}

int kh_kernel_not_in_sysfs(struct kheaders_ctx *ctx)
{
	return kh_error(ctx, -ENOENT,
			"%s: is not the running kernel (%s); give its archive or its sysfs",
			kheaders_kernel_release(ctx), ctx->running);
}

/* Read file @name below the sysfs of the selected kernel. */
int kh_read_sysfs(struct kheaders_ctx *ctx, const char *name, size_t max, struct kh_blob *blob)
{
	char *path __cleanup(kh_freep) = NULL;

	if (!kh_kernel_is_in_sysfs(ctx))
		return -ENOENT;
	if (asprintf(&path, "%s/%s", kh_sysfs(ctx), name) < 0)
		return -ENOMEM;
	return kh_read_at(AT_FDCWD, path, max, blob);
}

static void to_hex(const unsigned char *bytes, size_t size, char *hex)
{
	size_t i;

	for (i = 0; i < size; i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
}

static size_t padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

/*
 * Find the build ID in the kernel's notes. Each note is a header, a name and a
 * description; name and description are padded to 4 bytes.
 */
static int notes_build_id(const struct kh_blob *notes, char *build)
{
	const char *p = notes->data;
	size_t left = notes->size;
	Elf32_Nhdr note;

	while (left >= sizeof(note)) {
		size_t size;

		memcpy(&note, p, sizeof(note));
		if (note.n_namesz > left || note.n_descsz > left)
			break;
		size = sizeof(note) + padded(note.n_namesz) + padded(note.n_descsz);
		if (size > left)
			break;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    !memcmp(p + sizeof(note), "GNU", 4) && note.n_descsz >= 8 &&
		    note.n_descsz <= (KH_BUILD_MAX - 1) / 2) {
			to_hex((const unsigned char *)p + sizeof(note) + 4, note.n_descsz, build);
			return 0;
		}
		p += size;
		left -= size;
	}
	return -ENODATA;
}

/* The ID of the kernel's archive; only earlier versions of kheaders show it in sysfs. */
int kh_kernel_archive_id(struct kheaders_ctx *ctx, char *id)
{
	struct kh_blob blob __cleanup(kh_blob_free) = { };
	size_t length;

	if (kh_read_sysfs(ctx, "module/kheaders_symvers/version", KH_BUILD_MAX, &blob))
		return -ENODATA;
	length = strspn(blob.data, "0123456789abcdef");
	if (length < 8 || length >= KH_BUILD_MAX)
		return -ENODATA;
	memcpy(id, blob.data, length);
	id[length] = '\0';
	return 0;
}

/* @build has room for KH_BUILD_MAX. */
int kh_kernel_build(struct kheaders_ctx *ctx, char *build)
{
	struct kh_blob notes __cleanup(kh_blob_free) = { };

	if (!kh_read_sysfs(ctx, "kernel/notes", NOTES_MAX, &notes) &&
	    !notes_build_id(&notes, build))
		return 0;
	return kh_kernel_archive_id(ctx, build);
}

int kheaders_kernel_build(struct kheaders_ctx *ctx, char **build)
{
	char buffer[KH_BUILD_MAX];
	int err = kh_kernel_build(ctx, buffer);

	if (err)
		return err;
	*build = strdup(buffer);
	return *build ? 0 : -ENOMEM;
}

/*
 * The key of an archive file contains its inode and ctime, which only the system can
 * set. Reading and hashing the file each time would take too long.
 */
static int archive_key(struct kheaders_ctx *ctx, char *key)
{
	const char *path = ctx->options[KHEADERS_ARCHIVE];
	struct stat st;

	if (stat(path, &st))
		return kh_failed(ctx, -errno, "use an archive that exists", "%s", path);
	snprintf(key, KH_KEY_MAX, KH_ARCHIVE "-%jx.%jx.%jx.%jx.%lx", (uintmax_t)st.st_dev,
		 (uintmax_t)st.st_ino, (uintmax_t)st.st_size, (uintmax_t)st.st_ctim.tv_sec,
		 (unsigned long)st.st_ctim.tv_nsec);
	return 0;
}

/* The name of the kernel's tree in the cache; @key has room for KH_KEY_MAX. */
int kh_kernel_key(struct kheaders_ctx *ctx, char *key)
{
	const char *release = kheaders_kernel_release(ctx);
	char build[KH_BUILD_MAX];

	if (ctx->options[KHEADERS_ARCHIVE])
		return archive_key(ctx, key);
	if (!kh_kernel_is_in_sysfs(ctx))
		return kh_kernel_not_in_sysfs(ctx);
	if (kh_kernel_build(ctx, build))
		return kh_error(ctx, -ENODATA,
				"%s: has no build ID of the kernel; mount sysfs, give an archive, or unpack without the cache",
				kh_sysfs(ctx));
	snprintf(key, KH_KEY_MAX, "%s-%s", release, build);
	return 0;
}
