// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Read the exports of a kernel's modules from the files that depmod has listed.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "lazy.h"
#include "private.h"

#define NAMES_MAX (64u << 20)
#define SYMBOL_ALIAS "alias symbol:"

/**
 * struct module - a module of the kernel
 * @path: path of its file
 * @column: its name in Module.symvers
 * @exports: its lines for Module.symvers
 * @size: bytes in @exports
 * @err: why @exports is not known, or 0
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
 * @n: number of modules
 * @namespaces: do lines have a column for the namespace
 * @next: the next module for a thread to take
 */
struct modules {
	struct module *list;
	size_t n;
	bool namespaces;
	atomic_size_t next;
};

/**
 * struct names - names of modules in modules.symbols
 * @text: the file, split into strings
 * @list: the names in @text
 * @n: number of names
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

/* A missing file is no error: a kernel may have no modules. */
static int read_names(struct kheaders_ctx *ctx, struct names *names)
{
	char *path __cleanup(kh_freep) = NULL;
	char *line, *next;
	int err;

	if (asprintf(&path, "%s/%s/modules.symbols", kh_modules(ctx),
		     kheaders_kernel_release(ctx)) < 0)
		return -ENOMEM;
	err = kh_read_at(AT_FDCWD, path, NAMES_MAX, &names->text);
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

/* The module's name in Module.symvers: its path below kernel/, without suffixes */
static char *column_of(struct kmod_ctx *kmod, const char *path)
{
	size_t skip = strlen(kh_libkmod.get_dirname(kmod)) + 1;
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

/* Unless @loaded, a loaded module is skipped: the function returns 0 and sets no path. */
static int find_module(struct kheaders_ctx *ctx, struct kmod_ctx *kmod, const char *name,
		       bool loaded, struct module *module)
{
	struct kmod_module *mod;
	const char *path;
	int err;

	if (!loaded && is_loaded(ctx, name))
		return 0;
	err = kh_libkmod.module_new_from_name(kmod, name, &mod);
	if (err)
		return err;
	path = kh_libkmod.module_get_path(mod);
	err = path ? 0 : -ENOENT;
	if (path) {
		module->column = column_of(kmod, path);
		module->path = strdup(path);
		if (!module->column || !module->path)
			err = -ENOMEM;
	}
	kh_libkmod.module_unref(mod);
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

/* Threads help, because most of the time is spent on decompression. */
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

/*
 * A module that is bad or not there matters only to users of its symbols, so a warning is
 * enough. Returns an error of the system, which may concern any module.
 */
static int write_module(struct kheaders_ctx *ctx, const char *name, struct module *module,
			FILE *out)
{
	int err = module->err;

	if (err == -ENOMEM || err == -EMFILE || err == -ENFILE)
		return err;
	if (err) {
		errno = -err;
		kh_log(ctx, LOG_WARNING, "%s.ko: exports are not known: %m; %s", name,
		       err == -ENOENT ? "run depmod" : "install this module again");
	} else if (module->size) {
		fwrite(module->exports, 1, module->size, out);
	}
	return 0;
}

static void free_modules(struct modules *modules)
{
	size_t i;

	for (i = 0; i < modules->n; i++) {
		free(modules->list[i].path);
		free(modules->list[i].column);
		free(modules->list[i].exports);
	}
	free(modules->list);
}

/*
 * Write the exports of the kernel's modules, as lines of Module.symvers. @loaded:
 * include modules that are loaded. libarchive and libkmod are loaded.
 */
int kh_exports_write(struct kheaders_ctx *ctx, bool loaded, bool namespaces, FILE *out)
{
	struct modules modules = { .namespaces = namespaces };
	struct kmod_ctx *kmod = kh_kmod_new(ctx);
	struct names names = { };
	int err = kmod ? read_names(ctx, &names) : -ENOMEM;
	size_t i;

	modules.list = calloc(names.n + 1, sizeof(*modules.list));
	if (!err && !modules.list)
		err = -ENOMEM;
	if (!err)
		modules.n = names.n;
	for (i = 0; i < modules.n; i++)
		modules.list[i].err = find_module(ctx, kmod, names.list[i], loaded,
						  &modules.list[i]);
	read_all_modules(&modules);
	for (i = 0; !err && i < modules.n; i++)
		err = write_module(ctx, names.list[i], &modules.list[i], out);
	free_modules(&modules);
	free(names.list);
	kh_blob_free(&names.text);
	if (kmod)
		kh_libkmod.unref(kmod);
	return err;
}
