/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What clang is called with for eBPF programs, and where the precompiled header
 * is that goes with it.
 */
#ifndef KHEADERS_CFLAGS_H
#define KHEADERS_CFLAGS_H

#include "tool.h"

#define CFLAGS_MAX 64

/**
 * struct cflags - a call of clang
 * @clang: the program: $CLANG, or clang
 * @headers: the names in @headers_n #include lines
 * @headers_n: how many
 * @flags: its flags, ended by NULL; each is allocated
 * @flags_n: how many
 * @lost: there was no room for one of them
 * @pch: path of the precompiled header, which may not be there
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

int cflags_get(struct tool *tool, int argc, char **argv, struct cflags *cflags);
void cflags_free(struct cflags *cflags);

#endif
