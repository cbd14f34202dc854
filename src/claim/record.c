// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/record.h"
#include "claim/start.h"
#include "guest/guest.h"
#include "util/fd.h"

static int copy_cpus(const Stage *s, RunRecord *record)
{
        if (s->start.n_cpus == 0)
                return 0;
        record->cpus = calloc(s->start.n_cpus, sizeof(*record->cpus));
        if (!record->cpus)
                return -ENOMEM;
        record->n_cpus = s->start.n_cpus;
        for (size_t i = 0; i < s->start.n_cpus; i++)
                for (size_t k = 0; k < s->start.cpus[i].n; k++)
                        if (!host_cpus_add(record->cpus + i, s->start.cpus[i].items[k]))
                                return -ENOMEM;
        return 0;
}

static const PortForward *forward_to(const Network *n, uint16_t port)
{
        for (size_t i = 0; i < n->ports.n; i++)
                if (n->ports.items[i].guest_port == port && !n->ports.items[i].udp)
                        return n->ports.items + i;
        return NULL;
}

/* Where the host itself reaches what listens on all addresses. */
static const char *reachable(const char *address)
{
        if (!address || streq(address, "0.0.0.0"))
                return "127.0.0.1";
        return streq(address, "::") ? "::1" : address;
}

/* Where host and guest meet: a port that leads to the guest's, or an address of its own. */
static int find_port(const Stage *s, RunHealth *health)
{
        uint16_t port = s->instance->health_check.port;

        for (size_t i = 0; i < s->instance->n_networks; i++) {
                const Network *n = s->instance->networks + i;
                const PortForward *f = forward_to(n, port);

                if (!f && !n->address)
                        continue;
                health->port = f ? f->host_port : port;
                health->address = strdup(f ? reachable(f->host_address) : n->address);
                return health->address ? 0 : -ENOMEM;
        }
        return -ENOENT;
}

static int fill_health(Stage *s, RunHealth *health)
{
        const HealthCheck *check = &s->instance->health_check;
        int r;

        *health = (RunHealth){ .type = check->type,
                               .timeout_ms = check->timeout_ms,
                               .interval_ms = check->interval_ms,
                               .retries = check->retries };
        if (check->type != HEALTH_HTTP && check->type != HEALTH_TCP)
                return 0;
        r = find_port(s, health);
        if (r == -ENOENT)
                return refuse(s,
                              "%s: health_check: port %u is to be asked, and no network leads "
                              "there: add it to ports: of a network",
                              s->instance->file, check->port);
        if (r < 0 || check->type != HEALTH_HTTP)
                return r;
        health->endpoint = strdup(check->endpoint ? check->endpoint : "/");
        return health->endpoint ? 0 : -ENOMEM;
}

static int fill_gpus(const Stage *s, StrList *gpus)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->assignment->n_gpus; i++)
                r = str_list_add(gpus,
                                 ADDRESS(s->plan.gpus[s->assignment->gpus[i]].device->address));
        return r;
}

static int fill(Stage *s, RunRecord *record)
{
        int r;

        record->name = strdup(s->name);
        record->file = strdup(s->instance->file);
        if (!record->name || !record->file)
                return -ENOMEM;
        record->memory_mb = s->instance->resources.memory_mb;
        record->prealloc = s->start.prealloc;
        record->vsock_cid = s->start.vsock_cid;
        record->stop_timeout_usec = s->instance->stop_timeout;
        if ((r = str_list_append(&record->fds, &s->start.fds)) < 0 ||
            (r = copy_cpus(s, record)) < 0 || (r = fill_gpus(s, &record->gpus)) < 0)
                return r;
        return fill_health(s, &record->health);
}

static int make_command(Stage *s, RunRecord *record)
{
        _cleanup_guest_command_ GuestCommand command = {};
        int r = guest_command(s->instance, &s->start, &command);

        if (r == -EOPNOTSUPP)
                return refuse(s, "%s: QEMU here cannot do all that it asks for", s->instance->file);
        if (r < 0)
                return refuse_error(s, r, "%s: no command line can say that", s->instance->file);
        return str_list_append(&record->argv, &command.argv);
}

int record_fill(Stage *s, RunRecord *record)
{
        int r;

        if ((r = cpus_decide(s)) < 0 || (r = fill(s, record)) < 0)
                return r;
        return make_command(s, record);
}

/* CPUs are chosen and written down in one go, so that two VMs do not choose the same. */
int record_make(Stage *s)
{
        _cleanup_run_record_ RunRecord record = {};
        _cleanup_str_buf_ StrBuf why = {};
        _cleanup_close_ int gate = -EBADF;
        int r = lease_gate(s->root, GATE_TIMEOUT, &gate);

        if (r < 0)
                return refuse_error(s, r, "cannot look at the claims in /" LEASE_CLAIMS);
        if ((r = record_fill(s, &record)) < 0)
                return r;
        r = run_record_write(s->root, &record, s->uid, s->uid, &why);
        if (r == -EINVAL)
                return refuse(s, "%s: %s", s->instance->file, str_buf_get(&why));
        return r < 0 ? refuse_error(s, r, "cannot write /" RUN_RECORD_FOLDER) : 0;
}
