// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Complete the Module.symvers of a tree. With IKHEADERS=m the archive has all symbols.
 * With IKHEADERS=y the archive has only the symbols of vmlinux, and the exports of
 * modules that depmod has listed are added. With earlier versions of kheaders the
 * archive has no Module.symvers, and sysfs has the exports of vmlinux and loaded modules.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "lazy.h"
#include "private.h"

#define SYMVERS_MAX (64u << 20)
#define OF_VMLINUX "\tvmlinux\t"
#define TEMP ".Module.symvers-"

/**
 * struct sources - where symbol versions come from
 * @own: lines of vmlinux and, from sysfs, of loaded modules
 * @in_tree: the lines are from the tree's own Module.symvers
 */
struct sources {
	struct kh_blob own;
	bool in_tree;
};

static void sources_free(struct sources *sources)
{
	kh_blob_free(&sources->own);
}

/* From 5.4 on, a line has four tabs. */
static bool has_namespaces(const char *line)
{
	size_t tabs = 0;

	for (; *line && *line != '\n'; line++)
		tabs += *line == '\t';
	return tabs > 3;
}

/* Does the tree belong to the kernel that sysfs shows? */
static bool is_its_tree(struct kheaders_ctx *ctx, int tree)
{
	char *id __cleanup(kh_freep) = NULL;
	char wanted[KH_BUILD_MAX];

	return !kh_kernel_archive_id(ctx, wanted) && !kh_tree_value(tree, "ID", &id) &&
	       !strcmp(id, wanted);
}

/* -ENOENT if there are none */
static int read_own(struct kheaders_ctx *ctx, int tree, struct sources *sources)
{
	if (sources->in_tree)
		return kh_read_at(tree, "Module.symvers", SYMVERS_MAX, &sources->own);
	if (!is_its_tree(ctx, tree))
		return -ENOENT;
	return kh_read_sysfs(ctx, "kernel/kheaders.symvers", SYMVERS_MAX, &sources->own);
}

static int too_large(struct kheaders_ctx *ctx, const char *path)
{
	return kh_error(ctx, -EFBIG,
			"%s/Module.symvers: symbol versions have more than %u MiB; look for a damaged module or modules.symbols",
			path, SYMVERS_MAX >> 20);
}

static int not_read(struct kheaders_ctx *ctx, const char *path, int err)
{
	if (err == -ENOENT) {
		kh_log(ctx, LOG_WARNING,
		       "%s: no symbol versions: neither the archive nor this kernel has any; copy the kernel's Module.symvers there",
		       path);
		return -ENODATA;
	}
	if (err == -EOVERFLOW)
		return too_large(ctx, path);
	return kh_failed(ctx, err, "use another cache", "%s: symbol versions cannot be read",
			 path);
}

/* Drop lines of modules from an earlier call: they are read again. */
static void put_own(const struct sources *sources, FILE *out)
{
	const char *line = sources->own.data;
	const char *next;

	if (!sources->in_tree) {
		fputs(line, out);
		return;
	}
	for (; *line; line = next) {
		next = line + strcspn(line, "\n");
		next += *next == '\n';
		if (memmem(line, next - line, OF_VMLINUX, strlen(OF_VMLINUX)))
			fwrite(line, 1, next - line, out);
	}
}

static int gather(struct kheaders_ctx *ctx, const struct sources *sources, struct kh_blob *symvers)
{
	FILE *out = open_memstream(&symvers->data, &symvers->size);
	int err;

	if (!out)
		return -ENOMEM;
	put_own(sources, out);
	err = kh_exports_write(ctx, sources->in_tree, has_namespaces(sources->own.data), out);
	err = kh_close_memory(out) ?: err;
	/* The next call must be able to read it. */
	return !err && symvers->size > SYMVERS_MAX ? -EOVERFLOW : err;
}

/*
 * A file that has these contents already is not replaced. Its time says when modules were
 * looked for.
 */
static bool is_complete(const struct sources *sources, const struct kh_blob *symvers)
{
	return sources->in_tree && symvers->size == sources->own.size &&
	       !memcmp(symvers->data, sources->own.data, symvers->size);
}

/* @times: of reading, which the file gets, so that a depmod since then is noticed */
static int write_symvers(int tree, const struct kh_blob *symvers, const struct timespec *times)
{
	char temp[64];
	int err = kh_temp_name(temp, sizeof(temp), TEMP);

	kh_remove_litter(tree, TEMP, false);
	if (!err)
		err = kh_write_new_at(tree, temp, symvers->data, symvers->size);
	if (err)
		return err;
	utimensat(tree, temp, times, 0);
	/* Without the sync, a power failure could leave an empty file, which looks valid. */
	err = kh_sync_all(tree);
	if (!err && renameat(tree, temp, tree, "Module.symvers"))
		err = -errno;
	if (err)
		unlinkat(tree, temp, 0);
	return err;
}

int kheaders_symvers_write(struct kheaders_ctx *ctx, const char *path)
{
	struct kh_blob symvers __cleanup(kh_blob_free) = { };
	int tree __cleanup(kh_closep) = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *inside __cleanup(kh_freep) = NULL;
	struct sources sources __cleanup(sources_free) = { };
	struct timespec times[2];
	int err;

	/* Files get the time of this clock. */
	clock_gettime(CLOCK_REALTIME_COARSE, &times[0]);
	times[1] = times[0];
	if (tree < 0)
		return kh_failed(ctx, -errno, "give the path of a tree", "%s", path);
	err = kh_tree_value(tree, "SYMVERS", &inside);
	if (err && err != -ENOENT)
		return kh_failed(ctx, err, "give the path of a tree",
				 "%s/.kheaders: cannot be read", path);
	if (inside && !strcmp(inside, "yes"))
		return 0;
	sources.in_tree = inside && !strcmp(inside, "vmlinux");
	err = read_own(ctx, tree, &sources);
	if (err)
		return not_read(ctx, path, err);
	err = kh_load_libarchive(ctx) ?: kh_load_libkmod(ctx);
	if (err)
		return err;
	err = gather(ctx, &sources, &symvers);
	if (!err && is_complete(&sources, &symvers))
		utimensat(tree, "Module.symvers", times, 0);
	else if (!err)
		err = write_symvers(tree, &symvers, times);
	if (err == -EOVERFLOW)
		return too_large(ctx, path);
	return err ? kh_failed(ctx, err, "run this as the owner of the tree",
			       "%s/Module.symvers: cannot be written", path) : 0;
}
