/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Data alone: an instruction would be one architecture's.
 */

#include <linux/const.h>
#include <linux/linkage.h>
#include <asm/asm-offsets.h>
#include "several.h"

	.section .rodata, "a"
	.balign 4
	.globl kheaders_words
kheaders_words:
	.long KHEADERS_WORDS
	.long _AC(14, UL)
	.long CONFIG_HZ
	.long __LINE__
	.size kheaders_words, 4 * KHEADERS_WORDS
