// SPDX-License-Identifier: GPL-2.0
/*
 * An eBPF program that needs what no BTF has: macros, and inline functions.
 */

#include <linux/fs.h>
#include <linux/sched.h>
#include <net/sock.h>

#define __section(name) __attribute__((__section__(name), __used__))

__section("kprobe/tcp_connect")
int connects(struct pt_regs *regs)
{
	struct sock *sk = (struct sock *)regs->di;

	return sk && sizeof(struct task_struct) > PAGE_SIZE ? MAX_LFS_FILESIZE & MAJOR(~0) : 0;
}

char _license[] __section("license") = "GPL";
