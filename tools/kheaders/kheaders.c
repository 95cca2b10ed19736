// SPDX-License-Identifier: GPL-2.0
/*
 * kheaders: unpack the headers that the running kernel carries, for building
 * modules and eBPF programs. To add a subcommand, write a file, a line in
 * commands.h and a paragraph in kheaders.1.
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <syslog.h>

#include "tool.h"

static const struct cmd *const cmds[] = {
#define COMMAND(name) (&cmd_##name)
#include "commands.h"
};

enum { OPT_LIBRARY = 256, OPT_JSON = 512 };

static const struct option options[] = {
	{ "archive", required_argument, NULL, OPT_LIBRARY + KHEADERS_ARCHIVE },
	{ "sysfs", required_argument, NULL, OPT_LIBRARY + KHEADERS_SYSFS },
	{ "release", required_argument, NULL, OPT_LIBRARY + KHEADERS_RELEASE },
	{ "cache", required_argument, NULL, OPT_LIBRARY + KHEADERS_CACHE },
	{ "modules", required_argument, NULL, OPT_LIBRARY + KHEADERS_MODULES },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ }
};

static const char options_help[] =
	"Options:\n"
	"  --archive FILE   use this archive instead of the running kernel's\n"
	"  --sysfs DIR      where sysfs is mounted (/sys)\n"
	"  --release R      the kernel's release (default: that of uname -r)\n"
	"  --cache DIR      the cache (root: /var/cache/kheaders, others:\n"
	"                   $XDG_CACHE_HOME/kheaders or ~/.cache/kheaders)\n"
	"  --modules DIR    directory of modules (/lib/modules)\n"
	"  -v, --verbose    print more messages\n"
	"  -h, --help       show this, or the help of a command\n"
	"  -V, --version    show the version\n";

static const char json_help[] =
	"  --json           print JSON\n";

static int show_help(const struct cmd *cmd)
{
	size_t i;

	if (cmd) {
		printf("Usage: kheaders %s%s%s [OPTION]...\n\n%s\n%s%s", cmd->name,
		       *cmd->args ? " " : "", cmd->args, cmd->help, options_help,
		       cmd->json ? json_help : "");
		return EXIT_SUCCESS;
	}
	printf("Usage: kheaders COMMAND [ARGUMENT]... [OPTION]...\n\n"
	       "Unpack and use the headers that the running kernel carries.\n\nCommands:\n");
	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		printf("  %-9s %-12s %s\n", cmds[i]->name,
		       strlen(cmds[i]->args) <= 12 ? cmds[i]->args : "DIR [ARG]...",
		       cmds[i]->summary);
	printf("\n%s\nExit status: 0 on success, 1 on failure, 2 if the command line is wrong,\n"
	       "3 if link has nothing to link.\n",
	       options_help);
	return EXIT_SUCCESS;
}

static const struct cmd *find_cmd(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		if (!strcmp(cmds[i]->name, name))
			return cmds[i];
	return NULL;
}

static void show_message(void *data, int priority, const char *message)
{
	char *text __cleanup(kh_freep) = NULL;
	struct tool *tool = data;

	if (priority == LOG_ERR && tool->error) {
		free(*tool->error);
		*tool->error = strdup(message);
		return;
	}
	if (priority > LOG_WARNING && !tool->verbose)
		return;
	progress_end();
	text = strdup(message);
	if (text)
		text_clean(text);
	fprintf(stderr, "kheaders: %s%s\n", priority == LOG_WARNING ? "warning: " : "",
		text ?: "out of memory");
}

static int usage_error(const char *what, const char *where)
{
	fprintf(stderr, "kheaders: %s%s%s; see kheaders --help\n", where ?: "", where ? ": " : "",
		what);
	return EXIT_USAGE;
}

/* @word: the argument of a long option */
static int bad_option(const char *word)
{
	const char short_option[] = { '-', optopt, '\0' };

	return usage_error("no such option, or its value is missing",
			   optopt && optopt < OPT_LIBRARY ? short_option : word);
}

