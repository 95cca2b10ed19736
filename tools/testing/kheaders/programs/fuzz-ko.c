// SPDX-License-Identifier: GPL-2.0
/*
 * For libFuzzer: read a module. The input is the file of a module, which may be
 * compressed. The output must be lines of a Module.symvers.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../../../kheaders/libkheaders/lazy.h"
#include "../../../kheaders/libkheaders/private.h"

/* Each line has four tabs, and nothing that is not printable. */
static void check(const char *text, size_t size)
{
	int tabs = 0;
	size_t i;

	for (i = 0; i < size; i++) {
		if (text[i] == '\t')
			tabs++;
		else if (text[i] == '\n' ? tabs != 4 : text[i] <= ' ' || text[i] > '~')
			abort();
		if (text[i] == '\n')
			tabs = 0;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd __cleanup(kh_closep) = -1;
	char *text __cleanup(kh_freep) = NULL;
	char path[64];
	size_t length;
	FILE *out;

	fd = memfd_create("module", MFD_CLOEXEC);
	if (fd < 0 || kh_load_libarchive(NULL) || kh_write_all(fd, data, size))
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	out = open_memstream(&text, &length);
	if (!out)
		abort();
	kh_ko_exports(path, "fuzz/module", true, out);
	fclose(out);
	check(text, length);
	return 0;
}
