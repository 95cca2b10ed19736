// SPDX-License-Identifier: GPL-2.0

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "cflags.h"

#define LOCK ".lock"

static int cannot_write(const char *path)
{
	fprintf(stderr, "kheaders: %s: %s; be the owner of the tree, or name another cache\n",
		path, strerror(errno));
	return EXIT_FAILURE;
}

/* Kept beside it: clang looks whether it has changed. */
static int write_source(const struct cflags *cflags, const char *path)
{
	FILE *out = fopen(path, "we");
	bool failed;
	int i;

	if (!out)
		return cannot_write(path);
	for (i = 0; i < cflags->headers_n; i++)
		fprintf(out, "#include <%s>\n", cflags->headers[i]);
	failed = ferror(out);
	return fclose(out) || failed ? cannot_write(path) : EXIT_SUCCESS;
}

static int run_clang(const struct cflags *cflags, const char *source, const char *pch)
{
	const char *argv[CFLAGS_MAX + 8];
	int n = 0, i, status;

	argv[n++] = cflags->clang;
	for (i = 0; i < cflags->flags_n; i++)
		argv[n++] = cflags->flags[i];
	argv[n++] = "-x";
	argv[n++] = "c-header";
	argv[n++] = source;
	argv[n++] = "-o";
	argv[n++] = pch;
	argv[n] = NULL;
	status = run_program(argv);
	if (status)
		fprintf(stderr,
			"kheaders: %s: failed, status %d; see above, and name other headers\n",
			cflags->clang, status);
	return status ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Made aside and renamed, so that what is there is whole. */
static int make_pch(const struct cflags *cflags)
{
	char source[PATH_MAX], pch[PATH_MAX + 4];
	int status;

	snprintf(source, sizeof(source), "%.*s.h", (int)strlen(cflags->pch) - 4, cflags->pch);
	snprintf(pch, sizeof(pch), "%s.new", cflags->pch);
	status = write_source(cflags, source);
	if (!status)
		status = run_clang(cflags, source, pch);
	if (!status && rename(pch, cflags->pch))
		status = cannot_write(cflags->pch);
	if (status) {
		unlink(pch);
		unlink(source);
	}
	return status;
}

/*
 * One at a time: a source that another one writes anew is another to clang. The
 * lock is a file that nobody else can open, as who can may also lock it.
 */
static int make_pch_once(const struct cflags *cflags)
{
	char dir[PATH_MAX], path[PATH_MAX + sizeof(LOCK)];
	int lock, status;

	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(cflags->pch, '/') - cflags->pch),
		 cflags->pch);
	if (mkdir(dir, 0755) && errno != EEXIST)
		return cannot_write(dir);
	snprintf(path, sizeof(path), "%s/" LOCK, dir);
	lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (lock < 0)
		return cannot_write(dir);
	while (flock(lock, LOCK_EX) && errno == EINTR)
		;
	status = access(cflags->pch, R_OK) ? make_pch(cflags) : EXIT_SUCCESS;
	close(lock);
	return status;
}

static int do_pch(struct tool *tool, int argc, char **argv)
{
	struct cflags cflags __cleanup(cflags_free) = { };

	if (cflags_get(tool, argc, argv, &cflags))
		return EXIT_FAILURE;
	/* It is for all who may read the tree. */
	umask(022);
	if (access(cflags.pch, R_OK) && make_pch_once(&cflags))
		return EXIT_FAILURE;
	puts(cflags.pch);
	return EXIT_SUCCESS;
}

const struct cmd cmd_pch = {
	.name = "pch",
	.args = "[HEADER]...",
	.summary = "precompile headers for eBPF programs",
	.help =
	"Make sure of a precompiled header, for clang, of HEADERs such as net/sock.h, or\n"
	"of those that tracing programs usually include, and print where it is. It is\n"
	"made once for each kernel, clang ($CLANG, or clang) and list. kheaders cflags\n"
	"with the same HEADERs prints the flags that use it.\n",
	.max = -1,
	.run = do_pch,
};
