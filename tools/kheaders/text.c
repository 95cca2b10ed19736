// SPDX-License-Identifier: GPL-2.0
/*
 * Clean untrusted text from archives, links and programs for output. Terminals
 * interpret control characters, and JSON must be UTF-8.
 */

#include "tool.h"

/* Store the UTF-8 character at @s; returns its length in bytes, 0 if it is invalid. */
static size_t utf8(const char *s, uint32_t *c)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t i, n = *p < 0x80 ? 1 : *p >> 5 == 6 ? 2 : *p >> 4 == 14 ? 3 : *p >> 3 == 30 ? 4 : 0;
	const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	*c = n == 1 ? *p : *p & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		*c = *c << 6 | (p[i] & 0x3f);
	}
	return *c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000) ? 0 : n;
}

/* C0, DEL, C1, and characters that reorder or break lines */
static bool is_control(uint32_t c)
{
	return c < ' ' || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c < 0x202f) ||
	       (c >= 0x2066 && c < 0x206a);
}

/* Replace each byte that is not part of a printable character by a question mark. */
void text_clean(char *s)
{
	uint32_t c;

	while (*s) {
		size_t i, n = utf8(s, &c);
		bool bad = !n || is_control(c);

		for (i = 0; i < (n ?: 1); i++)
			if (bad)
				s[i] = '?';
		s += n ?: 1;
	}
}

/* Print a JSON string; bytes that are not UTF-8 become U+FFFD. */
void text_print_json(const char *s)
{
	uint32_t c;

	putchar('"');
	while (*s) {
		size_t n = utf8(s, &c);

		if (!n || is_control(c) || *s == '"' || *s == '\\')
			printf("\\u%04x", n ? c : 0xfffd);
		else
			fwrite(s, 1, n, stdout);
		s += n ?: 1;
	}
	putchar('"');
}
