// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz kheaders_strip: for any text, each byte of each token must stay on its line, with
 * blanks before it if and only if the original has blanks there.
 *
 * The tokens of a text are found here by the standard's phases: first lines are spliced,
 * then comments are removed from the result.
 */

#include "../../../../kernel/kheaders_lexer.c"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* A byte after phase 2, with its physical line. */
struct byte {
	char c;
	int line;
};

/* A byte of a token after phase 3, and the blanks before it */
struct item {
	char c;
	char before;		/* 0, ' ' or '\n' */
	int line;
};

struct text {
	struct item *items;
	size_t len;
	bool open_comment;
};

/* The end is marked by four NUL bytes. */
static struct byte *join_lines(const char *p, size_t len)
{
	struct byte *out = calloc(len + 4, sizeof(*out));
	const char *end = p + len;
	size_t n = 0, nl;
	int line = 1;

	while (p < end) {
		const char *q = p + 1;

		while (*p == '\\' && q < end && is_blank(*q))
			q++;
		nl = newline_len(*p == '\\' ? q : p);
		if (nl && *p == '\\') {
			p = q + nl;
			line++;
			continue;
		}
		out[n].line = line;
		out[n++].c = nl ? '\n' : *p;
		p += nl ? nl : 1;
		line += nl != 0;
	}
	out[n].line = -1;
	return out;
}

/* Past the comment at @s, which has no newline of a // in it. */
static const struct byte *pass_comment(const struct byte *s, bool *open)
{
	bool block = s[1].c == '*';

	for (s += 2; s->line > 0; s++) {
		if (!block && s->c == '\n')
			return s;
		if (block && s[0].c == '*' && s[1].c == '/' && s[1].line > 0)
			return s + 2;
	}
	*open = block;
	return s;
}

static const struct byte *pass_literal(const struct byte *s)
{
	char close = s->c == '<' ? '>' : s->c;

	for (s++; s->line > 0 && s->c != '\n'; s++) {
		if (s->c == close)
			return s + 1;
		if (close != '>' && s->c == '\\' && s[1].line > 0 && s[1].c != '\n')
			s++;
	}
	return s;
}

static size_t word_len(const struct byte *s)
{
	size_t len = 0;

	while (s[len].line > 0 && is_word(s[len].c))
		len++;
	return len;
}

static bool is(const struct byte *s, size_t len, const char *word)
{
	size_t i;

	for (i = 0; i < len && word[i] == s[i].c; i++)
		;
	return i == len && !word[i];
}

/* Take the @n bytes at @s over as parts of a token. */
static void take(struct text *t, const struct byte *s, size_t n, char *before)
{
	for (; n; n--, s++) {
		t->items[t->len++] = (struct item){ s->c, *before, s->line };
		*before = 0;
	}
}

static struct text read_text(const char *p, size_t len)
{
	struct byte *all = join_lines(p, len);
	const struct byte *s = all, *next;
	struct text t = { .items = calloc(len + 1, sizeof(struct item)) };
	bool header = false, hash = false;
	char before = '\n';

	while (s->line > 0) {
		size_t n = word_len(s);

		if (s[0].c == '/' && s[1].line > 0 && (s[1].c == '/' || s[1].c == '*')) {
			s = pass_comment(s, &t.open_comment);
			before = before ? before : ' ';
			continue;
		}
		if (s->c == '\n' || is_blank(s->c)) {
			hash = hash && s->c != '\n';
			header = header && s->c != '\n';
			before = s->c == '\n' || before == '\n' ? '\n' : ' ';
			s++;
			continue;
		}
		next = s + (n ? n : 1);
		if (s->c == '"' || s->c == '\'' || (s->c == '<' && header))
			next = pass_literal(s);
		header = (hash && (is(s, n, "include") || is(s, n, "include_next"))) ||
			 is(s, n, "__has_include") || is(s, n, "__has_include_next") ||
			 (header && s->c == '(');
		hash = s->c == '#';
		take(&t, s, next - s, &before);
		s = next;
	}
	free(all);
	return t;
}

static size_t newlines(const char *p, size_t len)
{
	size_t n = 0;

	while (len--)
		n += *p++ == '\n';
	return n;
}

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "fuzz-strip: %s\n", what);
		abort();
	}
}

static void compare(const struct text *a, const struct text *b)
{
	size_t i;

	for (i = 0; i < a->len && i < b->len; i++) {
		must(a->items[i].c == b->items[i].c, "another byte");
		must(a->items[i].line == b->items[i].line, "another line");
		must(a->items[i].before == b->items[i].before, "other blanks");
	}
	must(a->len == b->len, "more or less tokens");
}

/* libFuzzer calls it by this name. */
int fuzz(const uint8_t *data, size_t size) __asm__("LLVMFuzzerTestOneInput");

int fuzz(const uint8_t *data, size_t size)
{
	char *text = calloc(size + LEXER_PADDING, 1);
	char *stripped = calloc(stripped_max(size) + 1, 1);
	struct text before, after;
	ssize_t len;

	memcpy(text, data, size);
	len = strip_comments(text, size, stripped);
	before = read_text(text, size);
	if (len < 0) {
		must(before.open_comment || memmem(text, size, "R\"", 2),
		     "left alone without a reason");
	} else {
		after = read_text(stripped, len);
		must(newlines(text, size) == newlines(stripped, len), "another number of lines");
		compare(&before, &after);
		free(after.items);
	}
	free(before.items);
	free(stripped);
	free(text);
	return 0;
}
