// SPDX-License-Identifier: GPL-2.0
/*
 * For libFuzzer: what makes vmlinux.h of a BTF. libbpf may crash of one that is
 * damaged, but only in a process of its own: this one must go on.
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
