// SPDX-License-Identifier: GPL-2.0
/*
 * Run other programs, without a shell.
 */

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#include "tool.h"

extern char **environ;

/* Returns the exit status; 128 + N after signal N; -errno if waiting fails. */
static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void cannot_run(const char *program, int err)
{
	const char *remedy = err == ENOENT ? "install it" : kh_remedy(err);

	fprintf(stderr, "kheaders: %s: %s; %s\n", program, strerror(err),
		remedy ?: "is it a program that this user may run?");
}

/* This program ignores SIGXFSZ, and others may not expect that. */
static int spawn(pid_t *pid, const char *const argv[],
		 const posix_spawn_file_actions_t *actions)
{
	posix_spawnattr_t attr;
	sigset_t defaults;
	int err;

	sigemptyset(&defaults);
	sigaddset(&defaults, SIGXFSZ);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	err = posix_spawnp(pid, argv[0], actions, &attr, (char *const *)argv, environ);
	posix_spawnattr_destroy(&attr);
	return err;
}

/*
 * Run a program with stdout redirected to stderr, because stdout is for results. Returns its
 * exit status, or -1 with a message if it cannot be run.
 */
int run_program(const char *const argv[])
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int err, status;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	err = spawn(&pid, argv, &actions);
	posix_spawn_file_actions_destroy(&actions);
	status = err ? -err : wait_for(pid);
	if (status >= 0)
		return status;
	cannot_run(argv[0], -status);
	return -1;
}

/*
 * Returns the first line of a program's output, to be freed; NULL with errno, which is 0 if
 * it has no output
 */
char *first_line_of(const char *const argv[])
{
	posix_spawn_file_actions_t actions;
	char *line = NULL;
	size_t size = 0;
	FILE *out;
	pid_t pid;
	int fds[2];
	int err;

	if (pipe(fds))
		return NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, fds[0]);
	posix_spawn_file_actions_addclose(&actions, fds[1]);
	err = spawn(&pid, argv, &actions);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	out = fdopen(fds[0], "r");
	if (!out)
		close(fds[0]);
	if (!err && out && getline(&line, &size, out) > 0) {
		line[strcspn(line, "\n")] = '\0';
	} else {
		free(line);
		line = NULL;
	}
	if (out)
		fclose(out);
	if (!err)
		wait_for(pid);
	errno = err;
	return line;
}
