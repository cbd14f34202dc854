// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"
#include "plan/words.h"
#include "vendor/vendor.h"

/* Configuration of others on the same ground: said where it touches a GPU of this machine, each with
 * its file and line. Nothing of it is changed. */

static bool id_is_of(const char *text, const PciDevice *d)
{
        char buf[PCI_ID_MAX];
        const char *rest;

        rest = startswith(text, pci_id_format(d->id, buf));
        return rest && (*rest == '\0' || *rest == ':'); /* subsystem and class may follow */
}

static bool ids_touch(const StrList *ids, const GpuPlan *g)
{
        for (size_t i = 0; i < ids->n; i++) {
                if (id_is_of(ids->items[i], g->device))
                        return true;
                for (size_t k = 0; k < g->n_companions; k++)
                        if (id_is_of(ids->items[i], g->companions[k]))
                                return true;
        }
        return false;
}

static bool drivers_touch(const StrList *modules, const GpuPlan *g)
{
        const Vendor *vendor = vendor_find(g->device->id.vendor);

        for (size_t i = 0; i < modules->n; i++)
                if (vendor_find_driver(vendor, modules->items[i]) ||
                    streq_ptr(g->device->driver, modules->items[i]))
                        return true;
        return false;
}

static bool address_touches(const Builder *b, const Foreign *f, const GpuPlan *g)
{
        const PciDevice *d = f->has_address ? machine_find_device(b->machine, f->address) : NULL;

        return d && gpu_owns(g, d);
}

typedef enum Touch {
        TOUCH_ANY, /* of concern wherever there is a GPU */
        TOUCH_IDS,
        TOUCH_DRIVERS,
        TOUCH_ADDRESS,
} Touch;

static const struct {
        FindingCode code;
        Touch touch;
        const char *message;
        const char *before_file, *after_file; /* the fix, around the file that it is done in */
} kinds[] = {
        [FOREIGN_VFIO_IDS] = {
                FINDING_FOREIGN_VFIO_IDS, TOUCH_IDS,
                "vfio-pci is told ids, and so takes every card of that kind",
                "remove the ids from ", ": gpuhost binds device by device",
        },
        [FOREIGN_BLACKLIST] = {
                FINDING_FOREIGN_BLACKLIST, TOUCH_DRIVERS,
                "a native driver is kept away from all cards",
                "remove it from ", ": gpuhost keeps drivers away from single devices",
        },
        [FOREIGN_DRIVERCTL] = {
                FINDING_FOREIGN_DRIVERCTL, TOUCH_ADDRESS,
                "driverctl has an override for the same device",
                "run driverctl unset-override for it, which removes ", "",
        },
        [FOREIGN_MDEVCTL] = {
                FINDING_FOREIGN_MDEVCTL, TOUCH_ADDRESS,
                "mdevctl defines a mediated device on the same GPU",
                "run mdevctl undefine for it, which removes ", ", or leave this GPU out of host.d",
        },
        [FOREIGN_LIBVIRT_MANAGED] = {
                FINDING_FOREIGN_LIBVIRT, TOUCH_ADDRESS,
                "a libvirt domain takes the same device and returns it",
                "write managed='no' in ", " (virsh edit)",
        },
        [FOREIGN_VFIO_VIRQFD] = {
                FINDING_STALE_VFIO_VIRQFD, TOUCH_ANY,
                "vfio_virqfd is asked for, and no installed kernel has it",
                "remove it from ", "",
        },
        [FOREIGN_ACS_OVERRIDE] = {
                FINDING_ACS_OVERRIDE, TOUCH_ANY,
                "IOMMU groups are made up: isolation is not real",
                "remove it from ", "",
        },
        [FOREIGN_SOFTDEP] = {
                FINDING_FOREIGN_SOFTDEP, TOUCH_ANY,
                "a softdep orders vfio-pci before a GPU driver",
                "it can be removed from ", ": gpuhost needs no such order",
        },
};

