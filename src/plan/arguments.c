// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"
#include "plan/words.h"
#include "util/parse.h"

/*
 * Kernel arguments: what this host wants, what its boot loader holds, what the kernel was given. Wanted
 * is only what makes a difference: AMD and ARM need nothing, Intel rarely. Never iommu=pt unasked, which
 * takes protection from the host's own devices and gives VFIO nothing; never an ACS override.
 */

/* Of all that a kernel is given, what has to do with GPUs, and never what names a disk. */
static bool matters(const char *word)
{
        static const char *const names[] = {
                "intel_iommu",
                "amd_iommu",
                "iommu",
                "iommu.passthrough",
                "iommu.strict",
                "intremap",
                "hugepagesz",
                "hugepages",
                "gpuhost",
                "default_hugepagesz",
                "module_blacklist",
                "modprobe.blacklist",
                "video",
                "pcie_acs_override",
                "nomodeset",
                "initcall_blacklist",
                "pci",
                "rd.driver.blacklist",
                "rd.driver.pre",
                "i915.enable_gvt",
        };
        static const char *const modules[] = { "vfio.", "vfio-pci.", "vfio_pci.",
                                               "vfio_iommu_type1." };
        size_t n = strcspn(word, "=");

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (strlen(names[i]) == n && strncmp(names[i], word, n) == 0)
                        return true;
        for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
                if (startswith(word, modules[i]))
                        return true;
        return false;
}

