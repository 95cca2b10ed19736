// SPDX-License-Identifier: GPL-2.0
/*
 * An eBPF program that reads a type which is in kernel/workqueue.c only.
 */

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char _license[] SEC("license") = "GPL";
int last_cpu;

SEC("raw_tracepoint/workqueue_queue_work")
int queued(struct bpf_raw_tracepoint_args *ctx)
{
	struct pool_workqueue *pwq = (void *)ctx->args[1];

	last_cpu = BPF_CORE_READ(pwq, pool, cpu);
	return 0;
}
