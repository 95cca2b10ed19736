// SPDX-License-Identifier: GPL-2.0
/*
 * A header of each class that the archive has.
 */

#include <linux/module.h>

/* below include/ */
#include <linux/acpi.h>
#include <asm-generic/bug.h>
#include <clocksource/samsung_pwm.h>
#include <crypto/hash.h>
#include <crypto/internal/hash.h>
#include <drm/drm_fourcc.h>
#include <dt-bindings/clock/imx8mm-clock.h>
#include <keys/user-type.h>
#include <kunit/test.h>
#include <linux/perf_event.h>
#include <media/media-entity.h>
#include <net/ip.h>
#include <pcmcia/ss.h>
#include <ras/ras_event.h>
#include <rdma/ib_verbs.h>
#include <scsi/scsi_host.h>
#include <sound/pcm.h>
#include <target/target_core_base.h>
#include <trace/events/sched.h>
#include <vdso/time64.h>
#include <video/edid.h>
#include <video/videomode.h>

/* for programs, too */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <mtd/mtd-abi.h>

/* of the architecture, and what is generated */
#include <asm/processor.h>
#include <asm/unistd.h>
#include <generated/bounds.h>
#include <generated/timeconst.h>
#include <generated/utsrelease.h>

static const char release[] __used = UTS_RELEASE;

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Headers of all classes for tests of kheaders");
