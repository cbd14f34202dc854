// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/module.h"

#include <dlfcn.h>
#include <libkmod.h>

#include "device/bind.h"

/*
 * libkmod brings libraries for compression and signatures along that double what starting a process
 * costs, and what forking it does. Where all drivers are there, as after an initramfs that loaded them or
 * at a hotplug, nobody needs it: so it is opened when there is something to load. The hooks for an
 * initramfs put it there by this name.
 */
#define LIBRARY "libkmod.so.2"

typedef struct Kmod {
        void *library;
        struct kmod_ctx *context;

        /* as libkmod.h declares them */
        typeof(kmod_new) *new;
        typeof(kmod_unref) *unref;
        typeof(kmod_load_resources) *load_resources;
        typeof(kmod_module_new_from_lookup) *lookup;
        typeof(kmod_list_next) *next;
        typeof(kmod_module_get_module) *get_module;
        typeof(kmod_module_probe_insert_module) *insert;
        typeof(kmod_module_unref) *unref_module;
        typeof(kmod_module_unref_list) *unref_list;
} Kmod;

static const struct {
        const char *name;
        size_t offset;
} symbols[] = {
        { "kmod_new",                        offsetof(Kmod, new)            },
        { "kmod_unref",                      offsetof(Kmod, unref)          },
        { "kmod_load_resources",             offsetof(Kmod, load_resources) },
        { "kmod_module_new_from_lookup",     offsetof(Kmod, lookup)         },
        { "kmod_list_next",                  offsetof(Kmod, next)           },
        { "kmod_module_get_module",          offsetof(Kmod, get_module)     },
        { "kmod_module_probe_insert_module", offsetof(Kmod, insert)         },
        { "kmod_module_unref",               offsetof(Kmod, unref_module)   },
        { "kmod_module_unref_list",          offsetof(Kmod, unref_list)     },
};

static void kmod_done(Kmod *kmod)
{
        if (kmod->context)
                (void)kmod->unref(kmod->context);
        if (kmod->library)
                (void)dlclose(kmod->library);
}

static int kmod_open(Kmod *kmod)
{
        kmod->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
        if (!kmod->library)
                return -ELIBACC;
        for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
                void *symbol = dlsym(kmod->library, symbols[i].name);

                if (!symbol)
                        return -ELIBBAD;
                memcpy((char *)kmod + symbols[i].offset, &symbol, sizeof(symbol));
        }
        kmod->context = kmod->new(NULL, NULL);
        if (!kmod->context)
                return -ENOMEM;
        (void)kmod->load_resources(kmod->context); /* only makes it faster */
        return 0;
}

/* libkmod takes the text by way of a pointer to const, so this holds the pointer to it. */
typedef struct Refused {
        char *command;
} Refused;

static int refuse_command(struct kmod_module *module, const char *command, void *userdata)
{
        Refused *refused = userdata;

        if (!refused->command)
                refused->command = strdup(command);
        return -EPERM;
}

static int load(const Kmod *kmod, struct kmod_module *module, char **ret_command)
{
        Refused refused = {};
        int r = kmod->insert(module, 0, NULL, refuse_command, &refused, NULL);

        if (!refused.command)
                return r < 0 ? r : 0;
        *ret_command = refused.command;
        return -EPERM;
}

static int load_all(const Kmod *kmod, const struct kmod_list *list, char **ret_command)
{
        int r = list ? 0 : -ENOENT;

        for (const struct kmod_list *item = list; item && r >= 0; item = kmod->next(list, item)) {
                struct kmod_module *module = kmod->get_module(item);

                r = load(kmod, module, ret_command);
                (void)kmod->unref_module(module);
        }
        return r;
}

int module_load(const char *name, char **ret_command)
{
        _cleanup_(kmod_done) Kmod kmod = {};
        struct kmod_list *list = NULL;
        int r;

        if (!driver_name_plausible(name))
                return -EINVAL;
        r = kmod_open(&kmod);
        if (r >= 0)
                r = kmod.lookup(kmod.context, name, &list);
        if (r < 0)
                return r;
        r = load_all(&kmod, list, ret_command);
        (void)kmod.unref_list(list);
        return r;
}
