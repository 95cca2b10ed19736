// SPDX-License-Identifier: GPL-2.0

#include <limits.h>
#include <string.h>
#include <sys/statvfs.h>

#include "tool.h"

enum field {
	RELEASE, BUILD, ARCHIVE, ARCHIVE_PATH, TREE, PROBLEM, LAYOUT, ARCH, TOOLS, SYMVERS,
	COMPILER, COMPILER_HERE, RUST, RUSTC, RUSTC_HERE, LINK, LINK_TARGET, FIELDS
};

static const char *const names[FIELDS] = {
	[RELEASE] = "release",
	[BUILD] = "build",
	[ARCHIVE] = "archive",
	[ARCHIVE_PATH] = "archive_path",
	[TREE] = "tree",
	[PROBLEM] = "problem",
	[LAYOUT] = "layout",
	[ARCH] = "arch",
	[TOOLS] = "tools",
	[SYMVERS] = "symvers",
	[COMPILER] = "compiler",
	[COMPILER_HERE] = "compiler_here",
	[RUST] = "rust",
	[RUSTC] = "rustc",
	[RUSTC_HERE] = "rustc_here",
	[LINK] = "link",
	[LINK_TARGET] = "link_target",
};

static const char *const states[] = {
	[KHEADERS_ABSENT] = "absent",
	[KHEADERS_LOADABLE] = "loadable",
	[KHEADERS_LOADED] = "loaded",
	[KHEADERS_BUILT_IN] = "built in",
	[KHEADERS_FILE] = "file",
};

static const char *const links[] = {
	[KHEADERS_LINK_NONE] = "none",
	[KHEADERS_LINK_OURS] = "ours",
	[KHEADERS_LINK_OTHER] = "other",
	[KHEADERS_LINK_DANGLING] = "dangling",
};

/* The first line of the output of @name --version */
static char *version_here(const char *name)
{
	const char *const argv[] = { name, "--version", NULL };
	char *line, *p;

	line = first_line_of(argv);
	/* The library cleans the kernel's version text in the same way. */
	for (p = line; p && *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return line;
}

/* Run the compiler by the name in the kernel's version text, if that is gcc or clang. */
static char *compiler_here(const char *kernels)
{
	char name[64];

	if (strstr(kernels, "clang"))
		strcpy(name, "clang");
	else
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(kernels, " "), kernels);
	if (strchr(name, '/') || !(strstr(name, "gcc") || strstr(name, "clang")))
		return NULL;
	return version_here(name);
}

/* make in the tree reports the same problem. */
static char *noexec_problem(const char *tree)
{
	struct statvfs fs;
	char *problem;

	if (statvfs(tree, &fs) || !(fs.f_flag & ST_NOEXEC))
		return NULL;
	if (asprintf(&problem,
		     "%s: on a mount with noexec, where no module can be built; use another cache",
		     tree) < 0)
		return NULL;
	return problem;
}

static void describe_tree(struct tool *tool, char *values[FIELDS])
{
	const char *tree = values[TREE];
	struct kheaders_ctx *ctx = tool->ctx;

	kheaders_tree_value(ctx, tree, "LAYOUT", &values[LAYOUT]);
	kheaders_tree_value(ctx, tree, "ARCH", &values[ARCH]);
	kheaders_tree_value(ctx, tree, "TOOLS", &values[TOOLS]);
	kheaders_tree_value(ctx, tree, "SYMVERS", &values[SYMVERS]);
	kheaders_tree_value(ctx, tree, "CC_VERSION_TEXT", &values[COMPILER]);
	if (values[COMPILER])
		values[COMPILER_HERE] = compiler_here(values[COMPILER]);
	if (!values[PROBLEM])
		values[PROBLEM] = noexec_problem(tree);
	kheaders_tree_value(ctx, tree, "RUST", &values[RUST]);
	kheaders_tree_value(ctx, tree, "RUSTC_VERSION_TEXT", &values[RUSTC]);
	if (values[RUSTC])
		values[RUSTC_HERE] = version_here("rustc");
}

static void describe(struct tool *tool, char *values[FIELDS])
{
	struct kheaders_ctx *ctx = tool->ctx;
	int link;

	tool->error = &values[PROBLEM];
	values[RELEASE] = strdup(kheaders_kernel_release(ctx));
	kheaders_kernel_build(ctx, &values[BUILD]);
	values[ARCHIVE] = strdup(states[kheaders_archive_state(ctx, &values[ARCHIVE_PATH])]);
	if (!kheaders_tree_find(ctx, &values[TREE]))
		describe_tree(tool, values);
	link = kheaders_link_state(ctx, &values[LINK_TARGET]);
	values[LINK] = link < 0 ? NULL : strdup(links[link]);
	tool->error = NULL;
}

