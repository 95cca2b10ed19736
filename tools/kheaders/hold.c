// SPDX-License-Identifier: GPL-2.0

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "tool.h"

/* Users who cannot write to the cache get no lock. */
static void lock_tree(const char *tree)
{
	char *cache __cleanup(kh_freep) = NULL;
	const char *name = strrchr(tree, '/') + 1;
	int dir, lock;

	cache = strndup(tree, name - tree);
	dir = cache ? open(cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (dir < 0)
		return;
	lock = kh_lock_tree(dir, name, LOCK_SH);
	close(dir);
	if (lock >= 0)
		fcntl(lock, F_SETFD, 0);
}

/**
 * tree_hold() - get the path of the tree, and lock the tree against "kheaders clean"
 * @tool: the tool
 * @tree: result, to be freed
 *
 * The lock is held until this process and the programs that it starts have ended.
 *
 * Return: 0 or a negative errno, as of kheaders_tree_get().
 */
int tree_hold(struct tool *tool, char **tree)
{
	for (;;) {
		int err = kheaders_tree_get(tool->ctx, tree);

		if (err)
			return err;
		lock_tree(*tree);
		/* It may have been removed before the lock was taken. */
		if (!access(*tree, F_OK))
			return 0;
		kh_freep(tree);
		*tree = NULL;
	}
}
