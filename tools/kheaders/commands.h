/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of subcommands, in the order of --help. For each, a file defines
 * cmd_NAME. The includer defines COMMAND().
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