static void print_string(const char *s)
{
	if (s)
		text_print_json(s);
	else
		printf("null");
}

static void print_json(char *const values[FIELDS])
{
	int i;

	for (i = 0; i < FIELDS; i++) {
		printf("%s\n  \"%s\": ", i ? "," : "{", names[i]);
		print_string(values[i]);
	}
	printf("\n}\n");
}

static void print_here(const char *own, const char *here)
{
	printf("here:      %s%s\n", here ?: "not installed",
	       !here ? "" : strcmp(own, here) ? " (differs)" : " (the same)");
}

static void print_compiler(char *const values[FIELDS])
{
	const char *own = values[COMPILER];

	printf("compiler:  %s\n",
	       own ?: values[TREE] ? "not known" : "known once the archive is unpacked");
	if (own)
		print_here(own, values[COMPILER_HERE]);
}

/* The crates that modules in Rust are compiled against, for kernels with Rust */
static void print_rust(char *const values[FIELDS])
{
	const char *rust = values[RUST];
	char path[PATH_MAX];

	if (!values[RUSTC])
		return;
	snprintf(path, sizeof(path), "%s/rust/.crates-made", values[TREE]);
	if (!rust || !strcmp(rust, "no"))
		rust = "none";
	else if (strcmp(rust, "source"))
		rust = "in the archive";
	else
		rust = access(path, F_OK) ? "source, not built yet" : "source, built";
	printf("rust:      crates: %s; %s\n", rust, values[RUSTC]);
	print_here(values[RUSTC], values[RUSTC_HERE]);
}

/* Host programs: if modpost exists, they were built. */
static const char *programs(char *const values[FIELDS])
{
	const char *tools = values[TOOLS];
	char path[PATH_MAX];

	if (!tools || !strcmp(tools, "none"))
		return "none";
	if (strcmp(tools, "source"))
		return "in the archive";
	snprintf(path, sizeof(path), "%s/scripts/mod/modpost", values[TREE]);
	return access(path, F_OK) ? "source, not built yet" : "source, built";
}

/* Symbol versions in the archive; link and build may have added more to the tree. */
static const char *symvers(char *const values[FIELDS])
{
	const char *inside = values[SYMVERS];

	if (!inside || !strcmp(inside, "no"))
		return "none";
	return strcmp(inside, "yes") ? inside : "all";
}

static void print_tree(char *const values[FIELDS])
{
	if (!values[TREE]) {
		printf("tree:      none yet; run kheaders path\n");
		return;
	}
	printf("tree:      %s\n", values[TREE]);
	printf("contents:  ARCH=%s, symbol versions: %s, programs: %s\n", values[ARCH] ?: "?",
	       symvers(values), programs(values));
}

static void print_text(struct tool *tool, char *const values[FIELDS])
{
	const char *release = values[RELEASE];
	int i;

	for (i = 0; i < FIELDS; i++)
		if (values[i])
			text_clean(values[i]);
	printf("kernel:    %s\n", release);
	printf("build:     %s\n", values[BUILD] ?: "not known; is sysfs mounted?");
	if (values[ARCHIVE_PATH])
		printf("archive:   %s: %s\n", values[ARCHIVE], values[ARCHIVE_PATH]);
	else
		printf("archive:   %s: not in sysfs, and no kheaders.ko in %s/%s\n",
		       values[ARCHIVE], tool->modules, release);
	print_tree(values);
	print_compiler(values);
	print_rust(values);
	printf("link:      %s/%s/build: %s%s%s\n", tool->modules, release, values[LINK] ?: "?",
	       values[LINK_TARGET] ? ", to " : "", values[LINK_TARGET] ?: "");
	if (values[PROBLEM])
		printf("problem:   %s\n", values[PROBLEM]);
}

static int do_status(struct tool *tool, int argc,
		     char **argv)
{
	char *values[FIELDS] = { };
	int i;

	describe(tool, values);
	if (tool->json)
		print_json(values);
	else
		print_text(tool, values);
	for (i = 0; i < FIELDS; i++)
		free(values[i]);
	return EXIT_SUCCESS;
}

const struct cmd cmd_status = {
	.name = "status",
	.args = "",
	.summary = "show kernel, archive, tree and link",
	.help =
	"Show the kernel, the state of its archive (built in, loaded, loadable, absent,\n"
	"file), the cached tree and its contents, the kernel's compiler and the installed\n"
	"one, the crates for Rust, and the target of /lib/modules/RELEASE/build. Nothing\n"
	"is loaded or unpacked.\n",
	.json = true,
	.run = do_status,
};
