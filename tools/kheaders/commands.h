/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of subcommands, in the order of --help. A file defines cmd_NAME for
 * each. The file that includes this one defines COMMAND().
 */
COMMAND(status),
COMMAND(path),
COMMAND(extract),
COMMAND(link),
COMMAND(unlink),
COMMAND(build),
COMMAND(pch),
COMMAND(cflags),
COMMAND(vmlinux_h),
COMMAND(clean)
#undef COMMAND
