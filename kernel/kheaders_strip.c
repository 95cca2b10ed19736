// SPDX-License-Identifier: GPL-2.0
/*
 * Copy files of the kernel tree, taking the comments out of C.
 *
 * What is left is the same stream of tokens on the same lines, so __LINE__,
 * diagnostics and bug tables stay those of the originals.
 *
 * Usage: kheaders_strip [-k] FROM TO < LIST
 *
 * LIST has one path a line, relative to FROM; each file goes to the same path
 * below TO. *.h and *.c are stripped unless -k says to keep comments, others are
 * copied as they are. Comments with SPDX stay, and those that tell the compiler
 * that a case is meant to go on into the next. Symbolic links arrive as what
 * they point to, modes as 0755 or 0644. Exit status: 0, or 1 with a message
 * that names the file.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * struct lexer - position in a source text and what is pending before it
 * @p: next byte to read
 * @end: end of the text; a NUL byte stands there
 * @out: next byte to write
 * @last: last byte written that is no line splice; '\n' at the start
 * @indent: the blanks that open the physical line, not yet written
 * @indent_len: their number
 * @blank: a comment or blanks were read and not yet written
 * @line_start: nothing but blanks and comments since the last physical newline
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

/* Files are read and written through these, grown as needed, never freed. */
static char *text, *stripped;
static size_t text_size;

/* The length of a newline at @p: 1, 2 for CRLF, or 0 where there is none. */
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
 * The length of a line splice at @p, 0 where there is none. gcc and clang let
 * blanks stand between the backslash and the newline.
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

/* Where the second byte of a comment's opening @p is, NULL if none opens. */
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

/* Blanks that were held back stand before a token: write what is needed. */
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

/* A splice joins lines without being a blank, so @last stays what it was. */
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

/* Past the literal that opens at the present byte; its line's end ends it. */
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

/* Past the comment whose second byte is at @p, NULL if it does not end. */
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

/* What tells the compiler that a case is meant to go on into the next */
static bool is_fallthrough(const char *p, const char *end)
{
	return end - p < 40 && (memmem(p, end - p, "fall", 4) ||
				memmem(p, end - p, "Fall", 4) ||
				memmem(p, end - p, "FALL", 4));
}

/* Nothing but blanks between @p and the end of its line. */
static bool line_ends(const struct lexer *lx, const char *p)
{
	while (is_blank(*p))
		p++;
	return p == lx->end || newline_len(p);
}

/*
 * A comment becomes a blank and keeps its newlines. Where tokens of the same
 * logical line stand on both sides, they must come out as splices: a plain
 * newline would end a directive, or make one of a '#' that follows.
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
	/* No backslash and no lone CR must come to stand at the end of a line. */
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

/* Raw string literals have rules of their own, and no header has one. */
static bool opens_raw_string(const char *word, size_t len)
{
	return word[len] == '"' && word[len - 1] == 'R' &&
	       (len == 1 || (len == 2 && strchr("LuU", word[0])) ||
		(len == 3 && !strncmp(word, "u8", 2)));
}

/* Whether @word stands at @p, maybe over several lines. */
static bool word_is(const char *p, const char *word)
{
	for (; *word; word++) {
		if (*p != *word)
			return false;
		p = skip_splices(p + 1);
	}
	return !is_word(*p);
}

/* Whether a header's name in <> may follow the word that starts here. */
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

/* Returns false where the text cannot be read with certainty. */
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

/*
 * Strip the @len bytes of text into stripped, and return their number, or -1
 * where the text must stay as it is.
 */
static ssize_t strip(size_t len)
{
	struct lexer lx = {
		.p = text,
		.end = text + len,
		.out = stripped,
		.last = '\n',
		.line_start = true,
	};

	while (lx.p < lx.end)
		if (!read_one(&lx))
			return -1;
	return lx.out - stripped;
}

static void die(const char *dir, const char *path)
{
	fprintf(stderr, "kheaders_strip: %s/%s: %s\n", dir, path, strerror(errno));
	exit(1);
}

/* A newline may become two bytes, and NULs end the text for the look-ahead. */
static void reserve(size_t size)
{
	if (size <= text_size)
		return;
	text_size = size * 2;
	text = realloc(text, text_size + 4);
	stripped = realloc(stripped, text_size * 2);
	if (!text || !stripped) {
		fprintf(stderr, "kheaders_strip: out of memory\n");
		exit(1);
	}
}

static size_t read_file(const char *dir, const char *path, int fd, size_t size)
{
	size_t len = 0;
	ssize_t n;

	reserve(size + 1);
	while ((n = read(fd, text + len, text_size - len)) > 0) {
		len += n;
		reserve(len + 1);
	}
	if (n < 0)
		die(dir, path);
	memset(text + len, 0, 4);
	return len;
}

static void make_parents(const char *dir, int dirfd, char *path)
{
	char *p;

	for (p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdirat(dirfd, path, 0755) && errno != EEXIST)
			die(dir, path);
		*p = '/';
	}
}

static int create_file(const char *dir, int dirfd, char *path, mode_t mode)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC;
	int fd = openat(dirfd, path, flags, 0644);

	if (fd < 0 && errno == ENOENT) {
		make_parents(dir, dirfd, path);
		fd = openat(dirfd, path, flags, 0644);
	}
	if (fd < 0 || fchmod(fd, mode & 0111 ? 0755 : 0644))
		die(dir, path);
	return fd;
}

static void write_file(const char *dir, int dirfd, char *path, mode_t mode,
		       const char *buf, size_t len)
{
	int fd = create_file(dir, dirfd, path, mode);

	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0)
			die(dir, path);
		buf += n;
		len -= n;
	}
	if (close(fd))
		die(dir, path);
}

static bool is_c(const char *path)
{
	size_t len = strlen(path);

	return len > 2 && path[len - 2] == '.' &&
	       (path[len - 1] == 'h' || path[len - 1] == 'c');
}

static void copy(const char *from, int fromfd, const char *to, int tofd,
		 char *path, bool keep)
{
	int fd = openat(fromfd, path, O_RDONLY);
	ssize_t len, new_len = -1;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		die(from, path);
	len = read_file(from, path, fd, st.st_size);
	close(fd);
	if (!keep && is_c(path)) {
		new_len = strip(len);
		if (new_len < 0)
			fprintf(stderr,
				"kheaders_strip: warning: %s/%s: unterminated comment or raw string, comments kept\n",
				from, path);
	}
	if (new_len < 0)
		write_file(to, tofd, path, st.st_mode, text, len);
	else
		write_file(to, tofd, path, st.st_mode, stripped, new_len);
}

static int open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		die(path, "");
	return fd;
}

int main(int argc, char **argv)
{
	bool keep = argc > 1 && !strcmp(argv[1], "-k");
	const char *from, *to;
	int fromfd, tofd;
	char *path = NULL;
	size_t size = 0;
	ssize_t len;

	if (argc != 3 + keep) {
		fprintf(stderr, "Usage: kheaders_strip [-k] FROM TO < LIST\n");
		return 1;
	}
	from = argv[1 + keep];
	to = argv[2 + keep];
	fromfd = open_dir(from);
	tofd = open_dir(to);
	while ((len = getline(&path, &size, stdin)) > 0) {
		if (path[len - 1] == '\n')
			path[len - 1] = '\0';
		copy(from, fromfd, to, tofd, path, keep);
	}
	if (ferror(stdin))
		die("standard input", "");
	return 0;
}
