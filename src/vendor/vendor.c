// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vendor/vendor.h"

static const Vendor *const vendors[] = {
        &vendor_nvidia,
        &vendor_amd,
        &vendor_intel,
};

/* A server's management controller, a virtual card: nothing is known beyond its driver's name. */
const Vendor vendor_other = {
        .name = "this vendor's",
        .isolation = "containers that share a GPU see each other's load",
        .nodes = (const char *const[]){ NULL },
        .vgpu = VGPU_MDEV | VGPU_SRIOV,
        .vgpu_driver = "a driver that offers vGPUs",
};

const Vendor *vendor_find(uint16_t id)
{
        for (size_t i = 0; i < ARRAY_SIZE(vendors); i++)
                if (vendors[i]->id == id)
                        return vendors[i];
        return &vendor_other;
}

const NativeDriver *vendor_find_driver(const Vendor *vendor, const char *driver)
{
        for (size_t i = 0; i < vendor->n_drivers; i++) {
                const NativeDriver *d = vendor->drivers + i;

                if (streq(d->sysfs, driver) || streq_ptr(d->module, driver))
                        return d;
        }
        return NULL;
}

bool vendor_integrated(const Machine *machine, const PciDevice *gpu)
{
        const Vendor *vendor = vendor_find(gpu->id.vendor);

        return vendor->integrated && vendor->integrated(machine, gpu);
}

static bool named(const char *prefix, const char *name, const char *wanted)
{
        const char *rest = prefix ? startswith(name, prefix) : NULL;

        return rest && streq(rest, wanted);
}

bool vendor_vgpu_matches(const Vendor *vendor, const char *id, const char *name, const char *wanted)
{
        if (streq_ptr(id, wanted))
                return true;
        return name && (streq(name, wanted) || named(vendor->vgpu_prefix, name, wanted) ||
                        named(vendor->vgpu_prefix2, name, wanted));
}

const char *vendor_vgpu_name(const Vendor *vendor, const VgpuType *type)
{
        const char *const prefixes[] = { vendor->vgpu_prefix, vendor->vgpu_prefix2 };

        if (!type->name)
                return type->id;
        for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
                const char *rest = prefixes[i] ? startswith(type->name, prefixes[i]) : NULL;

                if (rest)
                        return rest;
        }
        return type->name;
}

/* The description of a mediated device is free text, in which NVIDIA writes "framebuffer=1024M". */
static uint64_t described_mb(const char *description)
{
        static const char key[] = "framebuffer=";
        const char *at = description ? strstr(description, key) : NULL;
        uint64_t mb = 0;

        if (!at)
                return 0;
        for (at += strlen(key); ascii_isdigit(*at) && mb < 1 << 30; at++)
                mb = mb * 10 + (uint64_t)(*at - '0');
        return *at == 'M' ? mb : 0;
}

uint64_t vendor_vgpu_framebuffer(const Vendor *vendor, const VgpuType *type)
{
        uint64_t mb = described_mb(type->description);

        return mb > 0 || !vendor->framebuffer_mb ? mb : vendor->framebuffer_mb(type);
}
