// SPDX-License-Identifier: GPL-2.0
/*
 * An eBPF program that needs macros and inline functions, which BTF does not have.
 */

#include <linux/fs.h>
#include <linux/sched.h>
#include <net/sock.h>

int __section("kprobe/tcp_connect") connects(struct pt_regs *regs)
{
	return regs->di ? MAJOR(MKDEV(sizeof(struct sock), SOCK_STREAM)) : PF_KTHREAD;
}

char _license[] __section("license") = "GPL";
