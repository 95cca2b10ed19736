// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Remedies for errors that have little to do with the file that a message names.
 */

#include <errno.h>
#include <stddef.h>

#include "shared.h"

/* @err: a positive errno. Returns NULL if the remedy depends on the file. */
const char *kh_remedy(int err)
{
	switch (err) {
	case ENOSPC:
	case EDQUOT:
		return "make room";
	case EFBIG:
		return "raise the limit of file sizes (ulimit -f)";
	case EMFILE:
	case ENFILE:
		return "raise the limit of open files (ulimit -n)";
	case EAGAIN:
		return "raise the limit of processes (ulimit -u), or free some memory";
	case ENOMEM:
		return "free some memory";
	default:
		return NULL;
	}
}
