// SPDX-License-Identifier: GPL-2.0
/*
 * A header of each class that the archive has; matrix-cell.sh sees to that. What
 * not all versions or architectures have is asked for.
 */

#include <linux/module.h>

/* below include/ */
#include <linux/acpi.h>
#include <asm-generic/bug.h>
#include <clocksource/samsung_pwm.h>
#include <crypto/hash.h>
#include <crypto/internal/hash.h>
#if __has_include("cxl/event.h")
#include <cxl/event.h>
#endif
#include <drm/drm_fourcc.h>
#include <dt-bindings/clock/imx7d-clock.h>
#if __has_include("hyperv/hvgdk_mini.h") && (defined(CONFIG_X86) || defined(CONFIG_ARM64))
#include <hyperv/hvgdk_mini.h>
#endif
#include <keys/user-type.h>
#if __has_include("kunit/test.h")
#include <kunit/test.h>
#endif
#if __has_include("asm/kvm_types.h") || !__has_include("asm-generic/kvm_types.h")
#include <kvm/iodev.h>
#endif
#include <linux/perf_event.h>
#include <math-emu/op-1.h>
#include <media/media-entity.h>
#if __has_include("memory/renesas-rpc-if.h")
#include <memory/renesas-rpc-if.h>
#elif __has_include("memory/jedec_ddr.h")
#include <memory/jedec_ddr.h>
#endif
#include <misc/ocxl-config.h>
#include <net/ip.h>
#include <pcmcia/ss.h>
#include <ras/ras_event.h>
#include <rdma/ib_verbs.h>
#if __has_include("rv/instrumentation.h")
#include <rv/instrumentation.h>
#endif
#include <scsi/scsi_host.h>
#include <soc/rockchip/rockchip_sip.h>
#include <sound/pcm.h>
#include <target/target_core_base.h>
#include <trace/events/sched.h>
#if __has_include("ufs/unipro.h")
#include <ufs/unipro.h>
#endif
#if __has_include("vdso/time64.h")
#include <vdso/time64.h>
#elif __has_include("vdso/datapage.h")
#include <vdso/datapage.h>
#endif
#include <video/edid.h>
#include <video/videomode.h>
#include <xen/xen.h>

/* for programs, too */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <mtd/mtd-abi.h>
#if __has_include("uapi/cxl/features.h")
#include <uapi/cxl/features.h>
#endif
#include <uapi/drm/drm_mode.h>
#if __has_include("uapi/fwctl/fwctl.h")
#include <uapi/fwctl/fwctl.h>
#endif
#include <uapi/misc/ocxl.h>
#include <uapi/rdma/ib_user_verbs.h>
#if __has_include("uapi/regulator/regulator.h")
#include <uapi/regulator/regulator.h>
#endif
#include <uapi/scsi/scsi_netlink.h>
#include <uapi/sound/asound.h>
#include <uapi/video/uvesafb.h>
#include <uapi/xen/gntalloc.h>

/* of the architecture, and what is generated */
#include <asm/processor.h>
#include <asm/unistd.h>
#include <generated/bounds.h>
#include <generated/timeconst.h>
#include <generated/utsrelease.h>

static const char release[] __used = UTS_RELEASE;

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Headers of all classes for tests of kheaders");