static int keep_what_matters(const StrList *from, const StrList *intended, StrList *to)
{
        for (size_t i = 0; i < from->n; i++) {
                int r;

                if (!matters(from->items[i]) && !str_list_contains(intended, from->items[i]))
                        continue;
                r = str_list_add(to, from->items[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int intend(Builder *b, const char *word, const char *reason, Origin origin)
{
        StrList *intended = &b->plan->kernel_arguments.intended;

        if (str_list_contains(intended, word))
                return 0;
        if (b->arguments_reason.len == 0 || !strstr(str_buf_get(&b->arguments_reason), reason))
                str_buf_printf(&b->arguments_reason, "%s%s",
                               b->arguments_reason.len > 0 ? "; " : "", reason);
        if (!b->arguments_origin.file)
                b->arguments_origin = origin;
        return str_list_add(intended, word);
}

static int intend_intel(Builder *b)
{
        const GpuPlan *g = b->intel_on_for;
        _cleanup_str_buf_ StrBuf reason = {};

        if (!b->intel_on)
                return 0;
        str_buf_printf(&reason, "%s needs the IOMMU, which this kernel leaves off unasked",
                       g ? LABEL(g) : "a device that a VM takes");
        if (reason.failed)
                return -ENOMEM;
        return intend(b, "intel_iommu=on", str_buf_get(&reason), g ? gpu_origin(g) : (Origin){});
}

/* "0:16,1:8", or "24" where no node is declared: the kernel takes one form for a size. */
static int add_counts(Builder *b, const Hugepages *first, StrBuf *s)
{
        const HostConfig *host = &b->config->host;
        uint64_t anywhere = 0;
        bool nodes = false;

        for (const Hugepages *h = first; h < host->hugepages + host->n_hugepages; h++) {
                if (h->size != first->size || h->count == 0)
                        continue;
                if (h->node < 0) {
                        anywhere += h->count;
                        continue;
                }
                str_buf_printf(s, "%s%d:%llu", nodes ? "," : "", h->node,
                               (unsigned long long)h->count);
                nodes = true;
        }
        if (anywhere > 0 && nodes) {
                finding_at(finding_add(&b->plan->findings, FINDING_HUGEPAGES_MIXED, "hugepages",
                                       "huge pages of one size are declared both with and without "
                                       "a node, and the kernel takes one form only"),
                           first->origin);
                return 0;
        }
        if (anywhere > 0)
                str_buf_printf(s, "%llu", (unsigned long long)anywhere);
        return s->failed ? -ENOMEM : 1;
}

static bool first_of_size(const HostConfig *host, const Hugepages *h)
{
        for (const Hugepages *p = host->hugepages; p < h; p++)
                if (p->size == h->size)
                        return false;
        return true;
}

/* Pages of 1G and more are only to be had before memory is scattered. */
static int intend_hugepages(Builder *b)
{
        const HostConfig *host = &b->config->host;

        for (size_t i = 0; i < host->n_hugepages; i++) {
                const Hugepages *h = host->hugepages + i;
                char size[FORMAT_SIZE_MAX], word[64];
                _cleanup_str_buf_ StrBuf counts = {};
                int r;

                if (h->size < UINT64_C(1) << 30 || !first_of_size(host, h))
                        continue;
                str_buf_add(&counts, "hugepages=");
                r = add_counts(b, h, &counts);
                if (r < 0)
                        return r;
                if (r == 0 || streq(str_buf_get(&counts), "hugepages="))
                        continue;
                (void)snprintf(word, sizeof(word), "hugepagesz=%s", format_size(h->size, size));
                r = intend(b, word, "huge pages are declared", h->origin);
                if (r >= 0)
                        r = str_list_add(&b->plan->kernel_arguments.intended, str_buf_get(&counts));
                if (r < 0)
                        return r;
        }
        return 0;
}

static int intend_all(Builder *b)
{
        const HostConfig *host = &b->config->host;
        const TextList *extra = &host->kernel_arguments.extra;
        int r = intend_intel(b);

        if (r >= 0 && host->iommu.host_passthrough)
                r = intend(b, "iommu.passthrough=1", "iommu: {host_passthrough: true} is declared",
                           (Origin){});
        if (r >= 0)
                r = intend_hugepages(b);
        for (size_t i = 0; r >= 0 && i < extra->n; i++)
                r = intend(b, extra->items[i], "kernel_arguments: {extra: …} says so",
                           extra->origins ? extra->origins[i] : (Origin){});
        return r;
}

static int subtract(const StrList *from, const StrList *what, StrList *ret)
{
        for (size_t i = 0; i < from->n; i++) {
                int r;

                if (str_list_contains(what, from->items[i]))
                        continue;
                r = str_list_add(ret, from->items[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* GRUB gets ours by a file of our own, a unified kernel image by an addon of our own, in which every word
 * is ours; other files are shared, and a word of ours can't be told from the same word of somebody else. */
static bool file_is_ours(const BootLoader *loader)
{
        bool own = loader->kind == BOOT_LOADER_GRUB || loader->kind == BOOT_LOADER_UKI;

        return own && loader->addon_lack == ADDON_LACKS_NOTHING && loader->configured_known;
}

int arguments_plan(Builder *b)
{
        KernelArguments *a = &b->plan->kernel_arguments;
        const BootLoader *loader = &b->machine->boot_loader;
        bool ours = file_is_ours(loader);
        int r;

        if (b->mode == PLAN_BOOT)
                return 0;
        if (b->config->host_valid) {
                r = intend_all(b);
                if (r < 0)
                        return r;
        }
        if (b->arguments_reason.failed)
                return -ENOMEM;
        a->configured_known = loader->configured_known;
        r = ours ? str_list_append(&a->configured, &loader->configured)
                 : keep_what_matters(&loader->configured, &a->intended, &a->configured);
        if (r < 0 ||
            (r = keep_what_matters(&b->machine->arguments, &a->intended, &a->running)) < 0 ||
            (r = subtract(&a->intended, &a->running, &b->arguments_pending)) < 0 ||
            (r = subtract(ours ? &a->configured : &loader->written, &a->intended,
                          &b->arguments_stale)) < 0)
                return r;
        /* What a loader is told can't always be seen; then what runs is believed to stay. */
        return subtract(&a->intended, a->configured_known ? &a->configured : &a->running,
                        &b->arguments_missing);
}
