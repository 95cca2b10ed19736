/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flags of clang for eBPF programs, and the path of the matching precompiled
 * header.
 */
#ifndef KHEADERS_CFLAGS_H
#define KHEADERS_CFLAGS_H

#include "tool.h"

#define CFLAGS_MAX 64

/**
 * struct cflags - a call of clang
 * @clang: the program: $CLANG, or clang
 * @headers: the names in @headers_n #include lines
 * @headers_n: number of @headers
 * @flags: flags of clang, ended by NULL; each is allocated
 * @flags_n: number of @flags
 * @lost: a flag did not fit
 * @pch: path of the precompiled header, which may not exist
 */
struct cflags {
	const char *clang;
	const char *const *headers;
	int headers_n;
	char *flags[CFLAGS_MAX];
	int flags_n;
	bool lost;
	char *pch;
};

int cflags_get(struct tool *tool, int argc, char **argv, bool hold, struct cflags *cflags);
void cflags_free(struct cflags *cflags);

#endif
