// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Memory for data of many megabytes. On some virtual machines, page faults would take as
 * long as decompression does, so use huge pages.
 */

#include <sys/mman.h>

#include "private.h"

#define HUGE_PAGE	((size_t)2 << 20)	/* of most machines; elsewhere it is only a unit */

/* Returns memory of @size bytes, which is rounded up, or NULL; free() it. */
void *kh_alloc_huge(size_t *size)
{
	void *data;

	*size = (*size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	data = aligned_alloc(HUGE_PAGE, *size);
	if (data)
		madvise(data, *size, MADV_HUGEPAGE);
	return data;
}

/* Small memory comes from malloc(), and has no more than @size bytes. */
void *kh_alloc(size_t size)
{
	return size < HUGE_PAGE ? malloc(size) : kh_alloc_huge(&size);
}
