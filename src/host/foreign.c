// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/foreign.h"

#include "host/attributes.h"
#include "host/kernels.h"
#include "host/note.h"

enum { MAX_FOREIGN = 4096, MAX_TEXT = 200, MAX_FILES = 4096 };

bool is_gpu_driver(const char *module)
{
        static const char *const drivers[] = {
                "nouveau", "nvidia_drm", "nvidia_modeset", "nvidia_uvm",
                "amdgpu",  "radeon",     "i915",           "xe",
        };
        char name[64];
        size_t n = strlen(module);

        if (n >= sizeof(name))
                return false;
        for (size_t i = 0; i <= n; i++)
                name[i] = (char)(module[i] == '-' ? '_' : module[i]);
        for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
                if (streq(name, drivers[i]))
                        return true;
        return module_id_of(name) == MOD_NVIDIA;
}

int foreign_add(Machine *m, ForeignKind kind, const char *file, unsigned line, const char *text,
                Foreign **ret)
{
        Foreign *f;

        if (m->n_foreign >= MAX_FOREIGN)
                return -E2BIG;
        if (!GROW(m->foreign, m->n_foreign))
                return -ENOMEM;
        f = m->foreign + m->n_foreign;
        *f = (Foreign){
                .kind = kind,
                .line = line,
                .file = format_string("/%s", file),
                .text = text_is_plain(text, "\t") ? strndup(text, MAX_TEXT) : strdup("…"),
        };
        m->n_foreign++;
        if (!f->file || !f->text)
                return -ENOMEM;
        *ret = f;
        return 0;
}

static int add_ids(StrList *ids, const char *words, bool drivers)
{
        _cleanup_free_ char *copy = strdup(words);
        char *rest = copy, *word;

        if (!copy)
                return -ENOMEM;
        while ((word = strsep(&rest, ","))) {
                bool matters =
                        *word && text_is_plain(word, "") && (!drivers || is_gpu_driver(word));
                int r = matters ? str_list_add(ids, word) : 0;

                if (r < 0)
                        return r;
        }
        return 0;
}

int foreign_add_ids(Foreign *f, const char *words)
{
        return add_ids(&f->ids, words, false);
}

static const struct {
        const char *name;
        ForeignKind kind;
} arguments[] = {
        { "vfio-pci.ids=",        FOREIGN_VFIO_IDS     },
        { "vfio_pci.ids=",        FOREIGN_VFIO_IDS     },
        { "module_blacklist=",    FOREIGN_BLACKLIST    },
        { "modprobe.blacklist=",  FOREIGN_BLACKLIST    },
        { "rd.driver.blacklist=", FOREIGN_BLACKLIST    },
        { "pcie_acs_override=",   FOREIGN_ACS_OVERRIDE },
};

static int add_argument(Machine *m, const char *word, size_t i)
{
        const char *value = word + strlen(arguments[i].name);
        _cleanup_str_list_ StrList ids = {};
        Foreign *f;
        int r = 0;

        if (arguments[i].kind != FOREIGN_ACS_OVERRIDE)
                r = add_ids(&ids, value, arguments[i].kind == FOREIGN_BLACKLIST);
        if (r < 0 || (arguments[i].kind == FOREIGN_BLACKLIST && ids.n == 0))
                return r; /* of drivers that are none of our business */
        r = foreign_add(m, arguments[i].kind, "proc/cmdline", 1, word, &f);
        return r < 0 ? r : str_list_append(&f->ids, &ids);
}

int foreign_arguments(Machine *m)
{
        for (size_t k = 0; k < m->arguments.n; k++)
                for (size_t i = 0; i < ARRAY_SIZE(arguments); i++) {
                        const char *word = m->arguments.items[k];
                        int r = startswith(word, arguments[i].name) ? add_argument(m, word, i) : 0;

                        if (r < 0)
                                return r;
                }
        return 0;
}

static int read_driverctl(Root *root, Machine *m, const char *name)
{
        _cleanup_free_ char *path = format_string("etc/driverctl.d/%s", name);
        PciAddress address;
        char driver[128];
        Foreign *f;
        int r;

        if (!path)
                return -ENOMEM;
        if (pci_address_parse(name, &address) < 0)
                return 0;
        r = root_read(root, path, driver, sizeof(driver));
        if (r < 0)
                return note_unseen(m, path, r);
        if (!*strstrip(driver)) /* of which driverctl makes nothing either */
                return 0;
        r = foreign_add(m, FOREIGN_DRIVERCTL, path, 1, strstrip(driver), &f);
        if (r < 0)
                return r;
        f->has_address = true;
        f->address = address;
        return 0;
}

/* Below the parent stand its devices, named by UUID. That there is one is all that matters, and the
 * parent's folder is what a message names: a capture does not hold those UUIDs. */
static int read_mdevctl(Root *root, Machine *m, const char *parent)
{
        _cleanup_free_ char *folder = format_string("etc/mdevctl.d/%s", parent);
        _cleanup_str_list_ StrList uuids = {};
        int r = folder ? root_list(root, folder, &uuids) : -ENOMEM;
        Foreign *f;

        if (r < 0)
                return folder ? note_unseen(m, folder, r) : r;
        if (uuids.n == 0)
                return 0;
        r = foreign_add(m, FOREIGN_MDEVCTL, folder, 0, parent, &f);
        if (r < 0)
                return r;
        f->has_address = pci_address_parse(parent, &f->address) >= 0;
        return 0;
}

static int for_each(Root *root, Machine *m, const char *folder,
                    int (*read)(Root *root, Machine *m, const char *name))
{
        _cleanup_str_list_ StrList names = {};
        int r = root_list(root, folder, &names);

        if (r < 0)
                return note_unseen(m, folder, r);
        for (size_t i = 0; r >= 0 && i < names.n && i < MAX_FILES; i++)
                r = text_is_plain(names.items[i], "") ? read(root, m, names.items[i]) : 0;
        return r;
}

int foreign_device_managers(Root *root, Machine *m)
{
        int r = for_each(root, m, "etc/driverctl.d", read_driverctl);

        return r < 0 ? r : for_each(root, m, "etc/mdevctl.d", read_mdevctl);
}

int foreign_read(Root *root, const MachineWants *wants, Machine *m)
{
        int r = foreign_arguments(m);

        if (r >= 0)
                r = foreign_modprobe(root, m);
        if (r >= 0)
                r = foreign_modules(root, m);
        if (r >= 0)
                r = foreign_device_managers(root, m);
        if (r >= 0)
                r = foreign_libvirt(root, m);
        return r == -E2BIG ? 0 : r; /* more of it than anybody reads */
}