static bool touches(const Builder *b, const Foreign *f, const GpuPlan *g)
{
        switch (kinds[f->kind].touch) {
        case TOUCH_IDS:
                return ids_touch(&f->ids, g);
        case TOUCH_DRIVERS:
                return drivers_touch(&f->ids, g);
        case TOUCH_ADDRESS:
                return address_touches(b, f, g);
        case TOUCH_ANY:
                break;
        }
        return false;
}

/* Arguments are the boot loader's, not a file of /proc. */
static const char *file_to_edit(const Builder *b, const Foreign *f)
{
        return startswith(f->file, "/proc/") ? arguments_file(b->machine) : f->file;
}

/* To keep one native driver away in favour of another is what distributions do. */
static Severity severity_of(const Builder *b, const Foreign *f)
{
        bool harmless = f->kind == FOREIGN_BLACKLIST;

        for (size_t i = 0; i < b->plan->n_gpus; i++) {
                const GpuPlan *g = b->plan->gpus + i;
                const char *driver = g->device->driver;

                if (!touches(b, f, g))
                        continue;
                if (!driver || driver_is_vfio(driver) || str_list_contains(&f->ids, driver))
                        harmless = false;
        }
        return harmless ? SEVERITY_INFO : finding_specs[kinds[f->kind].code].severity;
}

static int report(Builder *b, const Foreign *f)
{
        const Plan *plan = b->plan;
        _cleanup_str_buf_ StrBuf who = {};
        const GpuPlan *first = NULL;
        size_t n = 0, k = 0;
        Finding *finding;

        for (size_t i = 0; i < plan->n_gpus; i++)
                n += touches(b, f, plan->gpus + i);
        if (n == 0 && kinds[f->kind].touch != TOUCH_ANY)
                return 0;
        for (size_t i = 0; i < plan->n_gpus; i++) {
                if (!touches(b, f, plan->gpus + i))
                        continue;
                if (!first)
                        first = plan->gpus + i;
                words_add(&who, LABEL(plan->gpus + i), k++, n);
        }
        if (who.failed)
                return -ENOMEM;
        finding = finding_add(&b->plan->findings, kinds[f->kind].code,
                              first ? ADDRESS(first->device->address) : "host", "%s: %s%s%s%s",
                              kinds[f->kind].message, f->text, n > 0 ? " (" : "", str_buf_get(&who),
                              n > 0 ? ")" : "");
        if (finding)
                finding->severity = severity_of(b, f);
        finding_at(finding, (Origin){ .file = f->file, .line = f->line });
        finding_fix(finding, "%s%s%s", kinds[f->kind].before_file, file_to_edit(b, f),
                    kinds[f->kind].after_file);
        return 0;
}

static const struct {
        const char *word, *why;
} without_effect[] = {
        { "amd_iommu=on",   "AMD's IOMMU is on wherever the firmware offers it" },
        { "intel_iommu=pt", "the word is iommu=pt, and nothing here needs it"   },
};

static void report_arguments(Builder *b)
{
        for (size_t i = 0; i < ARRAY_SIZE(without_effect); i++) {
                const char *word = without_effect[i].word;
                Finding *f;

                if (!str_list_contains(&b->machine->arguments, word))
                        continue;
                f = finding_add(&b->plan->findings, FINDING_ARGUMENT_WITHOUT_EFFECT, "host",
                                "the kernel argument %s has no effect: %s", word,
                                without_effect[i].why);
                finding_at(f, (Origin){ .file = "/proc/cmdline", .line = 1 });
                finding_fix(f, "remove it from %s", arguments_file(b->machine));
        }
}

int foreign_report(Builder *b)
{
        if (b->plan->n_gpus == 0)
                return 0;
        report_arguments(b);
        for (size_t i = 0; i < b->machine->n_foreign; i++) {
                int r = report(b, b->machine->foreign + i);

                if (r < 0)
                        return r;
        }
        return 0;
}
