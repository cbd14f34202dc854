// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"
#include "plan/words.h"
#include "vendor/vendor.h"

/* What VFIO takes needs an IOMMU: whole GPUs and VFs. A mediated device of a card without SR-IOV does
 * its DMA through its parent. */
bool iommu_needed(const GpuPlan *g)
{
        return role_leaves(g->role) || (g->role == ROLE_VGPU && g->entry->vfs > 0);
}

static bool needed_and_free(const GpuPlan *g)
{
        return g->guard == GUARD_FREE && iommu_needed(g);
}

typedef bool GpuTest(const GpuPlan *g);

static bool needed_at_all(const Builder *b, GpuTest *needs)
{
        for (size_t i = 0; i < b->plan->n_gpus; i++)
                if (needs(b->plan->gpus + i))
                        return true;
        return b->n_vm_devices > 0;
}

/* Whether a comma list has the word. */
static bool list_has(const char *list, const char *word)
{
        size_t n = strlen(word);

        for (;;) {
                size_t k = strcspn(list, ",");

                if (k == n && strncmp(list, word, n) == 0)
                        return true;
                if (!list[k])
                        return false;
                list += k + 1;
        }
}

/* The argument that switches the IOMMU off, NULL if none does. Of several intel_iommu= the last on or
 * off holds; what the other two switch off, nothing switches on again. */
static const char *off_argument(const Machine *m)
{
        const char *intel = NULL;

        for (size_t i = 0; i < m->arguments.n; i++) {
                const char *word = m->arguments.items[i], *list;

                if (((list = startswith(word, "iommu=")) ||
                     (list = startswith(word, "amd_iommu="))) &&
                    list_has(list, "off"))
                        return word;
                list = startswith(word, "intel_iommu=");
                if (list && list_has(list, "off"))
                        intel = word;
                else if (list && list_has(list, "on"))
                        intel = NULL;
        }
        return intel;
}

/* What an Intel kernel does without being told. The least of all installed ones, for any may boot. */
typedef enum IntelDefault {
        INTEL_OFF,
        INTEL_ON_BUT_INTEGRATED,
        INTEL_ON,
        INTEL_UNKNOWN,
} IntelDefault;

static IntelDefault intel_default_of(const Kernel *k)
{
        if (k->intel_iommu_default_on == KCONFIG_YES)
                return INTEL_ON;
        if (k->intel_iommu_default_on_intgpu_off == KCONFIG_YES)
                return INTEL_ON_BUT_INTEGRATED;
        return k->config_readable ? INTEL_OFF : INTEL_UNKNOWN;
}

static IntelDefault intel_default(const Machine *m)
{
        IntelDefault least = INTEL_UNKNOWN;

        for (size_t i = 0; i < m->n_kernels; i++) {
                IntelDefault d = intel_default_of(m->kernels + i);

                if (d < least)
                        least = d;
        }
        if (least != INTEL_UNKNOWN)
                return least;
        return m->iommu.kind == IOMMU_INTEL ? INTEL_ON_BUT_INTEGRATED : INTEL_OFF;
}

/* intel_iommu=on is asked for only where it makes a difference. */
static void decide_intel_on(Builder *b, const char *off)
{
        const Machine *m = b->machine;
        IntelDefault d = intel_default(m);

        if ((m->iommu.kind != IOMMU_INTEL && m->iommu.firmware != IOMMU_INTEL) ||
            (off && !startswith(off, "intel_iommu=")))
                return;
        b->intel_on = (d == INTEL_OFF || off) && needed_at_all(b, needed_and_free);
        for (size_t i = 0; i < b->plan->n_gpus; i++) {
                const GpuPlan *g = b->plan->gpus + i;
                bool integrated =
                        g->device->id.vendor == vendor_intel.id && vendor_integrated(m, g->device);

                if (!needed_and_free(g) || b->intel_on_for)
                        continue;
                if (d == INTEL_ON_BUT_INTEGRATED && integrated)
                        b->intel_on = true;
                else if (!b->intel_on)
                        continue;
                b->intel_on_for = g;
        }
}

static void add_needers(const Builder *b, GpuTest *needs, StrBuf *s)
{
        const Plan *plan = b->plan;
        size_t n = 0, k = 0;

        for (size_t i = 0; i < plan->n_gpus; i++)
                n += needs(plan->gpus + i);
        if (n == 0)
                str_buf_add(s, "devices that VMs take");
        for (size_t i = 0; i < plan->n_gpus; i++)
                if (needs(plan->gpus + i))
                        words_add(s, LABEL(plan->gpus + i), k++, n);
}

static Origin needers_origin(const Builder *b, GpuTest *needs)
{
        for (size_t i = 0; i < b->plan->n_gpus; i++)
                if (needs(b->plan->gpus + i))
                        return b->plan->gpus[i].entry->origin;
        return (Origin){};
}

