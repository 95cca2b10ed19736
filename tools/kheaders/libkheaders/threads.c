// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Threads, one for each processor.
 */

#include <errno.h>
#include <sched.h>
#include <signal.h>

#include "private.h"

static size_t processors(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) || !CPU_COUNT(&set))
		return 1;
	return CPU_COUNT(&set);
}

/*
 * Start one thread for each processor, at most @wanted and KH_THREADS_MAX. Returns the
 * number of threads, or a negative errno if no thread could be started. The threads
 * block all signals, which are left to the caller.
 */
int kh_threads_start(pthread_t *threads, size_t wanted, void *(*fn)(void *data), void *data)
{
	size_t most = processors(), n = 0;
	sigset_t all, before;
	int err = 0;

	if (most > KH_THREADS_MAX)
		most = KH_THREADS_MAX;
	if (wanted > most)
		wanted = most;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (n < wanted && !err) {
		err = pthread_create(&threads[n], NULL, fn, data);
		if (!err)
			n++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return n || !wanted ? (int)n : -err;
}
