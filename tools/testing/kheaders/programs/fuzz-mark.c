// SPDX-License-Identifier: GPL-2.0
/*
 * For libFuzzer: read the mark of a tree. The input is the mark; the tree is a directory
 * of the test. If the mark lists a missing file in a changed directory, the tree must
 * not count as complete.
 */

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../../kheaders/libkheaders/private.h"

static int tree;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *dir = getenv("FUZZ_DIR");

	tree = dir ? open(dir, O_RDONLY | O_DIRECTORY) : -1;
	if (tree < 0)
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char head[] = "kheaders tree 1\n", tail[] = "\nD 0 .\nF none\nend\n";
	char *text = malloc(size + sizeof(head) + sizeof(tail));
	int ret;

	if (!text)
		return 0;
	/* Write the mark unchanged. */
	if (kh_write_new_at(tree, KH_MARK, data, size))
		abort();
	kh_mark_check(tree);
	unlinkat(tree, KH_MARK, 0);
	/* With a head, and a file that is missing */
	strcpy(text, head);
	memcpy(text + strlen(head), data, size);
	strcpy(text + strlen(head) + size, tail);
	if (kh_write_new_at(tree, KH_MARK, text, strlen(head) + size + strlen(tail)))
		abort();
	ret = kh_mark_check(tree);
	/* The input may end the mark. */
	if (!ret && !memmem(text, strlen(head) + size, "\nend\n", 5))
		abort();
	unlinkat(tree, KH_MARK, 0);
	free(text);
	return 0;
}
