/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Data alone: an instruction would be one architecture's. Lines, constants of the
 * configuration and offsets of the kernel's structures are of the headers.
 */

#include <linux/linkage.h>
#include <asm/asm-offsets.h>
#include <asm/page.h>
#include "several.h"

	.section .rodata, "a"
	.balign 4
	.globl kheaders_words
kheaders_words:
	.long KHEADERS_WORDS
	.long PAGE_SHIFT
	.long CONFIG_HZ
	.long __LINE__
	.size kheaders_words, 4 * KHEADERS_WORDS
