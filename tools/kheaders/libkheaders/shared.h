/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the command shares with the library, which does not export these functions.
 */
#ifndef KHEADERS_SHARED_H
#define KHEADERS_SHARED_H

#include <stdbool.h>
#include <stdlib.h>

#define __cleanup(fn) __attribute__((__cleanup__(fn)))
#define __printf(a, b) __attribute__((__format__(__printf__, a, b)))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static inline void kh_freep(void *p)
{
	free(*(void **)p);
}

/* remedy.c */
const char *kh_remedy(int err);

#define KH_TREE_LOCK	".lock-"	/* and the name of the tree */

/* lock.c */
int kh_lock_at(int dirfd, const char *name, int operation, bool *locked);
int kh_lock_tree(int cache, const char *name, int operation);
void kh_unlockp(int *fd);

#endif
