// SPDX-License-Identifier: GPL-2.0
/*
 * FNV-1a, 64 bits, for names in the cache. The hash tells names apart, and is no
 * protection against forgery.
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

/* The hash includes the end of the string, so that "ab", "c" and "a", "bc" differ. */
uint64_t hash_string(uint64_t sum, const char *s)
{
	return hash(hash(sum, s, strlen(s)), "\n", 1);
}
