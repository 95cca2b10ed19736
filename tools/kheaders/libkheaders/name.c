// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Check names and link targets in an archive.
 */

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "private.h"

/*
 * Allow only printable ASCII without blanks: no kernel has files with other names, and
 * terminals and make mishandle such names.
 */
static bool is_plain(const char *name)
{
	for (; *name; name++)
		if (*name <= ' ' || *name > '~')
			return false;
	return true;
}

static bool part_is_good(const char *part, size_t length)
{
	return length && length <= NAME_MAX && !(length == 1 && part[0] == '.') &&
	       !(length == 2 && part[0] == '.' && part[1] == '.');
}

/*
 * Remove "./" from the front and "/" from the end. The result is a name below the root
 * of the archive, or empty for the root itself; anything else is -EINVAL.
 */
int kh_name_clean(const char *raw, char *name, size_t size)
{
	size_t length;
	unsigned int parts = 1;
	char *part;

	while (raw[0] == '.' && raw[1] == '/')
		raw += 1 + strspn(raw + 1, "/");
	if (!strcmp(raw, "."))
		raw++;
	length = strlen(raw);
	if (length >= size)
		return -EINVAL;
	memcpy(name, raw, length + 1);
	while (length && name[length - 1] == '/' && name[0] != '/')
		name[--length] = '\0';
	if (!length)
		return 0;
	if (!is_plain(name))
		return -EINVAL;
	for (part = name; ; part += strcspn(part, "/") + 1) {
		size_t n = strcspn(part, "/");

		if (!part_is_good(part, n) || parts++ > KH_DEPTH_MAX)
			return -EINVAL;
		if (!part[n])
			return 0;
	}
}

static size_t depth_of(const char *name)
{
	size_t depth = 0;

	while ((name = strchr(name, '/'))) {
		depth++;
		name++;
	}
	return depth;
}

/*
 * A symbolic link may go up, but not above the root, and then down. ".." must not
 * follow a name: the name may be a link, and then ".." would lead elsewhere.
 */
bool kh_target_stays_inside(const char *name, const char *target)
{
	char rest[PATH_MAX];
	size_t up;

	for (up = 0; !strncmp(target, "../", 3); up++)
		target += 3;
	if (!strcmp(target, "..")) {
		up++;
		target += 2;
	}
	return up <= depth_of(name) && !kh_name_clean(target, rest, sizeof(rest));
}
