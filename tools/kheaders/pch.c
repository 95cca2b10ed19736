// SPDX-License-Identifier: GPL-2.0

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "cflags.h"

static int cannot_write(const char *path)
{
	fprintf(stderr, "kheaders: %s: %s; %s\n", path, strerror(errno),
		kh_remedy(errno) ?: "run this as the owner of the tree, or use another cache");
	return EXIT_FAILURE;
}

/* Write the source of the header and keep it: clang checks whether it has changed. */
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
	if (status > 0)
		fprintf(stderr,
			"kheaders: %s: failed, status %d; see the error above, or give other headers\n",
			cflags->clang, status);
	return status ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Write to a temporary file and rename it, so that an existing .pch is complete. */
static int make_pch(const struct cflags *cflags)
{
	char source[PATH_MAX], pch[PATH_MAX + 4];
	int status;

	snprintf(source, sizeof(source), "%.*s.h", (int)strlen(cflags->pch) - 4, cflags->pch);
	snprintf(pch, sizeof(pch), "%s.new", cflags->pch);
	status = write_source(cflags, source);
	if (!status)
		status = run_clang(cflags, source, pch);
	/* After a power failure, the file must not be there and be empty. */
	if (!status && sync_path(pch, fsync))
		status = cannot_write(pch);
	if (!status && rename(pch, cflags->pch))
		status = cannot_write(cflags->pch);
	if (status) {
		unlink(pch);
		unlink(source);
	}
	return status;
}

/* Remove what calls that were killed, and their clang, have left. */
static void remove_litter(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)) != NULL) {
		const char *dot = strrchr(entry->d_name, '.');

		if (dot && (!strcmp(dot, ".new") || !strcmp(dot, ".tmp")))
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	closedir(dir);
}

/*
 * Only one call at a time: if another call rewrites the source, clang considers it
 * changed. clang inherits the lock, and holds it if only this program is killed.
 */
static int make_pch_once(const struct cflags *cflags)
{
	char path[PATH_MAX];
	int dir, lock, status;
	bool locked;

	snprintf(path, sizeof(path), "%.*s", (int)(strrchr(cflags->pch, '/') - cflags->pch),
		 cflags->pch);
	if (mkdir(path, 0755) && errno != EEXIST)
		return cannot_write(path);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return cannot_write(path);
	lock = kh_lock_at(dir, ".lock", LOCK_EX, &locked);
	close(dir);
	if (lock < 0) {
		errno = -lock;
		return cannot_write(path);
	}
	fcntl(lock, F_SETFD, 0);
	status = EXIT_SUCCESS;
	if (access(cflags->pch, R_OK)) {
		remove_litter(path);
		status = make_pch(cflags);
	}
	close(lock);
	return status;
}

static int do_pch(struct tool *tool, int argc, char **argv)
{
	struct cflags cflags __cleanup(cflags_free) = { };

	if (cflags_get(tool, argc, argv, true, &cflags))
		return EXIT_FAILURE;
	/* All users who can read the tree must be able to read the header. */
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
	"Precompile HEADERs such as net/sock.h for clang, or those that tracing programs\n"
	"usually include, and print the path of the result. This is done once for each\n"
	"kernel, clang ($CLANG, or clang) and list. kheaders cflags with the same HEADERs\n"
	"prints the flags that use the precompiled header.\n",
	.max = -1,
	.run = do_pch,
};