static bool is_running(const char *release)
{
	struct utsname uts;

	return !uname(&uts) && !strcmp(uts.release, release);
}

/* Returns -1 to go on, or an exit status. */
static int set_option(struct tool *tool, const struct cmd *cmd, int opt)
{
	switch (opt) {
	case 'v':
		tool->verbose = true;
		return -1;
	case 'h':
		return show_help(cmd);
	case 'V':
		printf("kheaders " KHEADERS_VERSION "\n");
		return EXIT_SUCCESS;
	case OPT_JSON:
		tool->json = true;
		return -1;
	}
	if (opt == OPT_LIBRARY + KHEADERS_MODULES)
		tool->modules = optarg;
	else if (opt == OPT_LIBRARY + KHEADERS_SYSFS)
		tool->sysfs = optarg;
	else if (opt == OPT_LIBRARY + KHEADERS_ARCHIVE ||
		 (opt == OPT_LIBRARY + KHEADERS_RELEASE && !is_running(optarg)))
		tool->other = true;
	return kheaders_option_set(tool->ctx, opt - OPT_LIBRARY, optarg) ? EXIT_USAGE : -1;
}

static int run(struct tool *tool, int argc, char **argv)
{
	const struct cmd *cmd, *first = NULL;
	int i, opt, status;

	/*
	 * Options may follow arguments, even if POSIXLY_CORRECT is set. Words after "--"
	 * are arguments; "build" passes them to make.
	 */
	unsetenv("POSIXLY_CORRECT");
	opterr = 0;
	/* Whose help is asked for */
	for (i = 1; i < argc && !first; i++)
		first = find_cmd(argv[i]);
	while ((opt = getopt_long(argc, argv, "vhV", options, NULL)) != -1) {
		if (opt == '?')
			return bad_option(argv[optind - 1]);
		status = set_option(tool, first, opt);
		if (status >= 0)
			return status;
	}
	argc -= optind;
	argv += optind;
	if (!argc)
		return usage_error("no command", NULL);
	cmd = find_cmd(argv[0]);
	if (!cmd)
		return usage_error("no such command", argv[0]);
	if (argc - 1 < cmd->min || (cmd->max >= 0 && argc - 1 > cmd->max))
		return usage_error(argc - 1 < cmd->min ? "an argument is missing" :
							 "too many arguments", cmd->name);
	if (tool->json && !cmd->json)
		return usage_error("has no --json", cmd->name);
	return cmd->run(tool, argc - 1, argv + 1);
}

/* Fail if not all of the output could be written. */
static int flush(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fprintf(stderr, "kheaders: stdout: %s; make room, or write to another file\n",
		strerror(errno));
	return EXIT_FAILURE;
}

/*
 * If stdin, stdout or stderr is closed, the next file that is opened would take its
 * number and receive its output. Open / instead, which cannot be written to.
 */
static int keep_standard_fds(void)
{
	int fd;

	do {
		fd = open("/", O_PATH);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0) {
		fprintf(stderr, "kheaders: /: %s; raise the limit of open files (ulimit -n)\n",
			strerror(errno));
		return -1;
	}
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	struct tool tool = { .sysfs = "/sys", .modules = "/lib/modules" };
	int status;

	if (keep_standard_fds())
		return EXIT_FAILURE;
	/* Whoever started this program may ignore it; then waiting for a child fails. */
	signal(SIGCHLD, SIG_DFL);
	/* With a limit of file sizes, a write fails, and what is half-made is removed. */
	signal(SIGXFSZ, SIG_IGN);
	if (kheaders_ctx_new(&tool.ctx)) {
		fprintf(stderr, "kheaders: out of memory\n");
		return EXIT_FAILURE;
	}
	kheaders_log_set(tool.ctx, show_message, &tool);
	kheaders_progress_set(tool.ctx, progress_show, NULL);
	status = flush(run(&tool, argc, argv));
	kheaders_ctx_free(tool.ctx);
	return status;
}
