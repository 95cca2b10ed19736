// SPDX-License-Identifier: GPL-2.0

#include "tool.h"

static int do_extract(struct tool *tool, int argc, char **argv)
{
	return kheaders_archive_extract(tool->ctx, argv[0]) ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct cmd cmd_extract = {
	.name = "extract",
	.args = "DIR",
	.summary = "unpack into DIR",
	.help =
	"Unpack the archive into DIR, which must be empty or new. On failure, nothing is\n"
	"left there. Directories and executable files get mode 0755, other files 0644,\n"
	"whatever the umask; timestamps are those of unpacking.\n",
	.min = 1,
	.max = 1,
	.run = do_extract,
};
