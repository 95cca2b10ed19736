// SPDX-License-Identifier: GPL-2.0

#include "tool.h"

static int do_path(struct tool *tool, int argc,
		   char **argv)
{
	char *path __cleanup(kh_freep) = NULL;

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
	"Print the path of the kernel's tree in the cache. If the cache has no tree of this\n"
	"build of the kernel, the archive is unpacked first. If that requires kheaders.ko,\n"
	"the module is loaded, and unloaded afterwards.\n",
	.run = do_path,
};
