// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"
#include "plan/words.h"

/* What gpuhost-prepare could not do. It tells of the configuration that it has read: where a GPU has
 * another role by now, or must not leave, its word is out of date. */

static GpuPlan *gpu_of_role(Builder *b, const Prepared *p)
{
        for (size_t i = 0; i < b->plan->n_gpus; i++) {
                GpuPlan *g = b->plan->gpus + i;

                if (pci_address_equal(g->device->address, p->address) && g->entry &&
                    g->guard == GUARD_FREE &&
                    streq(enum_to_string(&gpu_role_table, (int)g->role), p->role))
                        return g;
        }
        return NULL;
}

static void report_gpu(Builder *b, const Prepared *p)
{
        GpuPlan *g = gpu_of_role(b, p);
        Finding *f;

        if (!g)
                return;
        g->failure = p->message ? p->message : "it could not be prepared";
        f = finding_add(&b->plan->findings, FINDING_ROLE_FAILED, ADDRESS(p->address),
                        "%s could not be prepared as %s: %s", LABEL(g), p->role, g->failure);
        finding_at(f, gpu_origin(g));
}

static void report_pages(Builder *b, const Prepared *p)
{
        if (b->config->host.n_hugepages == 0)
                return;
        finding_at(finding_add(&b->plan->findings, FINDING_ROLE_FAILED, p->role,
                               "huge pages could not be prepared: %s",
                               p->message ? p->message : "the journal tells why"),
                   b->config->host.hugepages[0].origin);
}

void prepared_report(Builder *b)
{
        const PreparedList *list = &b->machine->prepared;

        for (size_t i = 0; i < list->n; i++) {
                const Prepared *p = list->items + i;

                if (p->result != PREPARED_FAILED)
                        continue;
                if (p->has_address)
                        report_gpu(b, p);
                else
                        report_pages(b, p);
        }
}
