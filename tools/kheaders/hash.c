// SPDX-License-Identifier: GPL-2.0
/*
 * FNV-1a, 64 bits, for names in the cache: it tells things apart, and proves
 * nothing.
 */

#include <string.h>

#include "tool.h"

uint64_t hash(uint64_t sum, const void *data, size_t size)
{
	const unsigned char *p = data;

	while (size--)
		sum = (sum ^ *p++) * 0x100000001b3;
	return sum;
}

/* One of several: its end counts, too. */
uint64_t hash_string(uint64_t sum, const char *s)
{
	return hash(hash(sum, s, strlen(s)), "\n", 1);
}
