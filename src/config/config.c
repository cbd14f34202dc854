// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/load.h"
#include "config/source.h"
#include "util/str.h"

/* Everything at once. */

static int add_instance(Config *config, Instance *instance)
{
        if (!GROW(config->instances, config->n_instances)) {
                instance_free(instance);
                return -ENOMEM;
        }
        config->instances[config->n_instances++] = instance;
        return 0;
}

static int add_replicas(Config *config, const Instance *declaration)
{
        int r = 0;

        for (uint32_t i = 1; r >= 0 && i <= declaration->replicas; i++) {
                Instance *replica;

                r = instance_replica(declaration, i, &replica);
                if (r >= 0)
                        r = add_instance(config, replica);
        }
        return r;
}

static int load_all(ConfigReader *c, Config *config)
{
        for (;;) {
                _cleanup_(instance_freep) Instance *instance = NULL;
                int r = config_next(c, &instance);

                if (r <= 0)
                        return r;
                r = instance->has_replicas ? add_replicas(config, instance)
                                           : add_instance(config, TAKE_PTR(instance));
                if (r < 0)
                        return r;
        }
}

void config_done(Config *config)
{
        for (size_t i = 0; i < config->n_instances; i++)
                instance_free(config->instances[i]);
        for (size_t i = 0; i < config->n_profiles; i++)
                instance_free(config->profiles[i]);
        free(config->instances);
        free(config->profiles);
        object_done(&host_table, &config->host);
        str_list_done(&config->files);
        *config = (Config){};
}

/* A port of the host, and who forwards it. */
typedef struct Forwarded {
        const PortForward *forward;
        const Instance *instance;
        Origin origin;
} Forwarded;

typedef struct ForwardedList {
        Forwarded *items;
        size_t n;
} ForwardedList;

static int collect_ports(const Config *config, ForwardedList *list)
{
        for (size_t i = 0; i < config->n_instances; i++) {
                Forwarded f = { .instance = config->instances[i] };

                if (!f.instance->valid)
                        continue; /* it never runs */
                for (size_t j = 0; (f.forward = instance_forward(f.instance, j, &f.origin)); j++) {
                        if (!GROW(list->items, list->n))
                                return -ENOMEM;
                        list->items[list->n++] = f;
                }
        }
        return 0;
}

static int compare_ports(const void *a, const void *b)
{
        const Forwarded *x = a, *y = b;

        if (x->forward->host_port != y->forward->host_port)
                return x->forward->host_port < y->forward->host_port ? -1 : 1;
        return strcmp(x->instance->name, y->instance->name);
}

/* The first of those before it, of another instance, that it clashes with. */
static const Forwarded *find_clash(const ForwardedList *list, size_t i)
{
        const Forwarded *f = list->items + i;
        size_t j = i;

        while (j > 0 && list->items[j - 1].forward->host_port == f->forward->host_port)
                j--;
        for (; j < i; j++)
                if (list->items[j].instance != f->instance &&
                    forwards_clash(list->items[j].forward, f->forward))
                        return list->items + j;
        return NULL;
}

/* Not wrong as such: they may never run at the same time. */
static int tell_shared_ports(const Config *config, Diag *diag)
{
        ForwardedList list = {};
        int r = collect_ports(config, &list);

        if (r >= 0 && list.n > 1)
                qsort(list.items, list.n, sizeof(Forwarded), compare_ports);
        for (size_t i = 0; r >= 0 && i < list.n; i++) {
                const Forwarded *f = list.items + i, *first = find_clash(&list, i);

                if (first)
                        diag_hint(diag_add(diag, SEVERITY_WARNING, "port-clash", f->origin,
                                           "'%s' forwards port %u of the host, as '%s' does",
                                           f->instance->name, f->forward->host_port,
                                           first->instance->name),
                                  "only one of them can run at a time");
        }
        free(list.items);
        return r;
}

int config_load(Root *root, ConfigFlags flags, Config *ret, Diag *diag)
{
        _cleanup_(config_closep) ConfigReader *c = NULL;
        size_t first = diag->n;
        Config config = {};
        int r = config_open(root, flags, diag, &c);

        if (r < 0)
                return r;
        c->keep = true;
        r = load_all(c, &config);
        if (r < 0) {
                config_done(&config);
                return r;
        }
        r = tell_shared_ports(&config, diag);
        if (r < 0) {
                config_done(&config);
                return r;
        }
        config.host_valid = c->host_valid;
        config.host = TAKE_GENERIC(c->host, (HostConfig){});
        config.files = TAKE_GENERIC(c->files, (StrList){});
        config.profiles = TAKE_PTR(c->profiles);
        config.n_profiles = TAKE_GENERIC(c->n_profiles, 0);
        diag_add_sources(diag, first, root);
        diag_sort(diag);
        *ret = config;
        return 0;
}
