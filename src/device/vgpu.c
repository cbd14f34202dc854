// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/vgpu.h"

#include "device/watch.h"
#include "util/parse.h"

enum { TEXT_MAX = 64 };

static char *type_path(PciAddress parent, const char *type, const char *file)
{
        char address[PCI_ADDRESS_MAX];

        return format_string("sys/bus/pci/devices/%s/mdev_supported_types/%s/%s",
                             pci_address_format(parent, address), type, file);
}

static char *device_path(const char *uuid, const char *file)
{
        return format_string(MDEV_DEVICES "/%s%s", uuid, file);
}

int mdev_available(Root *root, PciAddress parent, const char *type, uint64_t *ret)
{
        _cleanup_free_ char *path = type_path(parent, type, "available_instances");
        char text[TEXT_MAX];
        int r = path ? root_read(root, path, text, sizeof(text)) : -ENOMEM;

        return r < 0 ? r : parse_u64(text, ret);
}

bool mdev_exists(Root *root, const char *uuid)
{
        _cleanup_free_ char *path = device_path(uuid, "");

        return path && root_exists(root, path);
}

int mdev_create(Root *root, PciAddress parent, const char *type, const char *uuid,
                uint64_t timeout_usec, pid_t *ret_stuck)
{
        _cleanup_free_ char *path = type_path(parent, type, "create");
        int r = path ? watched_write(root, path, uuid, timeout_usec, ret_stuck) : -ENOMEM;

        if (r < 0)
                return r;
        return mdev_exists(root, uuid) ? 0 : -EIO;
}

int mdev_group(Root *root, const char *uuid, int32_t *ret)
{
        _cleanup_free_ char *path = device_path(uuid, "/iommu_group"), *target = NULL;
        const char *name;
        uint64_t number;
        int r = path ? root_read_link(root, path, &target) : -ENOMEM;

        if (r < 0)
                return r;
        name = strrchr(target, '/');
        r = parse_u64(name ? name + 1 : target, &number);
        if (r < 0 || number > INT32_MAX)
                return -EBADMSG;
        *ret = (int32_t)number;
        return 0;
}

int mdev_remove(Root *root, const char *uuid, uint64_t timeout_usec, pid_t *ret_stuck)
{
        _cleanup_free_ char *path = device_path(uuid, "/remove");
        int r = path ? watched_write(root, path, "1", timeout_usec, ret_stuck) : -ENOMEM;

        /* One that goes by itself at the same time is gone, too. */
        return r == -ENOENT || r == -ENODEV ? 0 : r;
}

static char *vf_path(PciAddress vf)
{
        char address[PCI_ADDRESS_MAX];

        return format_string("sys/bus/pci/devices/%s/nvidia/current_vgpu_type",
                             pci_address_format(vf, address));
}

bool vf_has_type(Root *root, PciAddress vf)
{
        _cleanup_free_ char *path = vf_path(vf);

        return path && root_exists(root, path);
}

/* 1: it is this one. */
static int type_is(Root *root, const char *path, const char *type)
{
        char text[TEXT_MAX];
        int r = root_read(root, path, text, sizeof(text));

        return r < 0 ? r : streq(strstrip(text), type);
}

int vf_set_type(Root *root, PciAddress vf, const char *type, uint64_t timeout_usec,
                pid_t *ret_stuck)
{
        _cleanup_free_ char *path = vf_path(vf);
        int r = path ? type_is(root, path, type) : -ENOMEM;

        if (r != 0)
                return r < 0 ? r : 0;
        r = watched_write(root, path, type, timeout_usec, ret_stuck);
        if (r >= 0)
                r = type_is(root, path, type);
        return r < 0 ? r : r > 0 ? 0 : -EIO;
}
