// SPDX-License-Identifier: GPL-2.0
/*
 * Show the progress of unpacking in a line on a terminal, after the first second.
 * The line is erased before anything else is printed.
 */

#include <time.h>

#include "tool.h"

static struct timespec begin;
static int last = -1;

static double seconds_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - then->tv_sec) + (now.tv_nsec - then->tv_nsec) / 1e9;
}

void progress_show(void *data, unsigned long long done,
		   unsigned long long total)
{
	int percent = total ? done * 100 / total : 0;

	if (done == total) {
		progress_end();
		return;
	}
	if (!begin.tv_sec && !begin.tv_nsec)
		clock_gettime(CLOCK_MONOTONIC, &begin);
	if (percent == last || seconds_since(&begin) < 1 || !isatty(STDERR_FILENO))
		return;
	last = percent;
	fprintf(stderr, "\rkheaders: unpacking, %d%%", percent);
}

void progress_end(void)
{
	if (last >= 0)
		fprintf(stderr, "\r\033[K");
	last = -1;
}
