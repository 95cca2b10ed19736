// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel headers contain inline assembly, which does not parse for the bpf target.
 * As with bcc, the flags are therefore for the native target and LLVM IR, from which
 * llc -march=bpf then makes the object.
 */

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "cflags.h"

/* The headers that tracing programs usually include */
static const char *const usual_headers[] = {
	"uapi/linux/ptrace.h", "linux/sched.h", "linux/fs.h", "linux/nsproxy.h",
	"net/sock.h", "net/inet_sock.h",
};

/*
 * The flags of bcc; CONFIG_CC_IS_CLANG is for headers of a kernel that gcc built. Without
 * the macros of bswap, headers of 4.19 swap bytes in assembly; newer ones define them so.
 */
static const char *const usual_flags[] = {
	"-O2", "-D__KERNEL__", "-D__BPF_TRACING__", "-DKBUILD_MODNAME=\"kheaders\"",
	"-fno-stack-protector", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables",
	"-Wno-unused-value", "-Wno-pointer-sign", "-Wno-deprecated-declarations",
	"-Wno-gnu-variable-sized-type-not-at-end", "-Wno-address-of-packed-member",
	"-Wno-duplicate-decl-specifier", "-Wno-unknown-warning-option", "-Wno-unknown-attributes",
	"-DCONFIG_CC_IS_CLANG", "-DCC_USING_FENTRY", "-D__HAVE_BUILTIN_BSWAP16__=",
	"-D__HAVE_BUILTIN_BSWAP32__=", "-D__HAVE_BUILTIN_BSWAP64__=",
};

/* From 6.19 on, kernels are built with these flags, and their headers need them. */
static const char *const ms_flags[] = { "-fms-extensions", "-Wno-microsoft-anon-tag" };

/* In the order of Kbuild's -I options; %s is SRCARCH */
static const char *const include_dirs[] = {
	"arch/%s/include", "arch/%s/include/generated", "include",
	"arch/%s/include/uapi", "arch/%s/include/generated/uapi", "include/uapi",
	"include/generated/uapi",
};

__printf(2, 3)
static void add(struct cflags *cflags, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (cflags->flags_n == CFLAGS_MAX - 1 ||
	    vasprintf(&cflags->flags[cflags->flags_n], format, args) < 0)
		cflags->lost = true;
	else
		cflags->flags_n++;
	va_end(args);
}

static void add_all(struct cflags *cflags, const char *const *flags, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		add(cflags, "%s", flags[i]);
}

/* Every tree has a release, because the library refuses archives without one. */
static bool has_ms_extensions(struct tool *tool, const char *tree)
{
	char *release __cleanup(kh_freep) = NULL;
	unsigned int major, minor;

	return !kheaders_tree_value(tool->ctx, tree, "RELEASE", &release) &&
	       sscanf(release, "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 19));
}

static void add_includes(struct cflags *cflags, const char *tree, const char *arch)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(include_dirs); i++) {
		char dir[PATH_MAX];

		snprintf(dir, sizeof(dir), include_dirs[i], arch);
		add(cflags, "-I%s/%s", tree, dir);
	}
	add(cflags, "-include");
	add(cflags, "%s/include/linux/kconfig.h", tree);
}

/* One path in the tree for each version of clang, flags and headers */
static char *pch_path(const struct cflags *cflags, const char *tree, const char *version)
{
	uint64_t sum = hash_string(HASH_START, version);
	char *path;
	int i;

	for (i = 0; i < cflags->flags_n; i++)
		sum = hash_string(sum, cflags->flags[i]);
	for (i = 0; i < cflags->headers_n; i++)
		sum = hash_string(sum, cflags->headers[i]);
	return asprintf(&path, "%s/.kheaders-pch/%016jx.pch", tree, (uintmax_t)sum) < 0 ?
	       NULL : path;
}

