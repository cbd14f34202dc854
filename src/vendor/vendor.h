// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"

/*
 * What is special to one maker of GPUs: one const descriptor a file, one line in the table of vendor.c.
 * Whatever holds for all of them has no place here.
 */

/* How a GPU is parted into vGPUs. Which one a card really offers is seen from its facts. */
typedef enum VgpuMechanism {
        VGPU_MDEV = 1 << 0,        /* mediated devices, of the GPU itself or of its VFs */
        VGPU_VENDOR_VFIO = 1 << 1, /* NVIDIA's newer kind: a type is written to each VF */
        VGPU_SRIOV = 1 << 2,       /* each VF is a vGPU as it is, and goes to vfio-pci */
} VgpuMechanism;

typedef struct NativeDriver {
        const char *sysfs;  /* as the `driver` link spells it */
        const char *module; /* as modprobe and blacklists spell it, if otherwise */
        ModuleId id;
} NativeDriver;

typedef struct Vendor {
        uint16_t id;      /* PCI vendor; 0: any other */
        const char *name; /* "NVIDIA" */
        const NativeDriver *drivers;
        size_t n_drivers;
        unsigned vgpu;           /* VgpuMechanism, or'ed */
        const char *vgpu_driver; /* what makes its vGPUs appear: for messages */
        const char *vfs_tool; /* makes VFs where a write to sriov_numvfs is refused; NULL: none */
        const char *vgpu_prefix;  /* of vGPU names, that a request may leave out: "NVIDIA " */
        const char *vgpu_prefix2; /* an older one */
        const char *isolation;    /* what sharing a GPU among containers means */
        const char *const *nodes; /* needed in a container beside /dev/dri; NULL-terminated */

        /* Video memory of a vGPU type, where its name tells it. NULL: it never does. */
        uint64_t (*framebuffer_mb)(const VgpuType *type);

        /* Part of the processor rather than a card. NULL: never. */
        bool (*integrated)(const Machine *machine, const PciDevice *gpu);
} Vendor;

extern const Vendor vendor_nvidia, vendor_amd, vendor_intel, vendor_other;

/* The descriptor of a PCI vendor id; vendor_other for one that is not known, never NULL. */
const Vendor *vendor_find(uint16_t id);

/* Whether `driver`, in sysfs's or modprobe's spelling, is one of this vendor's; NULL if not. */
const NativeDriver *vendor_find_driver(const Vendor *vendor, const char *driver) _pure_;

bool vendor_integrated(const Machine *machine, const PciDevice *gpu);

/* Whether a vGPU type that is called `name` (and has the id `id`) is what a request means by
 * `wanted`: the whole name, the name without the maker's prefix, or the id. */
bool vendor_vgpu_matches(const Vendor *vendor, const char *id, const char *name,
                         const char *wanted) _pure_;

/* Video memory of a vGPU type in MiB, by its description or its name; 0: not told. */
uint64_t vendor_vgpu_framebuffer(const Vendor *vendor, const VgpuType *type);

/* What a vGPU type is called without the maker's prefix: "L40S-1Q". Its id where it has no name. */
const char *vendor_vgpu_name(const Vendor *vendor, const VgpuType *type) _pure_;
