/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Functions that the command shares with the library, which does not export them.
 */
#ifndef KHEADERS_SHARED_H
#define KHEADERS_SHARED_H

#include <stdbool.h>

/* remedy.c */
const char *kh_remedy(int err);

/* lock.c */
int kh_lock_at(int dirfd, const char *name, bool *locked);

#endif
