// SPDX-License-Identifier: GPL-2.0
/*
 * Use the library from several threads, each with a context of its own, while another
 * changes the umask.
 *
 * Usage: threads ARCHIVE CACHE
 *
 * Prints the path that all threads got.
 */

#include <kheaders.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define THREADS 8

static const char *archive, *cache;
static atomic_int running = THREADS;

static void show(void *data, int priority, const char *message)
{
	fprintf(stderr, "%d: %s\n", priority, message);
}

static void count(void *data, unsigned long long done, unsigned long long total)
{
	unsigned long long *last = data;

	if (done < *last || done > total)
		abort();
	*last = done;
}

static void *get_tree(void *data)
{
	unsigned long long last = 0;
	struct kheaders_ctx *ctx;
	char *path = NULL;

	if (kheaders_ctx_new(&ctx))
		abort();
	kheaders_log_set(ctx, show, NULL);
	kheaders_progress_set(ctx, count, &last);
	if (kheaders_option_set(ctx, KHEADERS_ARCHIVE, archive) ||
	    kheaders_option_set(ctx, KHEADERS_CACHE, cache) ||
	    kheaders_tree_get(ctx, &path))
		path = NULL;
	kheaders_ctx_free(ctx);
	running--;
	return path;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	void *paths[THREADS];
	int i;

	if (argc != 3)
		return 2;
	archive = argv[1];
	cache = argv[2];
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, get_tree, NULL))
			return 2;
	while (running) {
		umask(077);
		umask(022);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], &paths[i]);
	for (i = 0; i < THREADS; i++)
		if (!paths[i] || strcmp(paths[i], paths[0]))
			return 1;
	puts(paths[0]);
	for (i = 0; i < THREADS; i++)
		free(paths[i]);
	return 0;
}
