// SPDX-License-Identifier: GPL-2.0
/*
 * Write a tree's Module.symvers.
 *
 * Usage: symvers SYSFS RELEASE MODULES TREE
 */

#include <kheaders.h>
#include <stdio.h>

static void show(void *data, int priority, const char *message)
{
	fprintf(stderr, "%d: %s\n", priority, message);
}

int main(int argc, char **argv)
{
	struct kheaders_ctx *ctx;
	int err;

	if (argc != 5 || kheaders_ctx_new(&ctx))
		return 2;
	kheaders_log_set(ctx, show, NULL);
	err = kheaders_option_set(ctx, KHEADERS_SYSFS, argv[1]) ?:
	      kheaders_option_set(ctx, KHEADERS_RELEASE, argv[2]) ?:
	      kheaders_option_set(ctx, KHEADERS_MODULES, argv[3]) ?:
	      kheaders_symvers_write(ctx, argv[4]);
	kheaders_ctx_free(ctx);
	return !!err;
}
