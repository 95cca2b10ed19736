// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Module.symvers of a tree. That of IKHEADERS=m is whole when it is unpacked; that
 * of IKHEADERS=y has the symbols of vmlinux, and gets what modules export, which
 * depmod has listed. Earlier kernels have none in the archive: they show in sysfs
 * what vmlinux and loaded modules export.
 */

#include <errno.h>
#include <fcntl.h>
#include <libkmod.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

#define SYMVERS_MAX (64u << 20)
#define SYMBOL_ALIAS "alias symbol:"
#define OF_VMLINUX "\tvmlinux\t"

/**
 * struct sources - where symbol versions come from
 * @own: lines of vmlinux and, from sysfs, of loaded modules
 * @in_tree: they are from the tree's own Module.symvers
 * @namespaces: a line has a column for them
 */
struct sources {
	struct kh_blob own;
	bool in_tree;
	bool namespaces;
};

/**
 * struct module - one that is not loaded
 * @path: its file
 * @column: its name, as Module.symvers has it
 * @exports: lines of what it exports
 * @size: bytes of those
 * @err: why that is not known
 */
struct module {
	char *path;
	char *column;
	char *exports;
	size_t size;
	int err;
};

/**
 * struct modules - modules that threads read
 * @list: the modules
 * @n: how many
 * @namespaces: do lines have a column for them
 * @next: the one that no thread has taken yet
 */
struct modules {
	struct module *list;
	size_t n;
	bool namespaces;
	atomic_size_t next;
};

/**
 * struct names - module names, out of modules.symbols
 * @text: the file, cut up
 * @list: the names in it
 * @n: how many
 */
