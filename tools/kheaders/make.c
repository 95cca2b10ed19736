// SPDX-License-Identifier: GPL-2.0
/*
 * Prepare the environment and the arguments of a make in a tree.
 */

#include <stdio.h>
#include <string.h>

#include "tool.h"

/*
 * These variables may be set for a make that runs this program, or for the build of
 * a kernel. They do not apply to a tree, which has its own architecture and path.
 */
static void unset_others(void)
{
	static const char *const others[] = {
		"MAKEFLAGS", "MFLAGS", "GNUMAKEFLAGS", "MAKELEVEL", "MAKEFILES", "MAKEOVERRIDES",
		"MAKECMDGOALS",
		"KBUILD_OUTPUT", "KBUILD_EXTMOD", "KBUILD_EXTMOD_OUTPUT", "KBUILD_SRC",
		"sub_make_done", "O", "M", "MO", "SUBDIRS", "ARCH", "KHEADERS_BTF",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		unsetenv(others[i]);
}

/**
 * make_set_env() - prepare the environment for make
 * @tool: the tool
 *
 * Unless another archive or release was selected, the tree belongs to the running
 * kernel, so modules can get the BTF of the running kernel.
 *
 * Return: 0, or -1 if out of memory.
 */
int make_set_env(const struct tool *tool)
{
	char *sysfs __cleanup(kh_freep) = NULL;
	char *btf __cleanup(kh_freep) = NULL;

	unset_others();
	if (tool->other)
		return 0;
	/* make runs in another directory. */
	sysfs = realpath(tool->sysfs, NULL);
	if (asprintf(&btf, "%s/kernel/btf/vmlinux", sysfs ?: tool->sysfs) < 0)
		return -1;
	return setenv("KHEADERS_BTF", btf, 1);
}

/**
 * make_variable() - format a variable for the command line of make
 * @name: name of the variable
 * @value: value of the variable; dollars are doubled, because make would expand them
 *
 * Return: the argument, to be freed, or NULL if out of memory.
 */
char *make_variable(const char *name, const char *value)
{
	char *word = malloc(strlen(name) + 2 * strlen(value) + 2);
	char *p = word;

	if (!word)
		return NULL;
	p += sprintf(p, "%s=", name);
	for (; *value; value++) {
		if (*value == '$')
			*p++ = '$';
		*p++ = *value;
	}
	*p = '\0';
	return word;
}
