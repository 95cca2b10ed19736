// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Decompress xz in parallel: the index of each stream has the positions of its blocks,
 * so each thread can decompress one block while the caller reads earlier data. An
 * archive of a single block works as well: its beginning can be read before the whole
 * block is decompressed.
 *
 * The data is not trusted: sizes are limited, and everything is verified.
 */

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

#define SLICE		(256u << 10)

/**
 * struct memory - memory for a decompressed block
 * @data: the memory, or NULL
 * @size: its bytes
 */
struct memory {
	uint8_t *data;
	size_t size;
};

/**
 * struct xz_block - a block of the archive
 * @in: compressed data
 * @in_size: bytes of @in, with padding and check
 * @unpadded: bytes of @in, according to the index
 * @out_size: bytes of the decompressed block
 * @check: type of the check at the end of the block
 * @out: decompressed data
 * @done: bytes in @out so far
 * @finished: the block is complete and the check is right
 * @err: why the block cannot be decompressed, or 0
 */
struct xz_block {
	const uint8_t *in;
	size_t in_size;
	lzma_vli unpadded;
	size_t out_size;
	lzma_check check;
	struct memory out;
	size_t done;
	bool finished;
	int err;
};

/**
 * struct kh_xz - an archive that is being unpacked
 * @blocks: its blocks
 * @n_blocks: number of @blocks
 * @total: bytes of all decompressed blocks
 * @next: the next block for a thread to take
 * @current: the block that the caller reads
 * @taken: bytes of @current that the caller has read
 * @stop: the threads must end
 * @spare: memory of blocks that were read, for the next ones
 * @n_spare: number of @spare
 * @lock: protects @next, @current, @stop, @spare and the changing fields of blocks
 * @cond: signals a change of anything that @lock protects
 * @threads: the threads
 * @n_threads: number of @threads
 */
struct kh_xz {
	struct xz_block *blocks;
	size_t n_blocks;
	unsigned long long total;
	size_t next;
	size_t current;
	size_t taken;
	bool stop;
	struct memory spare[KH_THREADS_MAX + 1];
	size_t n_spare;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	pthread_t threads[KH_THREADS_MAX];
	unsigned int n_threads;
};

static int to_errno(lzma_ret ret)
{
	switch (ret) {
	case LZMA_STREAM_END:
	case LZMA_OK:
		return 0;
	case LZMA_MEM_ERROR:
		return -ENOMEM;
	case LZMA_MEMLIMIT_ERROR:
		return -ENOBUFS;
	default:
		return -EBADMSG;
	}
}

/* For dictionaries; @count is always 1. */
static void *alloc_for_lzma(void *opaque, size_t count, size_t size)
{
	return kh_alloc(size);
}

static void free_for_lzma(void *opaque, void *data)
{
	free(data);
}

static const lzma_allocator allocator = { .alloc = alloc_for_lzma, .free = free_for_lzma };

/*
 * The decoder requests parts of the file, starting at the end. For each stream it
 * looks again at all streams that follow; the limit on its memory limits the number
 * of streams.
 */
static int read_index(const uint8_t *data, size_t size, lzma_index **index)
{
	const uint64_t most = lzma_index_memusage(KH_BLOCKS_MAX, KH_BLOCKS_MAX);
	lzma_stream strm = LZMA_STREAM_INIT;
	lzma_ret ret = lzma_file_info_decoder(&strm, index, most, size);

	strm.next_in = data;
	strm.avail_in = size;
	while (ret == LZMA_OK) {
		ret = lzma_code(&strm, LZMA_RUN);
		if (ret == LZMA_SEEK_NEEDED && strm.seek_pos <= size) {
			strm.next_in = data + strm.seek_pos;
			strm.avail_in = size - strm.seek_pos;
			ret = LZMA_OK;
		}
	}
	lzma_end(&strm);
	if (ret == LZMA_MEMLIMIT_ERROR)
		return -E2BIG;
	return ret == LZMA_STREAM_END ? 0 : to_errno(ret) ?: -EBADMSG;
}