static Finding *report_off(Builder *b, const char *needers, const char *off)
{
        FindingList *list = &b->plan->findings;
        const Machine *m = b->machine;
        Finding *f;

        if (off) {
                f = finding_add(list, FINDING_IOMMU_OFF, "host",
                                "the kernel argument %s switches the IOMMU off, which is needed "
                                "for %s",
                                off, needers);
                finding_fix(f, "remove %s from %s%s, then reboot", off, arguments_file(m),
                            m->boot_loader.kind == BOOT_LOADER_GRUB ? " and run update-grub" : "");
                return f;
        }
        if (m->iommu.firmware == IOMMU_NONE && !m->iommu.tables_unreadable)
                return finding_add(list, FINDING_IOMMU_OFF_FIRMWARE, "host",
                                   "the firmware offers no IOMMU, which is needed for %s", needers);
        f = finding_add(list, FINDING_IOMMU_OFF, "host",
                        "the kernel does not use the IOMMU, which is needed for %s", needers);
        if (m->iommu.tables_unreadable)
                finding_fix(f, "run as root, to see whether the firmware offers an IOMMU");
        else if (b->intel_on && b->config->host.kernel_arguments.manage)
                finding_fix(f, "gpuhost apply, which adds intel_iommu=on, then reboot");
        else if (b->intel_on)
                finding_fix(f, "add intel_iommu=on to the kernel arguments, then reboot");
        else
                finding_fix(f, "install a kernel that supports this IOMMU, and look into the "
                               "kernel log for why it is not used");
        return f;
}

static void refuse_needers(Builder *b, const Finding *f)
{
        for (size_t i = 0; i < b->plan->n_gpus; i++)
                if (needed_and_free(b->plan->gpus + i))
                        refuse_gpu(b->plan->gpus + i, f);
}

/* The IOMMU works, but not for this device. */
static void check_devices(Builder *b)
{
        for (size_t i = 0; i < b->plan->n_gpus; i++) {
                GpuPlan *g = b->plan->gpus + i;
                Finding *f;

                if (!needed_and_free(g) || machine_translates(b->machine, g->device) ||
                    g == b->intel_on_for)
                        continue;
                f = finding_add(&b->plan->findings, FINDING_IOMMU_OFF, ADDRESS(g->device->address),
                                "no IOMMU translates for %s", LABEL(g));
                finding_fix(f, "look into the kernel log for what DMAR or AMD-Vi say about it");
                finding_at(f, gpu_origin(g));
                refuse_gpu(g, f);
        }
}

static void check_interrupts(Builder *b, const char *needers)
{
        const IommuFacts *iommu = &b->machine->iommu;
        Finding *f;

        if ((iommu->kind != IOMMU_INTEL && iommu->kind != IOMMU_AMD) || iommu->interrupt_remapping)
                return;
        if (iommu->unsafe_interrupts) {
                f = finding_add(&b->plan->findings, FINDING_NO_INTERRUPT_REMAPPING, "host",
                                "interrupts are not remapped and allow_unsafe_interrupts is set: a "
                                "guest with %s can forge interrupts of the host",
                                needers);
                if (f)
                        f->severity = SEVERITY_WARNING;
                finding_fix(f, "switch interrupt remapping (x2APIC) on in the firmware setup, and "
                               "unset allow_unsafe_interrupts");
        } else {
                f = finding_add(&b->plan->findings, FINDING_NO_INTERRUPT_REMAPPING, "host",
                                "interrupts are not remapped: binding works, but no VM will start "
                                "with %s",
                                needers);
                finding_fix(f, "switch interrupt remapping (x2APIC) on in the firmware setup and "
                               "remove intremap=off, or, trusting every guest, set "
                               "allow_unsafe_interrupts=1 for vfio_iommu_type1");
        }
        finding_at(f, needers_origin(b, needed_and_free));
}

void iommu_check(Builder *b)
{
        /* Without any, a card that something else keeps here counts too: one learns of both at once. */
        bool none = b->machine->iommu.kind == IOMMU_NONE;
        GpuTest *needs = none ? iommu_needed : needed_and_free;
        const char *off = off_argument(b->machine);
        _cleanup_str_buf_ StrBuf needers = {};
        Finding *f;

        if (!needed_at_all(b, needs))
                return;
        decide_intel_on(b, off);
        add_needers(b, needs, &needers);
        if (!none) {
                check_interrupts(b, str_buf_get(&needers));
                check_devices(b);
                return;
        }
        f = report_off(b, str_buf_get(&needers), off);
        finding_at(f, needers_origin(b, needs));
        /* Where our argument helps, all is planned for the boot that has it. */
        if (!b->intel_on || b->mode == PLAN_BOOT)
                refuse_needers(b, f);
        if (needers.failed)
                b->plan->findings.failed = true;
}
