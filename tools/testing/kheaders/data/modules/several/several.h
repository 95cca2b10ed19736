/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHEADERS_SEVERAL_H
#define _KHEADERS_SEVERAL_H

#define KHEADERS_WORDS 4

#ifndef __ASSEMBLY__
#include <linux/types.h>

extern const u32 kheaders_words[KHEADERS_WORDS];

u32 kheaders_sum(const u32 *words, size_t n);
#endif

#endif
