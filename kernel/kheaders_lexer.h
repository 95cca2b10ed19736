/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHEADERS_LEXER_H
#define _KHEADERS_LEXER_H

#include <sys/types.h>

/* Number of NUL bytes that must follow a text, so that the lexer can look ahead */
#define LEXER_PADDING 4

/* Maximum size of @len bytes after stripping: a newline may become two bytes. */
#define stripped_max(len) (2 * (len))

/**
 * strip_comments - copy C source without its comments
 * @text: the source, followed by LEXER_PADDING NUL bytes
 * @len: length of the source
 * @out: buffer for the result, of stripped_max() bytes
 *
 * Return: number of bytes written, or -1 if a comment does not end or a raw string
 * begins, so that the source must not be changed
 */
ssize_t strip_comments(const char *text, size_t len, char *out);

#endif /* _KHEADERS_LEXER_H */
