// SPDX-License-Identifier: GPL-2.0
/*
 * Generate vmlinux.h, a header with all types of the kernel, for eBPF programs that
 * use libbpf. The types are from BTF, which includes those in .c files.
 */

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tool.h"

#define BTF_NAME "kernel/btf/vmlinux"
#define HEADER_NAME "vmlinux.h"

/* Limits: at least ten times the values for the largest kernels */
#define HEADER_MAX (64u << 20)
#define SECONDS_MAX 60
#define BTF_MAX (256u << 20)

/**
 * struct source - source of the types
 * @path: path of the BTF file
 * @btf: the parsed BTF
 */
struct source {
	const char *path;
	struct btf *btf;
};

/* The include guard and the macro have the same names as in bpftool's output. */
static const char head[] =
	"#ifndef __VMLINUX_H__\n"
	"#define __VMLINUX_H__\n\n"
	"#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
	"#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)\n"
	"#endif\n\n";

static const char tail[] =
	"\n#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
	"#pragma clang attribute pop\n"
	"#endif\n\n"
	"#endif /* __VMLINUX_H__ */\n";

__printf(2, 0)
static void print(void *data, const char *format, va_list args)
{
	vfprintf(data, format, args);
}

static int print_types(const struct btf *btf, FILE *out)
{
	struct btf_dump *dump = btf_dump__new(btf, print, out, NULL);
	int err = dump ? 0 : -errno;
	uint32_t id;

	for (id = 1; !err && id < btf__type_cnt(btf); id++)
		err = btf_dump__dump_type(dump, id);
	btf_dump__free(dump);
	return err;
}

/* At the hard limit of time there is a SIGKILL, which is not to be known from others. */
static void limit(int resource, rlim_t most)
{
	const struct rlimit limits = { .rlim_cur = most, .rlim_max = most + 1 };

	setrlimit(resource, &limits);
}

/* The body of the child process; returns its exit status: 0, or an errno. */
static int write_header(const struct btf *btf, int fd)
{
	FILE *out = fdopen(fd, "w");
	struct rlimit size;
	bool failed;
	int err;

	if (!out)
		return errno;
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, SECONDS_MAX);
	/* A header that is too large ends the process; the user's limit is an error. */
	if (!getrlimit(RLIMIT_FSIZE, &size) && size.rlim_cur > HEADER_MAX) {
		limit(RLIMIT_FSIZE, HEADER_MAX);
		signal(SIGXFSZ, SIG_DFL);
	}
	fputs(head, out);
	err = print_types(btf, out);
	fputs(tail, out);
	failed = ferror(out);
	if (fclose(out) || failed)
		return errno ?: EIO;
	return !err || err == -ENOMEM ? -err : EBADMSG;
}

/*
 * libbpf trusts its input: corrupt BTF can crash it or make it loop. Run it in a
 * child process.
 */
static int write_apart(const struct btf *btf, int fd)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(write_header(btf, fd));
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFEXITED(status))
		return -WEXITSTATUS(status);
	return WTERMSIG(status) == SIGKILL ? -ENOMEM : -EBADMSG;
}

static int fill(void *data, int dirfd)
{
	const struct source *source = data;
	int fd = openat(dirfd, HEADER_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int err = fd < 0 ? -errno : 0;

	if (!err && fchmod(fd, 0644))
		err = -errno;
	if (!err)
		err = write_apart(source->btf, fd);
	if (fd >= 0)
		close(fd);
	if (err == -EBADMSG)
		fprintf(stderr, "kheaders: %s: damaged; give the sysfs of another kernel\n",
			source->path);
	else if (err)
		fprintf(stderr, "kheaders: " HEADER_NAME ": cannot be written: %s; %s\n",
			strerror(-err), kh_remedy(-err) ?: "use another cache");
	return err;
}

/* A FIFO would block, and libbpf reads all of a file into memory. */
static struct btf *parse(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return NULL;
	if (S_ISREG(st.st_mode) && st.st_size <= BTF_MAX)
		return btf__parse_raw(path);
	errno = EINVAL;
	return NULL;
}

static int open_btf(struct source *source)
{
	source->btf = parse(source->path);
	if (source->btf)
		return EXIT_SUCCESS;
	if (errno == ENOENT)
		fprintf(stderr,
			"kheaders: %s: does not exist; use a kernel with CONFIG_DEBUG_INFO_BTF, or give the sysfs of one\n",
			source->path);
	else
		fprintf(stderr,
			"kheaders: %s: BTF cannot be read: %s; give the sysfs of a kernel\n",
			source->path, strerror(errno));
	return EXIT_FAILURE;
}

/* One header for each BTF, version of libbpf and version of this program */
static int make_header(struct tool *tool, struct source *source)
{
	char *dir __cleanup(kh_freep) = NULL;
	const void *data;
	char name[32];
	uint64_t sum;
	uint32_t size;

	data = btf__raw_data(source->btf, &size);
	if (!data) {
		fprintf(stderr, "kheaders: %s: out of memory\n", source->path);
		return EXIT_FAILURE;
	}
	sum = hash_string(hash_string(HASH_START, KHEADERS_VERSION), libbpf_version_string());
	sum = hash(sum, data, size);
	snprintf(name, sizeof(name), "btf.%016jx", (uintmax_t)sum);
	if (kheaders_extra_get(tool->ctx, name, fill, source, &dir))
		return EXIT_FAILURE;
	printf("%s/" HEADER_NAME "\n", dir);
	return EXIT_SUCCESS;
}

static int do_vmlinux_h(struct tool *tool, int argc, char **argv)
{
	char *path __cleanup(kh_freep) = NULL;
	struct source source;
	int status;

	if (asprintf(&path, "%s/" BTF_NAME, tool->sysfs) < 0)
		return EXIT_FAILURE;
	if (tool->other && !strcmp(tool->sysfs, "/sys")) {
		fprintf(stderr,
			"kheaders: %s: is of the running kernel; give --sysfs of the other one\n",
			path);
		return EXIT_FAILURE;
	}
	source.path = path;
	libbpf_set_print(NULL);
	status = open_btf(&source);
	if (status)
		return status;
	status = make_header(tool, &source);
	btf__free(source.btf);
	return status;
}

const struct cmd cmd_vmlinux_h = {
	.name = "vmlinux-h",
	.args = "",
	.summary = "generate vmlinux.h with all types, print its path",
	.help =
	"Print the path of a vmlinux.h, which declares all types of the kernel in C,\n"
	"including types private to .c files. eBPF programs that use libbpf include it\n"
	"instead of kernel headers: both together define types twice. The file is generated\n"
	"once for each kernel, from the BTF in sysfs. No archive is needed.\n",
	.run = do_vmlinux_h,
};
