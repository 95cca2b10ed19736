// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The context: options, and the functions that receive messages and progress.
 */

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/utsname.h>

#include "private.h"

int kheaders_ctx_new(struct kheaders_ctx **ctx)
{
	struct kheaders_ctx *new = calloc(1, sizeof(*new));
	struct utsname uts;

	if (!new)
		return -ENOMEM;
	uname(&uts);
	new->running = strdup(uts.release);
	if (!new->running) {
		free(new);
		return -ENOMEM;
	}
	*ctx = new;
	return 0;
}

void kheaders_ctx_free(struct kheaders_ctx *ctx)
{
	size_t i;

	if (!ctx)
		return;
	for (i = 0; i < ARRAY_SIZE(ctx->options); i++)
		free(ctx->options[i]);
	free(ctx->running);
	free(ctx);
}

void kheaders_log_set(struct kheaders_ctx *ctx, kheaders_log_fn fn, void *data)
{
	ctx->log = fn;
	ctx->log_data = data;
}

void kheaders_progress_set(struct kheaders_ctx *ctx, kheaders_progress_fn fn, void *data)
{
	ctx->progress = fn;
	ctx->progress_data = data;
}

static void vlog(struct kheaders_ctx *ctx, int priority, const char *format, va_list args)
{
	char *message;

	if (!ctx->log || vasprintf(&message, format, args) < 0)
		return;
	ctx->log(ctx->log_data, priority, message);
	free(message);
}

void kh_log(struct kheaders_ctx *ctx, int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vlog(ctx, priority, format, args);
	va_end(args);
}

/* Log an error; returns @err, for the caller to return. */
int kh_error(struct kheaders_ctx *ctx, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vlog(ctx, LOG_ERR, format, args);
	va_end(args);
	return err;
}

/*
 * Log that a system call has failed: "FORMAT: ERROR; REMEDY". @remedy is for errors that
 * name no other. Returns @err, a negative errno.
 */
int kh_failed(struct kheaders_ctx *ctx, int err, const char *remedy, const char *format, ...)
{
	char *what __cleanup(kh_freep) = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&what, format, args);
	va_end(args);
	if (length < 0) {
		what = NULL;
		return err;
	}
	errno = -err;
	return kh_error(ctx, err, "%s: %m; %s", what, kh_remedy(-err) ?: remedy);
}

#define RELEASE_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+~"

/* The release becomes part of paths, so restrict its characters. */
static bool is_release(const char *release)
{
	size_t length = strlen(release);

	return length && length < sizeof(((struct utsname *)0)->release) && release[0] != '.' &&
	       strspn(release, RELEASE_CHARS) == length;
}

/* LOCALVERSION may have other characters: user@host, say. */
static bool is_running(struct kheaders_ctx *ctx, const char *release)
{
	return !strcmp(release, ctx->running) && release[0] != '.' && !strchr(release, '/');
}

int kheaders_option_set(struct kheaders_ctx *ctx, enum kheaders_option option, const char *value)
{
	char *copy = NULL;

	if ((unsigned int)option > KHEADERS_MODULES)
		return kh_error(ctx, -EINVAL, "option %d: no such option", option);
	if (value && option == KHEADERS_RELEASE && !is_release(value) &&
	    !is_running(ctx, value))
		return kh_error(ctx, -EINVAL,
				"%s: not the release of a kernel; give what uname -r prints",
				value);
	if (value && !*value)
		return kh_error(ctx, -EINVAL, "the path is empty; give a path");
	if (value) {
		copy = strdup(value);
		if (!copy)
			return kh_error(ctx, -ENOMEM, "out of memory");
	}
	free(ctx->options[option]);
	ctx->options[option] = copy;
	return 0;
}

const char *kheaders_kernel_release(struct kheaders_ctx *ctx)
{
	return ctx->options[KHEADERS_RELEASE] ?: ctx->running;
}

const char *kh_sysfs(struct kheaders_ctx *ctx)
{
	return ctx->options[KHEADERS_SYSFS] ?: "/sys";
}

const char *kh_modules(struct kheaders_ctx *ctx)
{
	return ctx->options[KHEADERS_MODULES] ?: "/lib/modules";
}
