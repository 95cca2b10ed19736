// SPDX-License-Identifier: GPL-2.0
/*
 * Strip comments from C: a lexer that knows literals, line splices and directives,
 * and leaves the same tokens on the same lines.
 */

#define _GNU_SOURCE
#include <stdbool.h>
#include <string.h>

#include "kheaders_lexer.h"

/**
 * struct lexer - position in a source text, and input that was not yet written
 * @p: next byte to read
 * @end: end of the text, where a NUL byte is
 * @out: next byte to write
 * @last: last byte written, apart from line splices; '\n' at the start
 * @indent: blanks at the start of the physical line, not yet written
 * @indent_len: number of blanks in @indent
 * @blank: a comment or blanks were read and not yet written
 * @line_start: only blanks and comments since the last physical newline
 * @tokens: the logical line has tokens
 * @hash: the last token is a #
 * @include: at the operand of #include or __has_include(), where <> quote
 */
struct lexer {
	const char *p, *end;
	char *out;
	char last;
	const char *indent;
	size_t indent_len;
	bool blank;
	bool line_start;
	bool tokens;
	bool hash;
	bool include;
};

/* The length of a newline at @p: 1, 2 for CRLF, or 0 if none is there. */
static size_t newline_len(const char *p)
{
	if (*p == '\n')
		return 1;
	return p[0] == '\r' && p[1] == '\n' ? 2 : 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\f' || c == '\v';
}

/*
 * The length of a line splice at @p, or 0 if none is there. gcc and clang accept
 * blanks between the backslash and the newline.
 */
static size_t splice_len(const char *p)
{
	const char *q = p;
	size_t nl;

	if (*q++ != '\\')
		return 0;
	while (is_blank(*q))
		q++;
	nl = newline_len(q);
	return nl ? q - p + nl : 0;
}

static const char *skip_splices(const char *p)
{
	size_t len;

	while ((len = splice_len(p)))
		p += len;
	return p;
}

/* The second byte of the comment that starts at @p, or NULL if none starts there. */
static const char *comment_opens(const char *p)
{
	if (*p != '/')
		return NULL;
	p = skip_splices(p + 1);
	return *p == '*' || *p == '/' ? p : NULL;
}

static void put(struct lexer *lx, const char *s, size_t len)
{
	if (!len)
		return;
	memcpy(lx->out, s, len);
	lx->out += len;
	lx->last = s[len - 1];
}

/* A token follows: write the pending blanks that are needed. */
static void put_blanks(struct lexer *lx)
{
	if (lx->indent_len)
		put(lx, lx->indent, lx->indent_len);
	else if (lx->blank && !is_blank(lx->last) && lx->last != '\n')
		put(lx, " ", 1);
	lx->indent_len = 0;
	lx->blank = false;
}

static void start_line(struct lexer *lx)
{
	lx->indent_len = 0;
	lx->line_start = true;
}

/* A splice joins lines and is no blank, so @last does not change. */
static void put_splice(struct lexer *lx)
{
	lx->indent_len = 0;
	put_blanks(lx);
	memcpy(lx->out, "\\\n", 2);
	lx->out += 2;
	start_line(lx);
}

static void put_newline(struct lexer *lx, const char *s, size_t len)
{
	if (lx->last == '\r')
		put_blanks(lx);
	put(lx, s, len);
	lx->blank = false;
	lx->tokens = false;
	lx->hash = false;
	lx->include = false;
	start_line(lx);
}

static void put_token(struct lexer *lx, size_t len)
{
	put_blanks(lx);
	put(lx, lx->p, len);
	lx->p += len;
	lx->line_start = false;
	lx->tokens = true;
}

static void read_blanks(struct lexer *lx)
{
	const char *start = lx->p;

	while (is_blank(*lx->p))
		lx->p++;
	if (lx->line_start && !lx->blank) {
		lx->indent = start;
		lx->indent_len = lx->p - start;
	}
	lx->blank = true;
}

/* The end of the literal that starts at the current byte, at most the end of the line */
static const char *literal_end(const struct lexer *lx, char close)
{
	const char *p = lx->p + 1;

	while (p < lx->end && !newline_len(p)) {
		size_t splice = splice_len(p);

		if (splice)
			p += splice;
		else if (*p == close)
			return p + 1;
		else if (*p == '\\' && close != '>' && !newline_len(skip_splices(p + 1)))
			p = skip_splices(p + 1) + 1;
		else
			p++;
	}
	return p < lx->end ? p : lx->end;
}