static int list_blocks(struct kh_xz *xz, const uint8_t *data, const lzma_index *index)
{
	lzma_index_iter iter;

	if (lzma_index_block_count(index) > KH_BLOCKS_MAX)
		return -E2BIG;
	if (lzma_index_uncompressed_size(index) > KH_UNPACKED_MAX)
		return -EFBIG;
	xz->total = lzma_index_uncompressed_size(index);
	xz->blocks = calloc(lzma_index_block_count(index) + 1, sizeof(*xz->blocks));
	if (!xz->blocks)
		return -ENOMEM;
	lzma_index_iter_init(&iter, index);
	while (!lzma_index_iter_next(&iter, LZMA_INDEX_ITER_BLOCK)) {
		struct xz_block *block = &xz->blocks[xz->n_blocks++];

		block->in = data + iter.block.compressed_file_offset;
		block->in_size = iter.block.total_size;
		block->unpadded = iter.block.unpadded_size;
		block->out_size = iter.block.uncompressed_size;
		block->check = iter.stream.flags->check;
	}
	return 0;
}

/* The block's own header must agree with the index. */
static int start_block(const struct xz_block *b, lzma_block *block, lzma_stream *strm)
{
	lzma_ret ret;

	block->header_size = lzma_block_header_size_decode(b->in[0]);
	if (!b->in[0] || block->header_size > b->in_size)
		return -EBADMSG;
	ret = lzma_block_header_decode(block, NULL, b->in);
	if (ret != LZMA_OK) {
		block->filters[0].id = LZMA_VLI_UNKNOWN;
		return to_errno(ret);
	}
	ret = lzma_block_compressed_size(block, b->unpadded);
	if (ret != LZMA_OK)
		return to_errno(ret);
	if (block->uncompressed_size != LZMA_VLI_UNKNOWN &&
	    block->uncompressed_size != b->out_size)
		return -EBADMSG;
	block->uncompressed_size = b->out_size;
	if (lzma_raw_decoder_memusage(block->filters) > KH_MEMORY_MAX)
		return -ENOBUFS;
	strm->next_in = b->in + block->header_size;
	strm->avail_in = b->in_size - block->header_size;
	return to_errno(lzma_block_decoder(strm, block));
}

static bool stopped(struct kh_xz *xz, struct xz_block *b, const lzma_stream *strm)
{
	bool stop;

	pthread_mutex_lock(&xz->lock);
	b->done = strm->next_out - b->out.data;
	stop = xz->stop;
	pthread_cond_broadcast(&xz->cond);
	pthread_mutex_unlock(&xz->lock);
	return stop;
}

static int run_block(struct kh_xz *xz, struct xz_block *b, lzma_stream *strm)
{
	lzma_ret ret;

	strm->next_out = b->out.data;
	do {
		size_t left = b->out_size - (strm->next_out - b->out.data);

		strm->avail_out = left < SLICE ? left : SLICE;
		ret = lzma_code(strm, LZMA_RUN);
	} while (ret == LZMA_OK && !stopped(xz, b, strm));
	if (ret == LZMA_OK)
		return -ECANCELED;
	if (ret == LZMA_STREAM_END && (size_t)(strm->next_out - b->out.data) != b->out_size)
		return -EBADMSG;
	return to_errno(ret);
}

/* @strm keeps the dictionary for the next block. */
static int unpack_block(struct kh_xz *xz, struct xz_block *b, lzma_stream *strm)
{
	lzma_filter filters[LZMA_FILTERS_MAX + 1] = { { .id = LZMA_VLI_UNKNOWN } };
	lzma_block block = { .version = 1, .check = b->check, .filters = filters };
	int err = start_block(b, &block, strm);

	if (!err)
		err = run_block(xz, b, strm);
	lzma_filters_free(filters, NULL);
	return err;
}

/* To limit memory, stay at most n_threads blocks ahead of the reader. */
static struct xz_block *take_block(struct kh_xz *xz)
{
	struct xz_block *block = NULL;

	pthread_mutex_lock(&xz->lock);
	while (!xz->stop && xz->next < xz->n_blocks && xz->next > xz->current + xz->n_threads)
		pthread_cond_wait(&xz->cond, &xz->lock);
	if (!xz->stop && xz->next < xz->n_blocks)
		block = &xz->blocks[xz->next++];
	pthread_mutex_unlock(&xz->lock);
	return block;
}

/* At most n_threads + 1 blocks have memory. */
static struct memory take_memory(struct kh_xz *xz, size_t size)
{
	struct memory memory = { };

	pthread_mutex_lock(&xz->lock);
	if (xz->n_spare)
		memory = xz->spare[--xz->n_spare];
	pthread_mutex_unlock(&xz->lock);
	if (memory.size < size) {
		free(memory.data);
		memory.size = size;
		memory.data = kh_alloc_huge(&memory.size);
	}
	return memory;
}

