/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libkheaders: one safe way to the headers that a kernel carries.
 *
 * Functions that can fail return 0 or a negative errno, and then the log has
 * had one message at priority LOG_ERR that says where, what and the remedy.
 * There is no global state: threads with a context each do not disturb each
 * other. A context is used by one thread at a time.
 */
#ifndef KHEADERS_H
#define KHEADERS_H

#ifdef __cplusplus
extern "C" {
#endif

/* What all functions work on; opaque. */
struct kheaders_ctx;

/**
 * typedef kheaders_log_fn - what the library has to say
 * @data: as given to kheaders_log_set()
 * @priority: of syslog.h: LOG_ERR, LOG_WARNING, LOG_INFO or LOG_DEBUG
 * @message: one line without its end, valid during the call only
 */
typedef void (*kheaders_log_fn)(void *data, int priority, const char *message);

/**
 * typedef kheaders_progress_fn - how far the unpacking is
 * @data: as given to kheaders_progress_set()
 * @done: bytes unpacked, in the end @total
 * @total: bytes to unpack
 */
typedef void (*kheaders_progress_fn)(void *data, unsigned long long done,
				     unsigned long long total);

/**
 * typedef kheaders_path_fn - a path, one of several
 * @data: as given with the function
 * @path: the path, valid during the call only
 */
typedef void (*kheaders_path_fn)(void *data, const char *path);

/**
 * typedef kheaders_fill_fn - fill a directory of the cache
 * @data: as given with the function
 * @dirfd: the directory, which is empty
 *
 * Return: 0, or a negative errno, having said why.
 */
typedef int (*kheaders_fill_fn)(void *data, int dirfd);

/**
 * enum kheaders_option - what kheaders_option_set() sets
 * @KHEADERS_ARCHIVE: an archive file, instead of the running kernel's
 * @KHEADERS_SYSFS: where sysfs is mounted; default /sys
 * @KHEADERS_RELEASE: the kernel's release; default that of uname()
 * @KHEADERS_CACHE: directory of the unpacked trees, an absolute path without .
 *	and ..; default /var/cache/kheaders for root, $XDG_CACHE_HOME/kheaders or
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
 * enum kheaders_state - how the archive is there
 * @KHEADERS_ABSENT: not at all
 * @KHEADERS_LOADABLE: kheaders.ko is there, and is not loaded
 * @KHEADERS_LOADED: kheaders.ko is loaded
 * @KHEADERS_BUILT_IN: it is part of the kernel
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
 * enum kheaders_link - what is at MODULES/RELEASE/build
 * @KHEADERS_LINK_NONE: nothing
 * @KHEADERS_LINK_OURS: a link into the cache
 * @KHEADERS_LINK_OTHER: something that the library did not make, and leaves alone
 * @KHEADERS_LINK_DANGLING: a link of others that leads nowhere
 */
enum kheaders_link {
	KHEADERS_LINK_NONE,
	KHEADERS_LINK_OURS,
	KHEADERS_LINK_OTHER,
	KHEADERS_LINK_DANGLING,
};

/**
 * kheaders_ctx_new() - make a context
 * @ctx: where it is stored
 *
 * Return: 0, or -ENOMEM, with no message.
 */
int kheaders_ctx_new(struct kheaders_ctx **ctx);

/**
 * kheaders_ctx_free() - free a context
 * @ctx: the context, or NULL
 */
void kheaders_ctx_free(struct kheaders_ctx *ctx);

/**
 * kheaders_log_set() - set what gets messages; without it they are dropped
 * @ctx: the context
 * @fn: the function, or NULL
 * @data: handed on to @fn
 */
void kheaders_log_set(struct kheaders_ctx *ctx, kheaders_log_fn fn, void *data);

/**
 * kheaders_progress_set() - set what is told how far the unpacking is
 * @ctx: the context
 * @fn: the function, called often, or NULL
 * @data: handed on to @fn
 */
void kheaders_progress_set(struct kheaders_ctx *ctx, kheaders_progress_fn fn, void *data);

/**
 * kheaders_option_set() - name another place or kernel than the usual one
 * @ctx: the context
 * @option: which
 * @value: a path, or a release; copied. NULL for the default.
 *
 * Return: 0, -EINVAL (not an option, not a release, or an empty path), -ENOMEM.
 */
int kheaders_option_set(struct kheaders_ctx *ctx, enum kheaders_option option,
			const char *value);

/**
 * kheaders_kernel_release() - the release of the kernel in question
 * @ctx: the context
 *
 * Return: the release, valid until the option is set anew or @ctx is freed.
 */
const char *kheaders_kernel_release(struct kheaders_ctx *ctx);

/**
 * kheaders_kernel_build() - what tells this build of the kernel from others
 * @ctx: the context
 * @build: where the string is stored, for the caller to free: the build ID in
 *	sysfs in hexadecimal, or that of the archive where there is none
 *
 * Return: 0, -ENODATA (the kernel does not tell, or sysfs is not mounted),
 * -ENOMEM. There is no message.
 */
int kheaders_kernel_build(struct kheaders_ctx *ctx, char **build);

/**
 * kheaders_archive_state() - see how the archive is there; loads nothing
 * @ctx: the context
 * @path: where the path of the archive or of kheaders.ko is stored, for the
 *	caller to free; NULL is stored where there is none. May be NULL.
 *
 * Return: an enum kheaders_state.
 */
int kheaders_archive_state(struct kheaders_ctx *ctx, char **path);

/**
 * kheaders_archive_extract() - unpack the archive into a directory
 * @ctx: the context
 * @dir: the directory, which is empty or new
 *
 * Blocks for a second or so. Loads kheaders.ko if it has to, which needs
 * CAP_SYS_MODULE, and then unloads it again. The archive is unpacked into
 * DIR/.kheaders-new and then moved up; on failure, only that is removed. Of two
 * calls at once for a directory, one is refused. A warning is logged where other
 * users can write to the directory or to one above it. Modes are 0755 and 0644,
 * whatever the archive and umask say, and times are those of unpacking.
 *
 * Return: 0; -ENOENT (no archive, no module); -ENOTEMPTY; -EPERM and
 * -EKEYREJECTED (the module was refused); -EBADMSG (the archive is damaged or
 * truncated); -EINVAL (it holds what it must not); -EFBIG (too large); -ESTALE
 * (it is of another kernel); what open(), mkdir() and write() return.
 */
int kheaders_archive_extract(struct kheaders_ctx *ctx, const char *dir);

/**
 * kheaders_tree_get() - unpack the archive into the cache if needed
 * @ctx: the context
 * @path: where its path is stored, for the caller to free
 *
 * Takes some milliseconds where there is a tree of this very build of the
 * kernel, and loads nothing then. Otherwise it is as kheaders_archive_extract();
 * of several that want a tree at once, one unpacks, and the others wait.
 *
 * Return: 0; -EPERM (a directory on the way belongs to others, or to a user whom
 * the user namespace does not map, or can be written by others); -ENOTDIR (one is
 * a symbolic link, or a file); -ENODATA (the kernel does not tell its build); else
 * as kheaders_archive_extract().
 */
int kheaders_tree_get(struct kheaders_ctx *ctx, char **path);

/**
 * kheaders_tree_find() - find the tree in the cache; changes nothing
 * @ctx: the context
 * @path: where its path is stored, for the caller to free
 *
 * Return: 0; -ENOENT (there is none, or none that is whole; no message);
 * else as kheaders_tree_get().
 */
int kheaders_tree_find(struct kheaders_ctx *ctx, char **path);

/**
 * kheaders_extra_get() - make sure of a directory beside the tree in the cache
 * @ctx: the context
 * @name: tells it from others of the same kernel: at most 32 letters, digits
 *	and dots
 * @fill: fills it; called where it is not there, or not whole
 * @data: handed on to @fill
 * @path: where its path is stored, for the caller to free
 *
 * For what is made of a kernel and lasts as long as that; it is kept with the
 * same care as a tree. There need be no tree, nor an archive. Of several that
 * want it at once, one calls @fill, and the others wait: @fill must not ask the
 * cache for anything itself.
 *
 * Return: 0; -EINVAL (no such name can be); what @fill returns; else as
 * kheaders_tree_get().
 */
int kheaders_extra_get(struct kheaders_ctx *ctx, const char *name, kheaders_fill_fn fill,
		       void *data, char **path);

/**
 * kheaders_tree_value() - what the archive of a tree says of itself
 * @ctx: the context
 * @tree: path of the tree
 * @key: a key of .kheaders, such as "RELEASE"
 * @value: where the value is stored, for the caller to free
 *
 * Archives of other makers have no .kheaders: of those, RELEASE alone is known.
 *
 * Return: 0; -ENOENT (no such key), with no message; -ENOMEM.
 */
int kheaders_tree_value(struct kheaders_ctx *ctx, const char *tree, const char *key,
			char **value);

/**
 * kheaders_symvers_write() - put a Module.symvers into a tree
 * @ctx: the context
 * @tree: path of the tree, that of the kernel in question
 *
 * One that has the symbols of all modules, as with IKHEADERS=m, stays as it is.
 * One that has those of vmlinux alone, as with IKHEADERS=y, gets what modules in
 * MODULES/RELEASE export, from their files. Kernels that show their symbol
 * versions in sysfs have none in the archive; the tree gets those, and what the
 * other modules' files have. Reads each module that exports something, in as many
 * threads as there are processors (at most 8), which takes a second or two if they
 * are many and compressed.
 *
 * Return: 0; -ENODATA (the tree has no symbol versions, and the kernel is another
 * one or does not show them; a warning, no error, is logged); what open() and
 * write() return.
 */
int kheaders_symvers_write(struct kheaders_ctx *ctx, const char *tree);

/**
 * kheaders_link_state() - see what is at MODULES/RELEASE/build
 * @ctx: the context
 * @target: where it leads to is stored, for the caller to free; NULL is stored
 *	if it is no link. May be NULL.
 *
 * Return: an enum kheaders_link, or a negative errno.
 */
int kheaders_link_state(struct kheaders_ctx *ctx, char **target);

/**
 * kheaders_link_make() - make MODULES/RELEASE/build lead to a tree
 * @ctx: the context
 * @tree: path of the tree
 *
 * Needs to write to MODULES/RELEASE, which is made if it does not exist. Replaces
 * a link into the cache, and a link that leads nowhere, as modules_install leaves
 * it where the kernel was built elsewhere; a warning is logged then. A source
 * beside it that leads nowhere is replaced in the same way.
 *
 * Return: 0; -EEXIST (there is something that is not ours); -EROFS (then the
 * message names other ways to use the tree); what symlink() and rename() return.
 */
int kheaders_link_make(struct kheaders_ctx *ctx, const char *tree);

/**
 * kheaders_link_remove() - undo kheaders_link_make()
 * @ctx: the context
 *
 * A link that kheaders_link_make() replaced is put back.
 *
 * Return: 0, also where there is nothing; -EEXIST (there is something that is
 * not ours); what unlink() returns.
 */
int kheaders_link_remove(struct kheaders_ctx *ctx);

/**
 * kheaders_cache_clean() - remove from the cache what is of no use any more
 * @ctx: the context
 * @fn: called with the path of each tree removed, or NULL
 * @data: handed on to @fn
 *
 * That is trees, and what is beside them, of kernels that neither run nor are in
 * MODULES, of other builds of the kernel that runs, of KHEADERS_ARCHIVE unless a
 * MODULES/RELEASE/build leads there, and what calls that were killed have left.
 * Waits for a call that is unpacking.
 *
 * Return: 0; as kheaders_tree_get() for directories; what unlink() returns.
 */
int kheaders_cache_clean(struct kheaders_ctx *ctx, kheaders_path_fn fn, void *data);

#ifdef __cplusplus
}
#endif

#endif