/* The end of the comment whose second byte is at @p, or NULL if it does not end */
static const char *comment_end(const struct lexer *lx, const char *p)
{
	bool block = *p == '*';

	for (p++; p < lx->end; p++) {
		if (block && *p == '*' && *skip_splices(p + 1) == '/')
			return skip_splices(p + 1) + 1;
		if (block)
			continue;
		if (newline_len(p))
			return p;
		if (splice_len(p))
			p = skip_splices(p) - 1;
	}
	return block ? NULL : lx->end;
}

/* Does a comment tell the compiler that a case continues into the next? */
static bool is_fallthrough(const char *p, const char *end)
{
	return end - p < 40 && (memmem(p, end - p, "fall", 4) ||
				memmem(p, end - p, "Fall", 4) ||
				memmem(p, end - p, "FALL", 4));
}

/* Are there only blanks between @p and the end of the line? */
static bool line_ends(const struct lexer *lx, const char *p)
{
	while (is_blank(*p))
		p++;
	return p == lx->end || newline_len(p);
}

/*
 * A comment becomes a blank and keeps its newlines. Between tokens of one logical
 * line, the newlines must become splices: a plain newline would end a directive, or
 * turn a '#' that follows into one.
 */
static void put_comment(struct lexer *lx, const char *end)
{
	bool splice = lx->tokens && !line_ends(lx, end);
	const char *p;

	lx->blank = true;
	for (p = lx->p; p < end; p++) {
		if (*p != '\n')
			continue;
		if (splice) {
			put_splice(lx);
			lx->blank = true;
		} else {
			put(lx, "\n", 1);
			start_line(lx);
		}
	}
	lx->p = end;
}

/* Returns false if the comment has no end. */
static bool read_comment(struct lexer *lx, const char *second)
{
	const char *end = comment_end(lx, second);

	if (!end)
		return false;
	/* Keep the comment if stripping would put a backslash or a lone CR at a line's end. */
	if (memmem(lx->p, end - lx->p, "SPDX", 4) || is_fallthrough(lx->p, end) ||
	    lx->last == '\\' || lx->last == '\r')
		put_token(lx, end - lx->p);
	else
		put_comment(lx, end);
	return true;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '$';
}

/* Raw strings have their own rules. No header has one, so they are not supported. */
static bool opens_raw_string(const char *word, size_t len)
{
	return word[len] == '"' && word[len - 1] == 'R' &&
	       (len == 1 || (len == 2 && strchr("LuU", word[0])) ||
		(len == 3 && !strncmp(word, "u8", 2)));
}

/* Is @word at @p, possibly with line splices? */
static bool word_is(const char *p, const char *word)
{
	for (; *word; word++) {
		if (*p != *word)
			return false;
		p = skip_splices(p + 1);
	}
	return !is_word(*p);
}

/* Can a header name in <> follow the word at the current byte? */
static bool takes_header(const struct lexer *lx)
{
	if (word_is(lx->p, "__has_include") || word_is(lx->p, "__has_include_next"))
		return true;
	return lx->hash &&
	       (word_is(lx->p, "include") || word_is(lx->p, "include_next"));
}

/* Returns false at a raw string literal. */
static bool read_word(struct lexer *lx)
{
	size_t len = 1;

	while (is_word(lx->p[len]))
		len++;
	if (opens_raw_string(lx->p, len))
		return false;
	if (lx->blank || !is_word(lx->last))
		lx->include = takes_header(lx);
	lx->hash = false;
	put_token(lx, len);
	return true;
}

static void read_other(struct lexer *lx)
{
	char c = *lx->p;
	const char *end = lx->p + 1;

	if (c == '"' || c == '\'')
		end = literal_end(lx, c);
	else if (c == '<' && lx->include)
		end = literal_end(lx, '>');
	lx->include = lx->include && c == '(';
	lx->hash = c == '#';
	put_token(lx, end - lx->p);
}

/* Returns false if the text cannot be parsed reliably. */
static bool read_one(struct lexer *lx)
{
	const char *second = comment_opens(lx->p);
	size_t len;

	if (second)
		return read_comment(lx, second);
	len = newline_len(lx->p);
	if (len) {
		put_newline(lx, lx->p, len);
		lx->p += len;
		return true;
	}
	len = splice_len(lx->p);
	if (len) {
		put_splice(lx);
		lx->p += len;
		return true;
	}
	if (is_word(*lx->p))
		return read_word(lx);
	if (is_blank(*lx->p))
		read_blanks(lx);
	else
		read_other(lx);
	return true;
}

ssize_t strip_comments(const char *text, size_t len, char *out)
{
	struct lexer lx = {
		.p = text,
		.end = text + len,
		.out = out,
		.last = '\n',
		.line_start = true,
	};

	while (lx.p < lx.end)
		if (!read_one(&lx))
			return -1;
	return lx.out - out;
}
