// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/addon.h"
#include "boot/loader.h"
#include "util/kernel-arguments.h"

/*
 * A unified kernel image, whoever starts it: systemd's stub in it adds the arguments of every addon that
 * it finds beside it, see systemd-stub(7). Ours is made of STATE by a program of ours, as GRUB's menu is
 * by update-grub: so it can be made, or removed, again whenever an earlier run was cut short.
 */
#define STATE BOOT_ADDON_STATE

static bool same_words(const StrList *a, const StrList *b)
{
        if (a->n != b->n)
                return false;
        for (size_t i = 0; i < a->n; i++)
                if (!streq(a->items[i], b->items[i]))
                        return false;
        return true;
}

/* No addon is what no arguments ask for. */
static bool is_current(const BootLoader *loader, const StrList *arguments)
{
        if (arguments->n == 0)
                return !loader->addon;
        return loader->addon && same_words(&loader->configured, arguments);
}

static int arguments_work(Root *root, const Machine *machine, const StrList *arguments,
                          BootWork *work)
{
        static const char *const update[] = { BOOT_ADDON_PROGRAM, NULL };
        const BootLoader *loader = &machine->boot_loader;
        const StrList none = {}, *wanted = arguments ? arguments : &none;
        bool current = is_current(loader, wanted);
        _cleanup_free_ char *state = NULL;
        int r;

        if (wanted->n > 0 && !current && loader->addon_lack != ADDON_LACKS_NOTHING)
                return -EOPNOTSUPP;
        r = arguments ? kernel_arguments_render(arguments, &state) : 0;
        if (r >= 0)
                r = boot_work_want_file(root, STATE, state, 0644, work);
        if (r < 0)
                return r;
        /* While its partition is not mounted there may be one nevertheless. */
        if (current && (loader->esp || loader->written.n == 0))
                return 0;
        return boot_work_add_command(work, update);
}

const BootLoaderSpec boot_loader_uki = {
        .arguments_work = arguments_work,
};
