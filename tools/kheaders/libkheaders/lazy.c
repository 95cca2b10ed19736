// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Load libarchive and libkmod.
 */

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "lazy.h"
#include "private.h"

/* The names of the files have been the same since 2011. */
#define LIBARCHIVE	"libarchive.so.13"
#define LIBKMOD		"libkmod.so.2"

static const char *const libarchive_names[] = {
	"archive_read_new",
	"archive_read_free",
	"archive_read_support_format_tar",
	"archive_read_support_format_raw",
	"archive_read_support_filter_gzip",
	"archive_read_support_filter_xz",
	"archive_read_support_filter_zstd",
	"archive_read_open",
	"archive_read_open_filename",
	"archive_read_next_header",
	"archive_read_data",
	"archive_read_data_block",
	"archive_filter_bytes",
	"archive_errno",
	"archive_entry_pathname",
	"archive_entry_hardlink",
	"archive_entry_symlink",
	"archive_entry_filetype",
	"archive_entry_perm",
	"archive_entry_size",
};

static const char *const libkmod_names[] = {
	"kmod_new",
	"kmod_unref",
	"kmod_set_log_fn",
	"kmod_get_dirname",
	"kmod_module_new_from_name",
	"kmod_module_new_from_lookup",
	"kmod_module_get_module",
	"kmod_module_get_path",
	"kmod_module_get_install_commands",
	"kmod_module_probe_insert_module",
	"kmod_module_remove_module",
	"kmod_module_unref",
	"kmod_module_unref_list",
};

static_assert(sizeof(kh_libarchive) == ARRAY_SIZE(libarchive_names) * sizeof(void *), "");
static_assert(sizeof(kh_libkmod) == ARRAY_SIZE(libkmod_names) * sizeof(void *), "");

struct kh_libarchive kh_libarchive;
struct kh_libkmod kh_libkmod;

/* @functions: a struct of as many pointers as there are @names */
struct library {
	const char *file;
	const char *const *names;
	size_t n;
	void *functions;
	bool loaded;
};

static bool take(const struct library *library, void *handle)
{
	size_t i;

	for (i = 0; i < library->n; i++) {
		void *function = dlsym(handle, library->names[i]);

		if (!function)
			return false;
		memcpy((char *)library->functions + i * sizeof(function), &function,
		       sizeof(function));
	}
	return true;
}

/* The library that the program itself is linked with comes first. Never mix two. */
static bool load(const struct library *library)
{
	void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);

	return handle && (take(library, RTLD_DEFAULT) || take(library, handle));
}

static int load_once(struct kheaders_ctx *ctx, struct library *library)
{
	/* Zeros, like PTHREAD_MUTEX_INITIALIZER, which sparse warns about */
	static pthread_mutex_t lock;
	bool loaded;

	pthread_mutex_lock(&lock);
	loaded = library->loaded || load(library);
	library->loaded = loaded;
	pthread_mutex_unlock(&lock);
	return loaded ? 0 : kh_error(ctx, -ELIBACC,
				     "%s; install it, or raise the limits of memory and files",
				     dlerror() ?: library->file);
}

/* Returns -ELIBACC, with a message, if the library is not installed. */
int kh_load_libarchive(struct kheaders_ctx *ctx)
{
	static struct library libarchive = {
		LIBARCHIVE, libarchive_names, ARRAY_SIZE(libarchive_names), &kh_libarchive, false
	};

	return load_once(ctx, &libarchive);
}

/* As above */
int kh_load_libkmod(struct kheaders_ctx *ctx)
{
	static struct library libkmod = {
		LIBKMOD, libkmod_names, ARRAY_SIZE(libkmod_names), &kh_libkmod, false
	};

	return load_once(ctx, &libkmod);
}
