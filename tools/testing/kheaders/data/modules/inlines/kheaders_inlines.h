/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHEADERS_INLINES_H
#define _KHEADERS_INLINES_H

struct kref;
struct page;
struct percpu_ref;
struct sk_buff;
struct sock;

/* Exported, so that none of it is thrown away. */
unsigned int kheaders_inline_net(struct sk_buff *skb, struct sock *sk);
unsigned int kheaders_inline_mem(struct page *page, struct percpu_ref *ref, struct kref *kref);

#endif
