// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Load and unload kheaders.ko with libkmod.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "lazy.h"
#include "private.h"

#define MODULE "kheaders"

static void unrefp(struct kmod_ctx **kmod)
{
	if (*kmod)
		kh_libkmod.unref(*kmod);
}

static void module_unrefp(struct kmod_module **module)
{
	if (*module)
		kh_libkmod.module_unref(*module);
}

static void drop(void *data, int priority,
		 const char *file, int line,
		 const char *fn,
		 const char *format,
		 va_list args)
{
}

/* libkmod is loaded. */
struct kmod_ctx *kh_kmod_new(struct kheaders_ctx *ctx)
{
	char *dir __cleanup(kh_freep) = NULL;
	struct kmod_ctx *kmod;

	if (asprintf(&dir, "%s/%s", kh_modules(ctx), kheaders_kernel_release(ctx)) < 0)
		return NULL;
	kmod = kh_libkmod.new(dir, NULL);
	if (kmod)
		kh_libkmod.set_log_fn(kmod, drop, NULL);
	return kmod;
}

/* -ENOENT if there is no such module in MODULES/RELEASE */
static int find_module(struct kmod_ctx *kmod, struct kmod_module **module)
{
	struct kmod_list *list = NULL;
	int err = kmod ? kh_libkmod.module_new_from_lookup(kmod, MODULE, &list) : -ENOMEM;

	if (err)
		return err;
	*module = list ? kh_libkmod.module_get_module(list) : NULL;
	kh_libkmod.module_unref_list(list);
	return *module && kh_libkmod.module_get_path(*module) ? 0 : -ENOENT;
}

int kh_module_path(struct kheaders_ctx *ctx, char **path)
{
	struct kmod_ctx *kmod __cleanup(unrefp) = NULL;
	struct kmod_module *module __cleanup(module_unrefp) = NULL;
	int err = kh_load_libkmod(ctx);

	if (err)
		return err;
	kmod = kh_kmod_new(ctx);
	err = find_module(kmod, &module);
	if (err)
		return err;
	*path = strdup(kh_libkmod.module_get_path(module));
	return *path ? 0 : -ENOMEM;
}

static bool file_has(const char *path, const char *text)
{
	struct kh_blob blob __cleanup(kh_blob_free) = { };

	return !kh_read_at(AT_FDCWD, path, 4096, &blob) && strstr(blob.data, text);
}

static bool is_locked_down(struct kheaders_ctx *ctx)
{
	char *path __cleanup(kh_freep) = NULL;

	return asprintf(&path, "%s/kernel/security/lockdown", kh_sysfs(ctx)) >= 0 &&
	       (file_has(path, "[integrity]") || file_has(path, "[confidentiality]"));
}

static int not_allowed(struct kheaders_ctx *ctx, int err)
{
	if (geteuid())
		return kh_error(ctx, err,
				"kheaders.ko: not loaded, and only root can load it; run modprobe kheaders as root");
	if (is_locked_down(ctx))
		return kh_error(ctx, err,
				"kheaders.ko: refused by the kernel's lockdown; sign it with a key that the kernel trusts");
	if (file_has("/proc/sys/kernel/modules_disabled", "1"))
		return kh_error(ctx, err,
				"kheaders.ko: module loading is disabled (kernel.modules_disabled); reboot and load kheaders before it is set");
	return kh_error(ctx, err,
			"kheaders.ko: cannot be loaded from here; run modprobe kheaders outside the container");
}

static int bad_load(struct kheaders_ctx *ctx, int err)
{
	switch (err) {
	case -EPERM:
	case -EACCES:
		return not_allowed(ctx, err);
	case -EKEYREJECTED:
	case -ENOKEY:
		return kh_error(ctx, err,
				"kheaders.ko: not signed by a key that the kernel trusts; sign it");
	case -ENOEXEC:
	case -EINVAL:
		return kh_error(ctx, err,
				"kheaders.ko: is not a module of this kernel; install the one of this build");
	default:
		return kh_failed(ctx, err, "see the kernel's log", "kheaders.ko: cannot be loaded");
	}
}

static int absent(struct kheaders_ctx *ctx)
{
	return kh_error(ctx, -ENOENT,
			"%s/kernel/kheaders.tar.xz: does not exist, and %s/%s has no kheaders.ko; use a kernel with CONFIG_IKHEADERS, or give an archive",
			kh_sysfs(ctx), kh_modules(ctx), kheaders_kernel_release(ctx));
}

/*
 * Load the module: 1 if this call has loaded it, 0 if it was already loaded, -EAGAIN,
 * without a message, while another process unloads it. Install commands in modprobe.d
 * are not run.
 */
int kh_module_load(struct kheaders_ctx *ctx)
{
	struct kmod_ctx *kmod __cleanup(unrefp) = NULL;
	struct kmod_module *module __cleanup(module_unrefp) = NULL;
	int err;

	if (!kh_kernel_is_running(ctx))
		return kh_error(ctx, -ENOENT,
				"%s/kernel/kheaders.tar.xz: does not exist, and %s is not the running kernel; give an archive",
				kh_sysfs(ctx), kheaders_kernel_release(ctx));
	err = kh_load_libkmod(ctx);
	if (err)
		return err;
	kmod = kh_kmod_new(ctx);
	err = find_module(kmod, &module);
	if (err == -ENOENT)
		return absent(ctx);
	if (err)
		return bad_load(ctx, err);
	if (kh_libkmod.module_get_install_commands(module))
		return kh_error(ctx, -EPERM,
				"kheaders.ko: modprobe.d has an install command for it; run modprobe kheaders");
	err = kh_libkmod.module_probe_insert_module(module, KMOD_PROBE_FAIL_ON_LOADED, NULL, NULL,
						    NULL, NULL);
	if (!err)
		return 1;
	if (err == -EBUSY)
		return -EAGAIN;
	return err == -EEXIST ? 0 : bad_load(ctx, err);
}

/* Another process may have the file open. Then the module stays, which is no error. */
void kh_module_unload(struct kheaders_ctx *ctx)
{
	struct kmod_ctx *kmod __cleanup(unrefp) = kh_kmod_new(ctx);
	struct kmod_module *module __cleanup(module_unrefp) = NULL;
	int err = kmod ? kh_libkmod.module_new_from_name(kmod, MODULE, &module) : -ENOMEM;

	if (!err)
		err = kh_libkmod.module_remove_module(module, O_NONBLOCK);
	if (err) {
		errno = -err;
		kh_log(ctx, LOG_INFO, "kheaders.ko: stays loaded: %m");
	}
}
