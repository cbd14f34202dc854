// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/vgpu.h"

#include "util/parse.h"

enum { MAX_TYPES = 1024, MAX_PARENTS = 4096, MAX_CATALOGUE = 65536 };

static int add_type(VgpuTypeList *list, VgpuType **ret)
{
        if (!GROW(list->items, list->n))
                return -ENOMEM;
        *ret = list->items + list->n++;
        **ret = (VgpuType){};
        return 0;
}

static int read_type(const Attributes *a, const char *id, VgpuTypeList *list)
{
        VgpuType *type;
        uint64_t n;
        int r = add_type(list, &type);

        if (r < 0)
                return r;
        type->id = strdup(id);
        if (!type->id)
                return -ENOMEM;
        r = attributes_word(a, "name", &type->name);
        if (r >= 0)
                r = attributes_text(a, "description", &type->description);
        if (r >= 0)
                r = attributes_word(a, "device_api", &type->device_api);
        if (r < 0)
                return r;
        if (attributes_number(a, "available_instances", UINT32_MAX, &n))
                type->available = (uint32_t)n;
        type->creatable = type->available > 0;
        return 0;
}

int mdev_types_read(const Attributes *parent, VgpuTypeList *ret)
{
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        _cleanup_str_list_ StrList names = {};
        int r = root_dir_open_at(parent->dir, "mdev_supported_types", &dir);

        if (r >= 0)
                r = root_dir_list(&dir, &names);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; i < names.n && i < MAX_TYPES; i++) {
                _cleanup_root_dir_ RootDir type = ROOT_DIR_NONE;

                if (!text_is_plain(names.items[i], "") ||
                    root_dir_open_at(&dir, names.items[i], &type) < 0)
                        continue;
                r = read_type(&(Attributes){ &type, parent->trouble }, names.items[i], ret);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int parse_type(char *line, VgpuTypeList *list)
{
        char *name = strchr(line, ':'), *id;
        VgpuType *type;
        uint64_t number;
        int r;

        if (!name)
                return -EINVAL;
        *name++ = '\0';
        id = strstrip(line);
        if (parse_u64(id, &number) < 0 || list->n >= MAX_TYPES)
                return -EINVAL;
        r = add_type(list, &type);
        if (r < 0)
                return r;
        *type = (VgpuType){
                .id = strdup(id),
                .name = strdup(strstrip(name)),
                .available = 1, /* a VF holds one vGPU */
                .creatable = true,
        };
        return type->id && type->name ? 0 : -ENOMEM;
}

int vgpu_types_parse(char *text, VgpuTypeList *ret)
{
        bool first = true;
        VgpuTypeList list = {};
        char *line;
        int r = 0;

        while (r >= 0 && (line = strsep(&text, "\n"))) {
                line = strstrip(line);
                if (!*line)
                        continue;
                r = parse_type(line, &list);
                if (r == -EINVAL && first)
                        r = 0; /* "ID    : vGPU Name" */
                first = false;
        }
        if (r < 0) {
                vgpu_type_list_done(&list);
                return r;
        }
        *ret = list;
        return 0;
}

static int read_catalogue(const Attributes *a, VgpuTypeList *ret)
{
        static const char name[] = "creatable_vgpu_types";
        _cleanup_free_ char *text = malloc(MAX_CATALOGUE);
        int r;

        if (!text)
                return -ENOMEM;
        if (!attributes_read(a, name, text, MAX_CATALOGUE))
                return 0;
        r = text_is_plain(text, "\n\t") ? vgpu_types_parse(text, ret) : -EINVAL;
        if (r == -EINVAL) {
                attributes_note_text(a, name, "not a list of types");
                return 0;
        }
        return r;
}

int vgpu_types_read(const Attributes *vf, PciDevice *d)
{
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        Attributes a = { &dir, vf->trouble };
        int r = root_dir_open_at(vf->dir, "nvidia", &dir);

        if (r < 0)
                return r == -ENOMEM ? r : 0;
        r = read_catalogue(&a, &d->vgpu_types);
        if (r >= 0)
                r = attributes_word(&a, "current_vgpu_type", &d->current_vgpu_type);
        d->has_vgpu_attributes = d->current_vgpu_type;
        return r;
}

static int read_parent(Root *root, const char *name, StrBuf *trouble, Machine *m)
{
        _cleanup_free_ char *path = format_string("sys/class/mdev_bus/%s", name);
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        MdevParent *parent;
        int r;

        if (!path)
                return -ENOMEM;
        r = root_dir_open(root, path, &dir);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        if (!GROW(m->mdev_parents, m->n_mdev_parents))
                return -ENOMEM;
        parent = m->mdev_parents + m->n_mdev_parents++;
        *parent = (MdevParent){ .name = strdup(name) };
        if (!parent->name)
                return -ENOMEM;
        return mdev_types_read(&(Attributes){ &dir, trouble }, &parent->types);
}

int mdev_parents_read(Root *root, const MachineWants *wants, Machine *m)
{
        _cleanup_str_buf_ StrBuf trouble = {}; /* these have nowhere to tell it */
        _cleanup_str_list_ StrList names = {};
        int r = root_list(root, "sys/class/mdev_bus", &names);

        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; i < names.n && i < MAX_PARENTS; i++) {
                PciAddress address;

                if (!text_is_plain(names.items[i], "") ||
                    pci_address_parse(names.items[i], &address) >= 0)
                        continue;
                r = read_parent(root, names.items[i], &trouble, m);
                if (r < 0)
                        return r;
        }
        return 0;
}
