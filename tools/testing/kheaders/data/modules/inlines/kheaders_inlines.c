// SPDX-License-Identifier: GPL-2.0
/*
 * Inline functions of many headers, and the lines that they warn with.
 */

#include <linux/bug.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/init.h>
#include <linux/kref.h>
#include <linux/module.h>
#include <linux/percpu-refcount.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/wait.h>
#include <net/sock.h>

#include "kheaders_inlines.h"

unsigned int kheaders_inline_net(struct sk_buff *skb, struct sock *sk)
{
	struct sk_buff *clone = skb_share_check(skb, GFP_ATOMIC);

	if (!clone || WARN_ON_ONCE(!pskb_may_pull(clone, 20)))
		return 0;
	__skb_pull(clone, 20);
	sock_hold(sk);
	return skb_headlen(clone) + skb_tailroom(clone) + sk_wmem_alloc_get(sk);
}
EXPORT_SYMBOL_GPL(kheaders_inline_net);

unsigned int kheaders_inline_mem(struct page *page, struct percpu_ref *ref, struct kref *kref)
{
	WARN(!PageLocked(page), "not locked\n");
	clear_highpage(page);
	get_page(page);
	if (percpu_ref_tryget(ref))
		kref_get(kref);
	return page_count(page) + __LINE__;
}
EXPORT_SYMBOL_GPL(kheaders_inline_mem);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Inline functions of many headers, for tests of kheaders");
