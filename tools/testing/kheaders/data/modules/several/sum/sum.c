// SPDX-License-Identifier: GPL-2.0
#include "../several.h"

u32 kheaders_sum(const u32 *words, size_t n)
{
	u32 sum = 0;

	while (n)
		sum += words[--n];
	return sum;
}
