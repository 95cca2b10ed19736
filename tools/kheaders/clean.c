// SPDX-License-Identifier: GPL-2.0

#include "tool.h"

static void show(void *data, const char *path)
{
	puts(path);
}

static int do_clean(struct tool *tool, int argc,
		    char **argv)
{
	return kheaders_cache_clean(tool->ctx, show, NULL) ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct cmd cmd_clean = {
	.name = "clean",
	.args = "",
	.summary = "remove cached trees of kernels that are gone",
	.help =
	"Remove from the cache, and print, trees of kernels that neither run nor have a\n"
	"directory in /lib/modules, of other builds of the kernel that runs, and of\n"
	"--archive; and what was left by calls that were killed.\n",
	.run = do_clean,
};
