// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"
#include "plan/words.h"

/*
 * What is in the initramfs of each kernel. A native driver in there has a card before the root is mounted;
 * so gpuhost-bind has to be in there too, with the modules of that kernel and with the configuration as it
 * is now. An image without such a driver needs nothing of us. One that has gpuhost-bind from former times
 * binds by the configuration of former times. Where nobody counts boots nothing is bound so early.
 */

/* Modules that are needed beside the driver that is declared, where a kernel has them as modules. */
static const ModuleId needed[] = { MOD_VFIO_PCI, MOD_VFIO_IOMMU_TYPE1, MOD_VFIO_VIRQFD };

static const GpuPlan *taken_gpu(const Builder *b, PciAddress address)
{
        for (size_t i = 0; i < b->plan->n_gpus; i++) {
                const GpuPlan *g = b->plan->gpus + i;

                if (g->role != ROLE_PASSTHROUGH || g->guard != GUARD_FREE)
                        continue;
                if (pci_address_equal(g->device->address, address))
                        return g;
                for (size_t k = 0; k < g->n_companions; k++)
                        if (pci_address_equal(g->companions[k]->address, address))
                                return g;
        }
        return NULL;
}

/* A native driver in the image, and the card that it would take. Drivers that a card is to have do not
 * count, nor vfio-pci, which takes no card by its ID. */
static const ImageDriver *native_driver(const Builder *b, const InitramfsImage *image,
                                        const GpuPlan **ret)
{
        for (size_t i = 0; i < image->n_drivers; i++) {
                const GpuPlan *g = taken_gpu(b, image->drivers[i].address);

                if (!g || driver_is_vfio(image->drivers[i].module))
                        continue;
                *ret = g;
                return image->drivers + i;
        }
        return NULL;
}

static const char *missing_module(const Kernel *k)
{
        for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
                if (k->modules[needed[i]] == MODULE_LOADABLE &&
                    !str_list_contains(&k->image.modules, module_names[needed[i]]))
                        return module_names[needed[i]];
        return NULL;
}

/* What is wrong with it; empty: nothing. */
static void find_fault(const Builder *b, const Kernel *k, StrBuf *s)
{
        const InitramfsImage *image = &k->image;
        const GpuPlan *g = NULL;
        const ImageDriver *native = b->plan->boot_watched ? native_driver(b, image, &g) : NULL;

        if (native && !image->has_binder)
                str_buf_printf(s, "it carries %s, a native driver of %s, and not gpuhost-bind",
                               native->module, LABEL(g));
        else if (native && missing_module(k))
                str_buf_printf(s, "it carries gpuhost-bind, and not %s", missing_module(k));
        else if (image->has_binder && image->difference)
                str_buf_printf(s, "it carries gpuhost-bind and another configuration: /%s differs",
                               image->difference);
}

static const char *command_of(const Machine *m)
{
        return m->initramfs_tool == INITRAMFS_TOOLS    ? "update-initramfs -u -k"
               : m->initramfs_tool == INITRAMFS_DRACUT ? "dracut --force --kver"
                                                       : NULL;
}

static Origin taken_origin(const Builder *b)
{
        for (size_t i = 0; i < b->plan->n_gpus; i++)
                if (b->plan->gpus[i].role == ROLE_PASSTHROUGH)
                        return gpu_origin(b->plan->gpus + i);
        return (Origin){};
}

static int plan_kernel(Builder *b, const Kernel *k)
{
        const char *command = command_of(b->machine);
        _cleanup_str_buf_ StrBuf fault = {};
        Finding *f;

        find_fault(b, k, &fault);
        if (fault.failed || fault.len == 0)
                return fault.failed ? -ENOMEM : 0;
        f = finding_add(&b->plan->findings, FINDING_INITRAMFS_STALE, k->version,
                        "the initramfs of kernel %s (/%s): %s", k->version, k->image.path,
                        str_buf_get(&fault));
        finding_at(f, taken_origin(b));
        if (!command) {
                finding_fix(f, "build /%s again with the tool that made it", k->image.path);
                return 0;
        }
        finding_fix(f, "gpuhost apply, or %s %s", command, k->version);
        return step_add(b, (Step){
                                   .code = STEP_INITRAMFS,
                                   .when = STEP_BOOT,
                                   .target = strdup(k->version),
                                   .action = format_string("run %s %s", command, k->version),
                                   .reason = str_buf_take(&fault),
                                   .origin = taken_origin(b),
                           });
}

static bool takes_anything(const Builder *b)
{
        for (size_t i = 0; i < b->plan->n_gpus; i++)
                if (b->plan->gpus[i].role == ROLE_PASSTHROUGH &&
                    b->plan->gpus[i].guard == GUARD_FREE)
                        return true;
        return false;
}

/* Its images hold what a preset and mkinitcpio.conf say, and no binder of ours. So that a card is taken
 * by gpuhost-bind.service, its native driver has to wait until the root is mounted. */
static void report_mkinitcpio(Builder *b)
{
        Finding *f = finding_add(&b->plan->findings, FINDING_INITRAMFS_UNMANAGED, "host",
                                 "the initramfs is made by mkinitcpio: a native driver in it has "
                                 "its cards before gpuhost-bind runs");

        finding_fix(f, "in /etc/mkinitcpio.conf, remove kms from HOOKS=() and drivers of GPUs from "
                       "MODULES=(), then run mkinitcpio -P");
        finding_at(f, taken_origin(b));
}

int initramfs_plan(Builder *b)
{
        const Machine *m = b->machine;
        bool takes = takes_anything(b);

        if (takes && m->initramfs_tool == INITRAMFS_MKINITCPIO)
                report_mkinitcpio(b);
        for (size_t i = 0; i < m->n_kernels; i++) {
                const Kernel *k = m->kernels + i;
                int r;

                if (takes && k->image.trouble)
                        (void)finding_add(&b->plan->findings, FINDING_INITRAMFS_UNREADABLE,
                                          k->version, "the initramfs of kernel %s (/%s): %s",
                                          k->version, k->image.path, k->image.trouble);
                r = k->image.path && !k->image.trouble ? plan_kernel(b, k) : 0;
                if (r < 0)
                        return r;
        }
        return 0;
}
