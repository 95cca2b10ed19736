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
	"Remove cached trees and headers of vmlinux-h that belong to a kernel that is not\n"
	"running and has no directory in /lib/modules, or only links by link there; or to\n"
	"another build of the running kernel's release; trees that were unpacked from archive\n"
	"files and have no link to them; and leftovers of killed calls. The paths are printed.\n",
	.run = do_clean,
};
