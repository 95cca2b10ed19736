// SPDX-License-Identifier: GPL-2.0
/*
 * For libFuzzer: generate vmlinux.h from BTF. Damaged BTF may crash libbpf, but only in
 * the child process: this process must continue.
 */

#include <sys/mman.h>

#include "../../../kheaders/vmlinux_h.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int in = memfd_create("btf", MFD_CLOEXEC), out;
	struct source source = { };
	char path[64];

	if (in < 0 || write(in, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", in);
	source.path = path;
	libbpf_set_print(NULL);
	if (!open_btf(&source)) {
		out = memfd_create("header", MFD_CLOEXEC);
		write_apart(source.btf, out);
		close(out);
		btf__free(source.btf);
	}
	close(in);
	return 0;
}
