// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/module.h"

#include <libkmod.h>

#include "device/bind.h"

DEFINE_CLEANUP(struct kmod_ctx *, kmod_unref)
DEFINE_CLEANUP(struct kmod_module *, kmod_module_unref)
DEFINE_CLEANUP(struct kmod_list *, kmod_module_unref_list)

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

static int load(struct kmod_module *module, char **ret_command)
{
        Refused refused = {};
        int r = kmod_module_probe_insert_module(module, 0, NULL, refuse_command, &refused, NULL);

        if (!refused.command)
                return r < 0 ? r : 0;
        *ret_command = refused.command;
        return -EPERM;
}

int module_load(const char *name, char **ret_command)
{
        _cleanup_(kmod_unrefp) struct kmod_ctx *kmod = NULL;
        _cleanup_(kmod_module_unref_listp) struct kmod_list *list = NULL;
        struct kmod_list *item;
        int r;

        if (!driver_name_plausible(name))
                return -EINVAL;
        kmod = kmod_new(NULL, NULL);
        if (!kmod)
                return -ENOMEM;
        (void)kmod_load_resources(kmod); /* only makes it faster */
        r = kmod_module_new_from_lookup(kmod, name, &list);
        if (r < 0)
                return r;
        if (!list)
                return -ENOENT;
        kmod_list_foreach(item, list)
        {
                _cleanup_(kmod_module_unrefp) struct kmod_module *module =
                        kmod_module_get_module(item);

                r = load(module, ret_command);
                if (r < 0)
                        return r;
        }
        return 0;
}
