/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHEADERS_LEXER_H
#define _KHEADERS_LEXER_H

#include <sys/types.h>

/* NUL bytes that have to follow a text, for the lexer to look ahead */
#define LEXER_PADDING 4

/* What @len bytes of text may become: a newline may be written as two bytes. */
#define stripped_max(len) (2 * (len))

/**
 * strip_comments - copy a text of C without its comments
 * @text: the text, and LEXER_PADDING NUL bytes
 * @len: its length
 * @out: where to, stripped_max() bytes
 *
 * Return: how many bytes were written, or -1 where a comment does not end or a
 * raw string begins, so that the text must stay as it is
 */
ssize_t strip_comments(const char *text, size_t len, char *out);

#endif /* _KHEADERS_LEXER_H */