static void *unpack_blocks(void *data)
{
	lzma_stream strm = LZMA_STREAM_INIT;
	struct kh_xz *xz = data;
	struct xz_block *block;

	strm.allocator = &allocator;
	while ((block = take_block(xz))) {
		struct memory out = take_memory(xz, block->out_size + 1);
		int err = -ENOMEM;

		pthread_mutex_lock(&xz->lock);
		block->out = out;
		pthread_mutex_unlock(&xz->lock);
		if (out.data)
			err = unpack_block(xz, block, &strm);
		pthread_mutex_lock(&xz->lock);
		block->err = err;
		block->finished = !err;
		if (!err)
			block->done = block->out_size;
		pthread_cond_broadcast(&xz->cond);
		pthread_mutex_unlock(&xz->lock);
		if (err)
			break;
	}
	lzma_end(&strm);
	return NULL;
}

static int start_threads(struct kh_xz *xz)
{
	int n;

	/* The threads read n_threads under the lock. */
	pthread_mutex_lock(&xz->lock);
	n = kh_threads_start(xz->threads, xz->n_blocks, unpack_blocks, xz);
	if (n > 0)
		xz->n_threads = n;
	pthread_mutex_unlock(&xz->lock);
	return n < 0 ? n : 0;
}

/*
 * @data must stay valid until the archive is closed. Limits have errors of their own:
 * -EFBIG for the decompressed size, -E2BIG for the number of streams and blocks,
 * -ENOBUFS for the memory of a decoder.
 */
int kh_xz_open(const void *data, size_t size, struct kh_xz **result)
{
	struct kh_xz *xz = calloc(1, sizeof(*xz));
	lzma_index *index = NULL;
	int err;

	if (!xz)
		return -ENOMEM;
	pthread_mutex_init(&xz->lock, NULL);
	pthread_cond_init(&xz->cond, NULL);
	err = read_index(data, size, &index);
	if (!err)
		err = list_blocks(xz, data, index);
	lzma_index_end(index, NULL);
	if (!err)
		err = start_threads(xz);
	if (err)
		kh_xz_close(xz);
	else
		*result = xz;
	return err;
}

unsigned long long kh_xz_total(const struct kh_xz *xz)
{
	return xz->total;
}

/* Returns the number of bytes that can be read, 0 at the end of @block, -EAGAIN if none yet. */
static ssize_t read_block(struct kh_xz *xz, struct xz_block *block, const void **out)
{
	ssize_t n = block->done - xz->taken;

	if (n) {
		*out = block->out.data + xz->taken;
		xz->taken = block->done;
		return n;
	}
	if (block->err)
		return block->err;
	return block->finished ? 0 : -EAGAIN;
}

/*
 * Store a pointer to the next bytes, which are valid until the next call. Returns their
 * number, 0 at the end, or a negative errno.
 */
ssize_t kh_xz_read(struct kh_xz *xz, const void **out)
{
	ssize_t n = 0;

	pthread_mutex_lock(&xz->lock);
	while (xz->current < xz->n_blocks) {
		struct xz_block *block = &xz->blocks[xz->current];

		n = read_block(xz, block, out);
		if (n == -EAGAIN) {
			pthread_cond_wait(&xz->cond, &xz->lock);
			continue;
		}
		if (n)
			break;
		xz->spare[xz->n_spare++] = block->out;
		block->out.data = NULL;
		xz->taken = 0;
		xz->current++;
		pthread_cond_broadcast(&xz->cond);
	}
	pthread_mutex_unlock(&xz->lock);
	return n;
}

void kh_xz_close(struct kh_xz *xz)
{
	size_t i;

	pthread_mutex_lock(&xz->lock);
	xz->stop = true;
	pthread_cond_broadcast(&xz->cond);
	pthread_mutex_unlock(&xz->lock);
	for (i = 0; i < xz->n_threads; i++)
		pthread_join(xz->threads[i], NULL);
	for (i = 0; i < xz->n_blocks; i++)
		free(xz->blocks[i].out.data);
	for (i = 0; i < xz->n_spare; i++)
		free(xz->spare[i].data);
	free(xz->blocks);
	pthread_cond_destroy(&xz->cond);
	pthread_mutex_destroy(&xz->lock);
	free(xz);
}
