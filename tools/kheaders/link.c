// SPDX-License-Identifier: GPL-2.0

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tool.h"

/* Every build of a module needs these programs. */
static int check_programs(const char *tree)
{
	static const char *const programs[] = { "scripts/basic/fixdep", "scripts/mod/modpost" };
	char path[PATH_MAX];
	struct stat st;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		snprintf(path, sizeof(path), "%s/%s", tree, programs[i]);
		if (!stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK))
			continue;
		fprintf(stderr,
			"kheaders: %s: not built by make modules_prepare; run that in the tree to see why\n",
			path);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

/* GNUmakefile cannot be accessed: the archive has no kit, or errno says why. */
static int no_programs(const char *tree)
{
	bool none = errno == ENOENT;

	if (none)
		fprintf(stderr,
			"kheaders: warning: %s: headers only, and no module can be built with this tree\n",
			tree);
	else
		fprintf(stderr, "kheaders: %s/GNUmakefile: %s; use another cache\n", tree,
			strerror(errno));
	return none ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Build the host programs, for users who cannot write to the tree. */
static int build_tools(const struct tool *tool, const char *tree)
{
	char jobs[32], path[PATH_MAX];
	const char *const argv[] = { "make", "-s", "-C", tree, jobs, "modules_prepare", NULL };
	int status;

	snprintf(path, sizeof(path), "%s/GNUmakefile", tree);
	if (access(path, F_OK))
		return no_programs(tree);
	if (make_set_env(tool)) {
		fprintf(stderr, "kheaders: out of memory\n");
		return EXIT_FAILURE;
	}
	snprintf(jobs, sizeof(jobs), "-j%ld", sysconf(_SC_NPROCESSORS_ONLN));
	status = run_program(argv);
	if (!status)
		return check_programs(tree);
	if (status < 0)
		return EXIT_FAILURE;
	fprintf(stderr,
		"kheaders: %s: make modules_prepare failed, status %d; see the error above\n",
		tree, status);
	return EXIT_FAILURE;
}

/* Check the link first, so that no tree is made that nothing would use. */
static int check_link(struct tool *tool)
{
	char *target __cleanup(kh_freep) = NULL;
	int state = kheaders_link_state(tool->ctx, &target);

	/* The library has said that no cache is known. */
	if (state == -ENOENT)
		return EXIT_FAILURE;
	if (state < 0)
		fprintf(stderr,
			"kheaders: %s/%s/build: %s; use another directory of modules\n",
			tool->modules, kheaders_kernel_release(tool->ctx), strerror(-state));
	if (state != KHEADERS_LINK_OTHER)
		return state < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	if (target)
		text_clean(target);
	fprintf(stderr,
		"kheaders: %s/%s/build: is not a link into the cache%s%s; if you do not need it, remove it\n",
		tool->modules, kheaders_kernel_release(tool->ctx), target ? ", but to " : "",
		target ?: "");
	return EXIT_NOTHING;
}

/* That the running kernel has no archive is no failure. */
static int get_tree(struct tool *tool, char **tree)
{
	int err = tree_hold(tool, tree);

	if (err == -ENOENT && !tool->other &&
	    kheaders_archive_state(tool->ctx, NULL) == KHEADERS_ABSENT)
		return EXIT_NOTHING;
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* After a power failure, a link must not lead to programs that are empty. */
static int sync_tree(const char *tree)
{
	if (!sync_path(tree, syncfs))
		return EXIT_SUCCESS;
	fprintf(stderr, "kheaders: %s: %s; make room, or use another cache\n", tree,
		strerror(errno));
	return EXIT_FAILURE;
}

static int do_link(struct tool *tool, int argc, char **argv)
{
	char *tree __cleanup(kh_freep) = NULL;
	struct kheaders_ctx *ctx = tool->ctx;
	int err, status;

	/* An archive given with --archive must also belong to the kernel of the link. */
	if (kheaders_option_set(ctx, KHEADERS_RELEASE, kheaders_kernel_release(ctx)))
		return EXIT_FAILURE;
	status = check_link(tool);
	if (!status)
		status = get_tree(tool, &tree);
	if (status)
		return status;
	/* A tree without symbol versions is still useful for headers; a warning was logged. */
	err = kheaders_symvers_write(ctx, tree);
	if ((err && err != -ENODATA) || build_tools(tool, tree) || sync_tree(tree) ||
	    kheaders_link_make(ctx, tree))
		return EXIT_FAILURE;
	printf("%s/%s/build -> %s\n", tool->modules, kheaders_kernel_release(ctx), tree);
	return EXIT_SUCCESS;
}

const struct cmd cmd_link = {
	.name = "link",
	.args = "",
	.summary = "link /lib/modules/RELEASE/build to the tree",
	.help =
	"Make /lib/modules/RELEASE/build a link to the tree, build the host programs and\n"
	"complete Module.symvers, so that dkms, bcc and other tools that look there work.\n"
	"A dangling link is replaced, and unlink restores it; any other link or directory\n"
	"that kheaders did not make is left alone. In that case, or if the kernel has no\n"
	"archive, the exit status is 3.\n",
	.run = do_link,
};

static int do_unlink(struct tool *tool, int argc, char **argv)
{
	return kheaders_link_remove(tool->ctx) ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct cmd cmd_unlink = {
	.name = "unlink",
	.args = "",
	.summary = "undo link",
	.help =
	"Remove /lib/modules/RELEASE/build, if kheaders made it, and restore the link that\n"
	"it replaced. The tree stays.\n",
	.run = do_unlink,
};
