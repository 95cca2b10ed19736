/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kheaders

#if !defined(_KHEADERS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _KHEADERS_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(kheaders_count,
	    TP_PROTO(unsigned int count, unsigned long flags),
	    TP_ARGS(count, flags),
	    TP_STRUCT__entry(__field(unsigned int, count)
			     __field(unsigned long, flags)),
	    TP_fast_assign(__entry->count = count;
			   __entry->flags = flags;),
	    TP_printk("count %u flags %s", __entry->count,
		      __print_flags(__entry->flags, "|", { 1, "first" }, { 2, "last" }))
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE kheaders_trace
#include <trace/define_trace.h>
