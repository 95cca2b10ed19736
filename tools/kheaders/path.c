// SPDX-License-Identifier: GPL-2.0

#include "tool.h"

static int do_path(struct tool *tool, int argc,
		   char **argv)
{
	char *path __cleanup(freep) = NULL;

	if (kheaders_tree_get(tool->ctx, &path))
		return EXIT_FAILURE;
	puts(path);
	return EXIT_SUCCESS;
}

const struct cmd cmd_path = {
	.name = "path",
	.args = "",
	.summary = "unpack the headers if needed, print their path",
	.help =
	"Print the path of a tree of the kernel's headers in the cache. If there is none\n"
	"of this very build of the kernel, the archive is unpacked first; kheaders.ko is\n"
	"loaded for that, if it has to be, and then unloaded again.\n",
	.run = do_path,
};
