/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libkheaders: find and unpack the headers that a kernel carries.
 *
 * Functions that can fail return 0 or a negative errno. Each failure is preceded
 * by one log message at priority LOG_ERR that says where, what and the remedy,
 * unless the description of the function says otherwise. There is no global
 * state: threads that use separate contexts do not interfere. Only one thread at
 * a time may use a context.
 */
#ifndef KHEADERS_H
#define KHEADERS_H

#ifdef __cplusplus
extern "C" {
#endif

/* The context that all functions take; opaque */
struct kheaders_ctx;

/**
 * typedef kheaders_log_fn - receive a message of the library
 * @data: as given to kheaders_log_set()
 * @priority: of syslog.h: LOG_ERR, LOG_WARNING, LOG_INFO or LOG_DEBUG
 * @message: one line without its end, valid during the call only
 */
typedef void (*kheaders_log_fn)(void *data, int priority, const char *message);

/**
 * typedef kheaders_progress_fn - receive the progress of unpacking
 * @data: as given to kheaders_progress_set()
 * @done: bytes unpacked so far; @total in the last call
 * @total: bytes to unpack
 */
typedef void (*kheaders_progress_fn)(void *data, unsigned long long done,
				     unsigned long long total);

/**
 * typedef kheaders_path_fn - receive one of several paths
 * @data: as given with the function
 * @path: the path, valid during the call only
 */
typedef void (*kheaders_path_fn)(void *data, const char *path);

/**
 * typedef kheaders_fill_fn - fill a directory of the cache
 * @data: as given with the function
 * @dirfd: the directory, which is empty
 *
 * The function prints or logs the reason of a failure itself.
 *
 * Return: 0, or a negative errno.
 */
typedef int (*kheaders_fill_fn)(void *data, int dirfd);

/**
 * enum kheaders_option - the options of kheaders_option_set()
 * @KHEADERS_ARCHIVE: an archive file, instead of the running kernel's archive
 * @KHEADERS_SYSFS: where sysfs is mounted; default /sys
 * @KHEADERS_RELEASE: the kernel's release; default: that of uname()
 * @KHEADERS_CACHE: directory of the cache, an absolute path without . and ..;
 *	default: /var/cache/kheaders for root, $XDG_CACHE_HOME/kheaders or
 *	$HOME/.cache/kheaders for others
 * @KHEADERS_MODULES: directory of modules; default /lib/modules
 */
enum kheaders_option {
	KHEADERS_ARCHIVE,
	KHEADERS_SYSFS,
	KHEADERS_RELEASE,
	KHEADERS_CACHE,
	KHEADERS_MODULES,
};

/**
 * enum kheaders_state - where the archive is
 * @KHEADERS_ABSENT: nowhere
 * @KHEADERS_LOADABLE: in kheaders.ko, which is not loaded
 * @KHEADERS_LOADED: in kheaders.ko, which is loaded
 * @KHEADERS_BUILT_IN: in the kernel itself
 * @KHEADERS_FILE: KHEADERS_ARCHIVE names a file
 */
enum kheaders_state {
	KHEADERS_ABSENT,
	KHEADERS_LOADABLE,
	KHEADERS_LOADED,
	KHEADERS_BUILT_IN,
	KHEADERS_FILE,
};

/**
 * enum kheaders_link - the state of MODULES/RELEASE/build
 * @KHEADERS_LINK_NONE: it does not exist
 * @KHEADERS_LINK_OURS: it is a link to a tree in the cache
 * @KHEADERS_LINK_OTHER: the library did not make it, and leaves it alone
 * @KHEADERS_LINK_DANGLING: it is a link to a path that does not exist
 */
enum kheaders_link {
	KHEADERS_LINK_NONE,
	KHEADERS_LINK_OURS,
	KHEADERS_LINK_OTHER,
	KHEADERS_LINK_DANGLING,
};

/**
 * kheaders_ctx_new() - create a context
 * @ctx: where the context is stored
 *
 * Return: 0, or -ENOMEM. No message is logged.
 */
int kheaders_ctx_new(struct kheaders_ctx **ctx);

/**
 * kheaders_ctx_free() - free a context
 * @ctx: the context, or NULL
 */
void kheaders_ctx_free(struct kheaders_ctx *ctx);

/**
 * kheaders_log_set() - set the function that receives messages
 * @ctx: the context
 * @fn: the function, or NULL to drop messages, which is the default
 * @data: passed to @fn
 */
void kheaders_log_set(struct kheaders_ctx *ctx, kheaders_log_fn fn, void *data);

/**
 * kheaders_progress_set() - set the function that receives the progress of unpacking
 * @ctx: the context
 * @fn: the function, called often, or NULL
 * @data: passed to @fn
 */
void kheaders_progress_set(struct kheaders_ctx *ctx, kheaders_progress_fn fn, void *data);

/**
 * kheaders_option_set() - select a path or a kernel other than the default
 * @ctx: the context
 * @option: the option
 * @value: a path, or a release, which is copied; NULL for the default
 *
 * Return: 0, -EINVAL (not an option, not a release, or an empty path), -ENOMEM.
 */
int kheaders_option_set(struct kheaders_ctx *ctx, enum kheaders_option option,
			const char *value);

/**
 * kheaders_kernel_release() - get the release of the selected kernel
 * @ctx: the context
 *
 * Return: the release, valid until KHEADERS_RELEASE is set again or @ctx is freed.
 */
const char *kheaders_kernel_release(struct kheaders_ctx *ctx);

/**
 * kheaders_kernel_build() - get the ID that tells builds of a kernel apart
 * @ctx: the context
 * @build: where the string is stored, for the caller to free: the build ID in
 *	sysfs in hexadecimal or, with earlier versions of kheaders, the archive's ID
 *	if the kernel has no build ID
 *
 * Return: 0, -ENODATA (the kernel has neither ID, or sysfs is not mounted), -ENOMEM.
 * No message is logged.
 */
int kheaders_kernel_build(struct kheaders_ctx *ctx, char **build);

/**
 * kheaders_archive_state() - find out where the archive is; loads nothing
 * @ctx: the context
 * @path: where the path of the archive or of kheaders.ko is stored, for the
 *	caller to free; NULL is stored if neither exists. May be NULL.
 *
 * Return: an enum kheaders_state.
 */
int kheaders_archive_state(struct kheaders_ctx *ctx, char **path);

/**
 * kheaders_archive_extract() - unpack the archive into a directory
 * @ctx: the context
 * @dir: the directory, which is empty or new
 *
 * Blocks for about a second. Loads kheaders.ko if necessary, which requires
 * CAP_SYS_MODULE, and unloads it afterwards. The archive is unpacked into
 * DIR/.kheaders-new, and the files are moved up once unpacking is complete; on
 * failure, .kheaders-new is removed, and so is a new DIR. If two calls use the
 * same directory at once, one fails. A warning is logged if other users can write
 * to the directory or replace a directory above it. Directories and executable
 * files get mode 0755, other files 0644, whatever the umask. Timestamps are those
 * of unpacking.
 *
 * Return: 0; -ENOENT (no archive, no module); -ENOTEMPTY; -EPERM and
 * -EKEYREJECTED or -ENOKEY (the module was refused); -ENOEXEC or -EINVAL (the
 * module is of another kernel); -EBADMSG (the archive is damaged or truncated);
 * -EINVAL (the archive contains something that is not allowed); -EFBIG (the
 * archive is too large); -ESTALE (the archive belongs to another kernel); -ELIBACC
 * (libarchive or libkmod is not installed); -EAGAIN and -ENOMEM (no thread, no
 * memory); errors of open(), mkdir() and write().
 */
int kheaders_archive_extract(struct kheaders_ctx *ctx, const char *dir);

/**
 * kheaders_tree_get() - get the tree in the cache; unpack the archive if needed
 * @ctx: the context
 * @path: where the path of the tree is stored, for the caller to free
 *
 * Takes some milliseconds and loads nothing if the cache has a tree of this build
 * of the kernel. Otherwise the function unpacks the archive, in the same way as
 * kheaders_archive_extract(). If several callers need a tree at once, one of them
 * unpacks and the others wait.
 *
 * Return: 0; -EPERM (a directory in the path belongs to another user, or to a user
 * whom the user namespace does not map, or is writable by others); -ENOTDIR (a
 * directory in the path is a symbolic link, or a file); -ENODATA (the kernel has
 * neither ID, or sysfs is not mounted); errors of kheaders_archive_extract().
 */
int kheaders_tree_get(struct kheaders_ctx *ctx, char **path);

/**
 * kheaders_tree_find() - find the tree in the cache; changes nothing
 * @ctx: the context
 * @path: where the path of the tree is stored, for the caller to free
 *
 * Return: 0; -ENOENT (no tree, or an incomplete one; a message is logged only if the archive
 * or kernel that the options name does not exist); errors of kheaders_tree_get().
 */
int kheaders_tree_find(struct kheaders_ctx *ctx, char **path);

/**
 * kheaders_extra_get() - get a directory beside the tree in the cache
 * @ctx: the context
 * @name: a name for the directory, unique for this kernel: at most 32 letters,
 *	digits and dots
 * @fill: fills the directory; called if it does not exist or is incomplete
 * @data: passed to @fill
 * @path: where the path of the directory is stored, for the caller to free
 *
 * The directory is for files that are generated from a kernel and are useful as
 * long as that kernel is. It is kept as safely as a tree. Neither a tree nor an
 * archive is needed. If several callers need the directory at once, one of them
 * calls @fill and the others wait, so @fill must not use the cache itself. Directories
 * that it makes lose write permission for others. Names of files have no newline.
 *
 * Return: 0; -EINVAL (@name is not allowed); what @fill returns; errors of
 * kheaders_tree_get().
 */
int kheaders_extra_get(struct kheaders_ctx *ctx, const char *name, kheaders_fill_fn fill,
		       void *data, char **path);

/**
 * kheaders_tree_value() - get a value of a tree's .kheaders
 * @ctx: the context
 * @tree: path of the tree
 * @key: a key of .kheaders, such as "RELEASE"
 * @value: where the value is stored, for the caller to free
 *
 * Linux's own archive has no .kheaders. For such a tree, only RELEASE is known.
 *
 * Return: 0; -ENOENT (no such key, or no tree); another negative errno if .kheaders cannot be
 * read. No message is logged.
 */
int kheaders_tree_value(struct kheaders_ctx *ctx, const char *tree, const char *key,
			char **value);

/**
 * kheaders_symvers_write() - complete the Module.symvers of a tree
 * @ctx: the context
 * @tree: path of the tree, which belongs to the selected kernel
 *
 * A Module.symvers that has the symbols of all modules, as with IKHEADERS=m, is left
 * alone. If it has the symbols of vmlinux only, as with IKHEADERS=y, the exports of
 * the modules that depmod has listed in MODULES/RELEASE are added. If the archive has
 * no Module.symvers, as with earlier versions of kheaders, which showed symbol versions
 * in sysfs, the file is written from sysfs and from the files of modules that are not
 * loaded. The function reads each module that exports symbols, with one thread for each
 * processor (at most 8). This takes a second or two if many modules are compressed.
 *
 * Return: 0; -ENODATA (neither the tree nor sysfs has symbol versions for this
 * kernel; logged at priority LOG_WARNING); -ELIBACC (libarchive or libkmod is not
 * installed); -EFBIG (more than 64 MiB of lines); errors of open(), read() and write().
 * A module whose file is bad is logged at priority LOG_WARNING, and has no lines.
 */
int kheaders_symvers_write(struct kheaders_ctx *ctx, const char *tree);

/**
 * kheaders_link_state() - get the state of MODULES/RELEASE/build
 * @ctx: the context
 * @target: where the target of the link is stored, for the caller to free; NULL is
 *	stored if build is not a link. May be NULL.
 *
 * Return: an enum kheaders_link; -ENOENT (no cache is known, or no memory; logged); errors
 * of open() and readlink(), which are not logged.
 */
int kheaders_link_state(struct kheaders_ctx *ctx, char **target);

/**
 * kheaders_link_make() - make MODULES/RELEASE/build a link to a tree
 * @ctx: the context
 * @tree: path of the tree, which is in the cache
 *
 * The caller must be able to write to MODULES/RELEASE, which is created if it does
 * not exist. A link into the cache is replaced. A dangling link is replaced as well,
 * with a warning: modules_install leaves one if the kernel was built on another
 * machine. A dangling link "source" beside it is replaced in the same way.
 *
 * Return: 0; -EINVAL (@tree is not in the cache); -EEXIST (build exists, and the
 * library did not make it); -EROFS and, for root, -EACCES and -EPERM (the message
 * names other ways to use the tree); errors of symlink() and rename().
 */
int kheaders_link_make(struct kheaders_ctx *ctx, const char *tree);

/**
 * kheaders_link_remove() - undo kheaders_link_make()
 * @ctx: the context
 *
 * A dangling link that kheaders_link_make() replaced is restored.
 *
 * Return: 0, also if there is no link; -EEXIST (build exists, and the library did
 * not make it); errors of unlink().
 */
int kheaders_link_remove(struct kheaders_ctx *ctx);

/**
 * kheaders_cache_clean() - remove trees that are no longer useful from the cache
 * @ctx: the context
 * @fn: called with the path of each directory removed, or NULL
 * @data: passed to @fn
 *
 * Removes trees, and directories beside them, of kernels that neither run nor have a
 * directory in MODULES, and of other builds of the running kernel's release, for which
 * kheaders_link_make() is undone. A directory that has only links made by
 * kheaders_link_make() is removed, too. Also removes trees that were unpacked from archive
 * files, unless a MODULES/RELEASE/build is a link to the tree, and leftovers of killed
 * calls. Waits for a call that is unpacking.
 *
 * Return: 0; errors of kheaders_tree_get() for directories; errors of unlink().
 */
int kheaders_cache_clean(struct kheaders_ctx *ctx, kheaders_path_fn fn, void *data);

#ifdef __cplusplus
}
#endif

#endif