struct names {
	struct kh_blob text;
	char **list;
	size_t n;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A line is "alias symbol:SYMBOL MODULE". */
static char *module_of_line(char *line)
{
	if (strncmp(line, SYMBOL_ALIAS, strlen(SYMBOL_ALIAS)))
		return NULL;
	line = strchr(line + strlen(SYMBOL_ALIAS), ' ');
	return line ? line + 1 : NULL;
}

static void sort_names(struct names *names)
{
	size_t i, n = 0;

	qsort(names->list, names->n, sizeof(*names->list), compare_names);
	for (i = 0; i < names->n; i++)
		if (!n || strcmp(names->list[n - 1], names->list[i]))
			names->list[n++] = names->list[i];
	names->n = n;
}

/* None at all is no error: a kernel may have no modules. */
static int read_names(struct kheaders_ctx *ctx, struct names *names)
{
	char *path __cleanup(kh_freep) = NULL;
	char *line, *next;
	int err;

	if (asprintf(&path, "%s/%s/modules.symbols", kh_modules(ctx),
		     kheaders_kernel_release(ctx)) < 0)
		return -ENOMEM;
	err = kh_read_at(AT_FDCWD, path, SYMVERS_MAX, &names->text);
	if (err)
		return err == -ENOENT ? 0 : err;
	names->list = calloc(names->text.size / strlen(SYMBOL_ALIAS) + 1, sizeof(char *));
	if (!names->list)
		return -ENOMEM;
	for (line = names->text.data; line; line = next) {
		char *name;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		name = module_of_line(line);
		if (name)
			names->list[names->n++] = name;
	}
	sort_names(names);
	return 0;
}

static bool is_loaded(struct kheaders_ctx *ctx, const char *name)
{
	char *path __cleanup(kh_freep) = NULL;

	return asprintf(&path, "%s/module/%s/initstate", kh_sysfs(ctx), name) >= 0 &&
	       !access(path, F_OK);
}

/* As the build names it: the path below kernel/, without suffixes */
static char *column_of(struct kmod_ctx *kmod, const char *path)
{
	size_t skip = strlen(kmod_get_dirname(kmod)) + 1;
	char *column;

	if (strlen(path) < skip)
		return NULL;
	path += skip;
	if (!strncmp(path, "kernel/", 7))
		path += 7;
	column = strdup(path);
	path = column ? strstr(column, ".ko") : NULL;
	if (path)
		column[path - column] = '\0';
	return column;
}

/* 0 also for a module of which the kernel tells, as it is loaded: it gets no path. */
static int find_module(struct kheaders_ctx *ctx, struct kmod_ctx *kmod, const char *name,
		       const struct sources *sources, struct module *module)
{
	struct kmod_module *mod;
	const char *path;
	int err;

	if (!sources->in_tree && is_loaded(ctx, name))
		return 0;
	err = kmod_module_new_from_name(kmod, name, &mod);
	if (err)
		return err;
	path = kmod_module_get_path(mod);
	err = path ? 0 : -ENOENT;
	if (path) {
		module->column = column_of(kmod, path);
		module->path = strdup(path);
		if (!module->column || !module->path)
			err = -ENOMEM;
	}
	kmod_module_unref(mod);
	return err;
}

static void read_module(struct module *module, bool namespaces)
{
	FILE *out;

	if (module->err || !module->path)
		return;
	out = open_memstream(&module->exports, &module->size);
	if (!out) {
		module->err = -ENOMEM;
		return;
	}
	module->err = kh_ko_exports(module->path, module->column, namespaces, out);
	module->err = kh_close_memory(out) ?: module->err;
}

static void *read_modules(void *data)
{
	struct modules *modules = data;
	size_t i;

	while ((i = atomic_fetch_add(&modules->next, 1)) < modules->n)
		read_module(&modules->list[i], modules->namespaces);
	return NULL;
}

/* Most of the time goes into unpacking them. */
static void read_all_modules(struct modules *modules)
{
	pthread_t threads[KH_THREADS_MAX];
	int i, n;

	n = kh_threads_start(threads, modules->n, read_modules, modules);
	if (n < 0)
		read_modules(modules);
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

/* A module that cannot be read is missed only by who needs its symbols. */
static void write_module(struct kheaders_ctx *ctx, const char *name, struct module *module,
			 FILE *out)
{
	if (module->err) {
		errno = -module->err;
		kh_log(ctx, LOG_WARNING, "%s.ko: what it exports is not known: %m; run depmod",
		       name);
	} else if (module->size) {
		fwrite(module->exports, 1, module->size, out);
	}
	free(module->path);
	free(module->column);
	free(module->exports);
}

static int add_modules(struct kheaders_ctx *ctx, const struct sources *sources, FILE *out)
{
	struct kmod_ctx *kmod = kh_kmod_new(ctx);
	struct modules modules = { .namespaces = sources->namespaces };
	struct names names = { };
	int err = kmod ? read_names(ctx, &names) : -ENOMEM;
	size_t i;

	modules.list = calloc(names.n + 1, sizeof(*modules.list));
	if (!err && !modules.list)
		err = -ENOMEM;
	if (!err)
		modules.n = names.n;
	for (i = 0; i < modules.n; i++)
		modules.list[i].err = find_module(ctx, kmod, names.list[i], sources,
						  &modules.list[i]);
	read_all_modules(&modules);
	for (i = 0; i < modules.n; i++)
		write_module(ctx, names.list[i], &modules.list[i], out);
	free(modules.list);
	free(names.list);
	kh_blob_free(&names.text);
	kmod_unref(kmod);
	return err;
}

/* From 5.4 on, a line has four tabs. */
static bool has_namespaces(const char *line)
{
	size_t tabs = 0;

	for (; *line && *line != '\n'; line++)
		tabs += *line == '\t';
	return tabs > 3;
}

/* Is the tree that of the kernel whose sysfs this is? */
static bool is_its_tree(struct kheaders_ctx *ctx, int tree)
{
	char *id __cleanup(kh_freep) = NULL;
	char wanted[KH_BUILD_MAX];

	return !kh_kernel_archive_id(ctx, wanted) && !kh_tree_value(tree, "ID", &id) &&
	       !strcmp(id, wanted);
}

static int read_own(struct kheaders_ctx *ctx, int tree, struct sources *sources)
{
	int err = -ENODATA;

	if (sources->in_tree)
		err = kh_read_at(tree, "Module.symvers", SYMVERS_MAX, &sources->own);
	else if (is_its_tree(ctx, tree))
		err = kh_read_sysfs(ctx, "kernel/kheaders.symvers", SYMVERS_MAX, &sources->own);
	return err ? -ENODATA : 0;
}

/* What was found in modules' files before is looked for again. */
static void put_own(const struct sources *sources, FILE *out)
{
	const char *line = sources->own.data;
	const char *next, *found;

	if (!sources->in_tree) {
		fputs(line, out);
		return;
	}
	for (; *line; line = next) {
		next = line + strcspn(line, "\n");
		next += *next == '\n';
		found = strstr(line, OF_VMLINUX);
		if (found && found < next)
			fwrite(line, 1, next - line, out);
	}
}

static int gather(struct kheaders_ctx *ctx, struct sources *sources, struct kh_blob *symvers)
{
	FILE *out = open_memstream(&symvers->data, &symvers->size);
	int err;

	if (!out)
		return -ENOMEM;
	sources->namespaces = has_namespaces(sources->own.data);
	put_own(sources, out);
	err = add_modules(ctx, sources, out);
	return kh_close_memory(out) ?: err;
}

static int write_symvers(int tree, const struct kh_blob *symvers)
{
	char temp[64];
	int err = kh_temp_name(temp, sizeof(temp), ".Module.symvers-");

	if (!err)
		err = kh_write_new_at(tree, temp, symvers->data, symvers->size);
	if (err)
		return err;
	/* An empty one, after a power failure, would be taken for good. */
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
	struct sources sources = { };
	int err;

	if (tree < 0)
		return kh_error(ctx, -errno, "%s: %m; name a tree", path);
	if (!kh_tree_value(tree, "SYMVERS", &inside) && !strcmp(inside, "yes"))
		return 0;
	sources.in_tree = inside && !strcmp(inside, "vmlinux");
	err = read_own(ctx, tree, &sources);
	if (err) {
		kh_log(ctx, LOG_WARNING,
		       "%s: no symbol versions: none in the archive, nor does this kernel show any; copy its Module.symvers there",
		       path);
		return err;
	}
	err = gather(ctx, &sources, &symvers);
	kh_blob_free(&sources.own);
	if (!err)
		err = write_symvers(tree, &symvers);
	if (err) {
		errno = -err;
		return kh_error(ctx, err,
				"%s/Module.symvers: cannot be written: %m; make room, or be its owner",
				path);
	}
	return 0;
}
