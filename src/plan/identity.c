// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"
#include "plan/words.h"

static bool matches_any(const Plan *plan, const GpuMatch *match)
{
        for (size_t i = 0; i < plan->n_gpus; i++)
                if (match_holds(match, plan->gpus[i].device))
                        return true;
        return false;
}

static void add_found(StrBuf *s, const PciDevice *d)
{
        if (!d) {
                str_buf_add(s, "nothing");
                return;
        }
        str_buf_add(s, ID(d->id));
        if (d->device_name)
                str_buf_printf(s, " (%s)", d->device_name);
        else if (!pci_device_is_gpu(d))
                str_buf_printf(s, " (%s)", pci_class_words(d->class));
}

/* Where the GPUs are that match but for the address; returns how many, and one of them. */
static size_t add_elsewhere(StrBuf *s, const Plan *plan, const GpuMatch *elsewhere,
                            PciAddress *ret_one)
{
        size_t n = 0, i = 0;

        for (size_t k = 0; k < plan->n_gpus; k++)
                n += match_holds(elsewhere, plan->gpus[k].device);
        for (size_t k = 0; k < plan->n_gpus; k++) {
                const PciDevice *d = plan->gpus[k].device;

                if (!match_holds(elsewhere, d))
                        continue;
                words_add(s, ADDRESS(d->address), i++, n);
                *ret_one = d->address;
        }
        return n;
}

/* An address is given with more than itself, and what is there now is something else. Nothing is taken
 * there, nor silently where the device may have gone: GPUs that this may mean are refused, unless
 * another entry names their address. */
static void report_mismatch(Builder *b, const GpuEntry *e, const PciDevice *there)
{
        _cleanup_str_buf_ StrBuf wanted = {}, found = {}, now = {};
        GpuMatch elsewhere = e->match;
        PciAddress one = {};
        Finding *f;
        size_t n;

        elsewhere.has_address = false;
        words_add_match(&wanted, &e->match);
        add_found(&found, there);
        n = add_elsewhere(&now, b->plan, &elsewhere, &one);
        f = finding_add(&b->plan->findings, FINDING_ID_MISMATCH, ADDRESS(e->match.address),
                        "%s was to be %s%s%s, but %s stands there; %s %s%s",
                        ADDRESS(e->match.address), e->name ? e->name : "", e->name ? ", " : "",
                        str_buf_get(&wanted), str_buf_get(&found), str_buf_get(&wanted),
                        n > 0 ? "is now at " : "is nowhere", str_buf_get(&now));
        finding_at(f, e->origin);
        if (n == 1)
                finding_fix(f, "if that is the card that is meant, write address: \"%s\"",
                            ADDRESS(one));
        for (size_t k = 0; f && k < b->plan->n_gpus; k++) {
                const GpuPlan *g = b->plan->gpus + k;

                if ((match_holds(&elsewhere, g->device) || g->device == there) &&
                    !(g->entry && g->entry->match.has_address))
                        b->work[k].suspect = f->message;
        }
        if (wanted.failed || found.failed || now.failed)
                b->plan->findings.failed = true;
}

static void report_unused(Builder *b, const GpuEntry *e, const PciDevice *there)
{
        const char *name = e->name ? e->name : "without a name";
        Finding *f;

        if (there)
                f = finding_add(&b->plan->findings, FINDING_ENTRY_UNUSED, e->name,
                                "the gpus: entry %s means %s, which is no GPU but %s (%s)", name,
                                ADDRESS(there->address), ID(there->id),
                                there->device_name ? there->device_name
                                                   : pci_class_words(there->class));
        else
                f = finding_add(&b->plan->findings, FINDING_ENTRY_UNUSED, e->name,
                                "the gpus: entry %s matches no GPU of this machine", name);
        finding_at(f, e->origin);
}

static bool says_more_than_address(const GpuMatch *m)
{
        return m->has_id || m->has_subsystem || m->slot || m->serial;
}

static void check_entry(Builder *b, const GpuEntry *e)
{
        GpuMatch elsewhere = e->match;
        const PciDevice *there;

        if (matches_any(b->plan, &e->match))
                return;
        there = e->match.has_address ? machine_find_device(b->machine, e->match.address) : NULL;
        elsewhere.has_address = false;
        if (e->match.has_address && says_more_than_address(&e->match) &&
            (there || matches_any(b->plan, &elsewhere)))
                report_mismatch(b, e, there);
        else
                report_unused(b, e, there);
}

void identity_check(Builder *b)
{
        for (size_t i = 0; i < b->config->host.n_gpus; i++)
                check_entry(b, b->config->host.gpus + i);
}
