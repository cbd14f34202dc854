// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/start.h"
#include "supervise/record.h"
#include "util/log.h"
#include "util/parse.h"

enum { MAX_CPUS = 8192, LIST_MAX = 4096 };

typedef struct CpuSet {
        uint64_t words[MAX_CPUS / 64];
} CpuSet;

static bool has(const CpuSet *set, uint32_t cpu)
{
        return cpu < MAX_CPUS && set->words[cpu / 64] >> cpu % 64 & 1;
}

static void add_range(CpuSet *set, uint64_t first, uint64_t last)
{
        for (; first <= last && first < MAX_CPUS; first++)
                set->words[first / 64] |= UINT64_C(1) << first % 64;
}

/* "0-3,8", and nothing where there is none: a node may have memory alone. */
static int parse_list(char *text, CpuSet *ret)
{
        char *rest = text, *word;

        while ((word = strsep(&rest, ","))) {
                char *dash = strchr(word, '-');
                uint64_t first, last;
                int r;

                if (!*word)
                        continue;
                if (dash)
                        *dash++ = '\0';
                r = parse_u64(word, &first);
                if (r >= 0)
                        r = parse_u64(dash ? dash : word, &last);
                if (r < 0)
                        return r;
                add_range(ret, first, last);
        }
        return 0;
}

static int read_list(Stage *s, CpuSet *ret)
{
        char path[96] = "sys/devices/system/cpu/online", text[LIST_MAX];
        int r;

        if (s->start.numa_node >= 0)
                (void)snprintf(path, sizeof(path), "sys/devices/system/node/node%d/cpulist",
                               s->start.numa_node);
        r = root_read(s->root, path, text, sizeof(text));
        if (r >= 0)
                r = parse_list(text, ret);
        return r < 0 ? refuse_error(s, r, "cannot read /%s", path) : 0;
}

/* Those that running VMs are pinned to. A record that is none counts for nothing. */
static int read_used(const Stage *s, CpuSet *ret)
{
        _cleanup_str_list_ StrList names = {};
        int r = root_list(s->root, RUN_RECORD_FOLDER, &names);

        for (size_t i = 0; i < names.n; i++) {
                _cleanup_free_ char *path = format_string(RUN_RECORD_FOLDER "/%s", names.items[i]);
                _cleanup_run_record_ RunRecord record = {};
                _cleanup_str_buf_ StrBuf why = {};

                if (!path)
                        return -ENOMEM;
                if (run_record_read(s->root, path, &record, &why) < 0 ||
                    streq(record.name, s->name))
                        continue;
                for (size_t k = 0; k < record.n_cpus; k++)
                        if (record.cpus[k].n == 1) /* else it shares them */
                                add_range(ret, record.cpus[k].items[0], record.cpus[k].items[0]);
        }
        return r == -ENOMEM ? r : 0;
}

static int add_one(Stage *s, uint32_t cpu)
{
        uint32_t *items = malloc(sizeof(*items));

        if (!items)
                return -ENOMEM;
        *items = cpu;
        return start_add_cpus(&s->start, (HostCpus){ .items = items, .n = 1 });
}

static int add_whole(Stage *s, const CpuSet *set)
{
        HostCpus cpus = { .items = calloc(MAX_CPUS, sizeof(uint32_t)) };

        if (!cpus.items)
                return -ENOMEM;
        for (uint32_t i = 0; i < MAX_CPUS; i++)
                if (has(set, i))
                        cpus.items[cpus.n++] = i;
        return start_add_cpus(&s->start, cpus);
}

static int pin_to_free(Stage *s)
{
        uint32_t wanted = s->instance->resources.cpu_cores, n = 0;
        CpuSet all = {}, used = {};
        int r;

        if ((r = read_list(s, &all)) < 0 || (r = read_used(s, &used)) < 0)
                return r;
        for (uint32_t i = 0; i < MAX_CPUS; i++)
                n += has(&all, i) && !has(&used, i);
        if (n < wanted) {
                log_warning(
                        "cpu_pinning: auto: %u CPUs are free for %u, so they all share those of "
                        "%s",
                        n, wanted, s->start.numa_node >= 0 ? "the node" : "the host");
                for (uint32_t i = 0; r >= 0 && i < wanted; i++)
                        r = add_whole(s, &all);
                return r;
        }
        for (uint32_t i = 0; r >= 0 && i < MAX_CPUS && s->start.n_cpus < wanted; i++)
                if (has(&all, i) && !has(&used, i))
                        r = add_one(s, i);
        return r;
}

/* The i-th of the guest's on the i-th of the list: its order counts. */
static int pin_to_list(Stage *s)
{
        const char *p = s->instance->resources.cpu_pinning.cpus;
        int r = 0;

        while (r >= 0 && *p) {
                char *end;
                unsigned long first = strtoul(p, &end, 10), last = first;

                if (*end == '-')
                        last = strtoul(end + 1, &end, 10);
                for (; r >= 0 && first <= last && first < MAX_CPUS; first++)
                        if (s->start.n_cpus < s->instance->resources.cpu_cores)
                                r = add_one(s, (uint32_t)first);
                p = *end == ',' ? end + 1 : end;
        }
        return r;
}

static int find_node(Stage *s)
{
        const NumaChoice *numa = &s->instance->resources.numa;
        char path[64];

        if (numa->mode == NUMA_NONE)
                return 0;
        if (numa->mode == NUMA_AUTO) {
                for (size_t i = 0; i < s->n_passed && s->start.numa_node < 0; i++)
                        s->start.numa_node = s->passed[i].device->numa_node;
                for (size_t i = 0; i < s->n_mdevs && s->start.numa_node < 0; i++)
                        s->start.numa_node = s->mdevs[i].gpu->device->numa_node;
                return 0;
        }
        s->start.numa_node = (int32_t)numa->node;
        (void)snprintf(path, sizeof(path), "sys/devices/system/node/node%u", numa->node);
        return root_exists(s->root, path)
                       ? 0
                       : refuse(s, "%s: resources.numa: this host has no node %u",
                                s->instance->file, numa->node);
}

int cpus_decide(Stage *s)
{
        static int (*const pin[])(Stage *s) = {
                [PINNING_NONE] = NULL,
                [PINNING_AUTO] = pin_to_free,
                [PINNING_LIST] = pin_to_list,
        };
        int (*how)(Stage *) = pin[s->instance->resources.cpu_pinning.mode];
        int r = find_node(s);

        return r < 0 || !how ? r : how(s);
}
