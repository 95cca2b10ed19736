/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Declarations that the subcommands of kheaders share.
 */
#ifndef KHEADERS_TOOL_H
#define KHEADERS_TOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libkheaders/kheaders.h"
#include "libkheaders/shared.h"

#define EXIT_USAGE 2
#define EXIT_NOTHING 3	/* there is nothing to link */

/**
 * struct tool - options and context of a subcommand
 * @ctx: the library's context, with the options set
 * @sysfs: --sysfs, or the default
 * @modules: --modules, or the default
 * @json: is --json given
 * @verbose: is --verbose given
 * @other: is --archive or the release of another kernel than the running one given
 * @error: if not NULL, the library's error is stored there instead of printed
 */
struct tool {
	struct kheaders_ctx *ctx;
	const char *sysfs;
	const char *modules;
	bool json;
	bool verbose;
	bool other;
	char **error;
};

/**
 * struct cmd - a subcommand
 * @name: its name
 * @args: its arguments, for the usage
 * @summary: one-line description, for the list
 * @help: full description, for --help
 * @min: minimum number of arguments
 * @max: maximum number of arguments, -1 for any
 * @json: does the subcommand support --json
 * @run: runs the subcommand; returns an exit status
 */
struct cmd {
	const char *name;
	const char *args;
	const char *summary;
	const char *help;
	int min;
	int max;
	bool json;
	int (*run)(struct tool *tool, int argc, char **argv);
};

#define COMMAND(name) cmd_##name
extern const struct cmd
#include "commands.h"
;

/* hash.c */
#define HASH_START 0xcbf29ce484222325

uint64_t hash(uint64_t sum, const void *data, size_t size);
uint64_t hash_string(uint64_t sum, const char *s);

/* hold.c */
int tree_hold(struct tool *tool, char **tree);

/* make.c */
int make_set_env(const struct tool *tool);
char *make_variable(const char *name, const char *value);

/* progress.c */
void progress_show(void *data, unsigned long long done, unsigned long long total);
void progress_end(void);

/* sync.c */
int sync_path(const char *path, int (*sync)(int fd));

/* text.c */
void text_clean(char *s);
void text_print_json(const char *s);

/* run.c */
void cannot_run(const char *program, int err);
int run_program(const char *const argv[]);
char *first_line_of(const char *const argv[]);

#endif
