// SPDX-License-Identifier: GPL-2.0
/*
 * For libFuzzer: read an archive. Random bytes are rarely valid xz, so half of the
 * inputs, by their first byte, are a tar that is compressed here; the others are used
 * unchanged.
 */

#include <fcntl.h>
#include <lzma.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../../kheaders/libkheaders/private.h"

static struct kheaders_ctx *ctx;
static int root;

/* The archive is unpacked into a directory of the test, which is then removed. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *dir = getenv("FUZZ_DIR");

	root = dir ? open(dir, O_RDONLY | O_DIRECTORY) : -1;
	if (root < 0 || kheaders_ctx_new(&ctx))
		abort();
	return 0;
}

static void unpack(const uint8_t *data, size_t size)
{
	struct kh_blob archive = { (char *)data, size };

	kh_unpack(ctx, &archive, root, "root");
	if (faccessat(root, "../escaped", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		abort();
	kh_empty(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t room, used = 0;
	uint8_t *packed;

	if (!size || size > 1 << 20)
		return 0;
	if (data[0] & 1) {
		unpack(data + 1, size - 1);
		return 0;
	}
	room = lzma_stream_buffer_bound(size);
	packed = malloc(room);
	if (packed && lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, data + 1, size - 1,
					      packed, &used, room) == LZMA_OK)
		unpack(packed, used);
	free(packed);
	return 0;
}