/* SRCARCH is from the archive, which is not trusted. */
static bool is_arch(const char *arch)
{
	return *arch && !arch[strspn(arch, "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

/* The kernel's own archive has no .kheaders, and headers of one architecture only. */
static char *only_arch(const char *tree)
{
	char path[PATH_MAX];
	struct dirent *entry;
	char *arch = NULL;
	int failed, found = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/arch", tree);
	dir = opendir(path);
	if (!dir)
		return NULL;
	do {
		errno = 0;
		entry = readdir(dir);
		if (entry && is_arch(entry->d_name) && !found++)
			arch = strdup(entry->d_name);
	} while (entry);
	failed = errno;
	closedir(dir);
	if (found == 1 && !failed)
		return arch;
	free(arch);
	return NULL;
}

/* Returns SRCARCH, to be freed, or NULL after a message. */
static char *arch_of(struct tool *tool, const char *tree)
{
	char *arch = NULL;
	int err = kheaders_tree_value(tool->ctx, tree, "SRCARCH", &arch);

	if (err && err != -ENOENT) {
		fprintf(stderr, "kheaders: %s/.kheaders: %s; %s\n", tree, strerror(-err),
			kh_remedy(-err) ?: "look for errors of the disk in the kernel's log");
		return NULL;
	}
	if (err)
		arch = only_arch(tree);
	if (arch && is_arch(arch))
		return arch;
	fprintf(stderr,
		"kheaders: %s: has no SRCARCH in .kheaders; use an archive with .kheaders\n", tree);
	free(arch);
	return NULL;
}

static char *ask_clang(const struct cflags *cflags, const char *option)
{
	const char *const argv[] = { cflags->clang, option, NULL };

	return first_line_of(argv);
}

static int get_flags(struct tool *tool, const char *tree, struct cflags *cflags)
{
	char *version __cleanup(kh_freep) = ask_clang(cflags, "--version");
	char *dir __cleanup(kh_freep) = version ? ask_clang(cflags, "-print-resource-dir") : NULL;
	char *arch __cleanup(kh_freep) = NULL;

	if (!dir && errno && errno != ENOENT) {
		cannot_run(cflags->clang, errno);
		return EXIT_FAILURE;
	}
	if (!dir) {
		fprintf(stderr,
			"kheaders: %s: not found, or not clang; install clang, or set CLANG=\n",
			cflags->clang);
		return EXIT_FAILURE;
	}
	arch = arch_of(tool, tree);
	if (!arch)
		return EXIT_FAILURE;
	add_all(cflags, usual_flags, ARRAY_SIZE(usual_flags));
	if (has_ms_extensions(tool, tree))
		add_all(cflags, ms_flags, ARRAY_SIZE(ms_flags));
	if (!strcmp(arch, "x86"))
		add(cflags, "-fcf-protection");
	add(cflags, "-nostdinc");
	add(cflags, "-isystem");
	add(cflags, "%s/include", dir);
	add_includes(cflags, tree, arch);
	cflags->pch = pch_path(cflags, tree, version);
	if (cflags->pch && !cflags->lost)
		return EXIT_SUCCESS;
	fprintf(stderr, "kheaders: out of memory\n");
	return EXIT_FAILURE;
}

/*
 * @argv: headers; usual_headers if @argc is 0. @hold: hold the tree, to write there. Returns
 * an exit status.
 */
int cflags_get(struct tool *tool, int argc, char **argv, bool hold, struct cflags *cflags)
{
	char *tree __cleanup(kh_freep) = NULL;
	const char *clang = getenv("CLANG");

	cflags->clang = clang && *clang ? clang : "clang";
	cflags->headers = argc ? (const char *const *)argv : usual_headers;
	cflags->headers_n = argc ?: (int)ARRAY_SIZE(usual_headers);
	if (hold ? tree_hold(tool, &tree) : kheaders_tree_get(tool->ctx, &tree))
		return EXIT_FAILURE;
	return get_flags(tool, tree, cflags);
}

void cflags_free(struct cflags *cflags)
{
	while (cflags->flags_n)
		free(cflags->flags[--cflags->flags_n]);
	free(cflags->pch);
}

/* Does the word survive an unquoted $() of a shell? */
static int check_word(const char *word)
{
	if (!word[strcspn(word, " \t\n*?[")])
		return EXIT_SUCCESS;
	fprintf(stderr,
		"kheaders: %s: has blanks or wildcards in its name; use another cache, or another CLANG=\n",
		word);
	return EXIT_FAILURE;
}

static int do_cflags(struct tool *tool, int argc, char **argv)
{
	struct cflags cflags __cleanup(cflags_free) = { };
	int i;

	if (cflags_get(tool, argc, argv, false, &cflags))
		return EXIT_FAILURE;
	for (i = 0; i < cflags.flags_n; i++)
		if (check_word(cflags.flags[i]))
			return EXIT_FAILURE;
	for (i = 0; i < cflags.flags_n; i++)
		printf("%s ", cflags.flags[i]);
	if (!access(cflags.pch, R_OK))
		printf("-include-pch %s ", cflags.pch);
	puts("-emit-llvm");
	return EXIT_SUCCESS;
}

const struct cmd cmd_cflags = {
	.name = "cflags",
	.args = "[HEADER]...",
	.summary = "print clang's flags for an eBPF program",
	.help =
	"Print the flags with which clang compiles an eBPF program that includes kernel\n"
	"headers to LLVM IR, from which llc -march=bpf makes the object. If kheaders pch was\n"
	"run with the same HEADERs (or both without), the flags use the precompiled header.\n",
	.max = -1,
	.run = do_cflags,
};
