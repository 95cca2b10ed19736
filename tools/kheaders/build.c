// SPDX-License-Identifier: GPL-2.0

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "tool.h"

static bool exists(const char *dir, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return !access(path, F_OK);
}

static bool is_newer(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec > b->st_mtim.tv_sec ||
	       (a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
		a->st_mtim.tv_nsec > b->st_mtim.tv_nsec);
}

static bool has_line_of_module(const char *symvers)
{
	bool found = false;
	char line[1024];
	FILE *file;

	file = fopen(symvers, "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = !strstr(line, "\tvmlinux\t");
	fclose(file);
	return found;
}

/*
 * With IKHEADERS=y the archive's Module.symvers has the symbols of vmlinux only. Complete
 * it, unless that was done since depmod has looked for modules, or there are none. If that
 * fails, the module may still need none of the others.
 */
static void complete_symvers(struct tool *tool, const char *tree)
{
	char *error __cleanup(kh_freep) = NULL;
	char symvers[PATH_MAX], modules[PATH_MAX];
	struct stat symvers_st, modules_st;

	snprintf(symvers, sizeof(symvers), "%s/Module.symvers", tree);
	snprintf(modules, sizeof(modules), "%s/%s/modules.symbols", tool->modules,
		 kheaders_kernel_release(tool->ctx));
	if (!stat(symvers, &symvers_st) &&
	    (stat(modules, &modules_st) ||
	     (is_newer(&symvers_st, &modules_st) && has_line_of_module(symvers))))
		return;
	tool->error = &error;
	kheaders_symvers_write(tool->ctx, tree);
	tool->error = NULL;
	if (!error)
		return;
	text_clean(error);
	fprintf(stderr, "kheaders: warning: %s\n", error);
}

/* Run make -C TREE M=DIR ARGS; returns only on failure. */
static int exec_make(const struct tool *tool, const char *tree, const char *dir, int argc,
		     char **argv)
{
	char **make = calloc(argc + 5, sizeof(*make));
	char *m = make_variable("M", dir);

	if (!make || !m || make_set_env(tool)) {
		fprintf(stderr, "kheaders: out of memory\n");
		return EXIT_FAILURE;
	}
	make[0] = "make";
	make[1] = "-C";
	make[2] = (char *)tree;
	make[3] = m;
	memcpy(make + 4, argv, argc * sizeof(*argv));
	signal(SIGXFSZ, SIG_DFL);
	execvp(make[0], make);
	cannot_run(make[0], errno);
	return EXIT_FAILURE;
}

static int do_build(struct tool *tool, int argc, char **argv)
{
	char *tree __cleanup(kh_freep) = NULL;
	char *dir __cleanup(kh_freep) = realpath(argv[0], NULL);

	if (!dir) {
		fprintf(stderr, "kheaders: %s: %s; give the directory of a module\n", argv[0],
			strerror(errno));
		return EXIT_FAILURE;
	}
	if (tree_hold(tool, &tree))
		return EXIT_FAILURE;
	if (!exists(tree, "GNUmakefile")) {
		fprintf(stderr,
			"kheaders: %s: headers only; to build modules, use a kernel with CONFIG_IKHEADERS_KIT, or if kheaders.ko was replaced since, remove this directory\n",
			tree);
		return EXIT_FAILURE;
	}
	complete_symvers(tool, tree);
	return exec_make(tool, tree, dir, argc - 1, argv + 1);
}

const struct cmd cmd_build = {
	.name = "build",
	.args = "DIR [MAKE-ARGUMENT]...",
	.summary = "build the external module in DIR",
	.help =
	"Build the external module in DIR for the kernel: run make -C TREE M=DIR with the\n"
	"arguments after DIR. Put -- before options of make. Once make runs, the exit status\n"
	"is that of make.\n",
	.min = 1,
	.max = -1,
	.run = do_build,
};
