// SPDX-License-Identifier: GPL-2.0
/*
 * How make is called in a tree.
 */

#include <stdio.h>
#include <string.h>

#include "tool.h"

/*
 * What is set for the make that called us, or for a kernel that is built, is not
 * meant for the tree, which knows its own architecture and where it is.
 */
static void unset_others(void)
{
	static const char *const others[] = {
		"MAKEFLAGS", "MFLAGS", "GNUMAKEFLAGS", "MAKELEVEL", "MAKEFILES", "MAKEOVERRIDES",
		"KBUILD_OUTPUT", "KBUILD_EXTMOD", "KBUILD_SRC", "O", "M", "MO", "SUBDIRS", "ARCH",
	};
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		unsetenv(others[i]);
}

/**
 * make_set_env() - prepare the environment for make
 * @tool: the tool
 *
 * The tree is one of the running kernel unless another archive or release was
 * asked for, and so modules can have the BTF of the running kernel.
 *
 * Return: 0, or -1 without memory.
 */
int make_set_env(const struct tool *tool)
{
	char *btf __cleanup(freep) = NULL;

	unset_others();
	if (tool->other)
		return 0;
	if (asprintf(&btf, "%s/kernel/btf/vmlinux", tool->sysfs) < 0)
		return -1;
	return setenv("KHEADERS_BTF", btf, 1);
}

/**
 * make_variable() - a variable as make takes it on its command line
 * @name: its name
 * @value: its value, in which make would expand each dollar
 *
 * Return: the argument, to be freed, or NULL without memory.
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
