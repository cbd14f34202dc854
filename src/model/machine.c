// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/machine.h"

const char *const module_names[_MOD_MAX] = {
        [MOD_VFIO] = "vfio",
        [MOD_VFIO_PCI] = "vfio_pci",
        [MOD_VFIO_IOMMU_TYPE1] = "vfio_iommu_type1",
        [MOD_VFIO_VIRQFD] = "vfio_virqfd",
        [MOD_VFIO_MDEV] = "mdev",
        [MOD_KVM] = "kvm",
        [MOD_NVIDIA] = "nvidia",
        [MOD_NOUVEAU] = "nouveau",
        [MOD_AMDGPU] = "amdgpu",
        [MOD_RADEON] = "radeon",
        [MOD_I915] = "i915",
        [MOD_XE] = "xe",
};

DEFINE_ENUM_TABLE(device_use_table, "use of a device", [DEVICE_USE_UNKNOWN] = "unknown",
                  [DEVICE_USE_NONE] = "none", [DEVICE_USE_HELD] = "held");
DEFINE_ENUM_TABLE(iommu_kind_table,
                  "IOMMU", [IOMMU_NONE] = "none", [IOMMU_INTEL] = "intel", [IOMMU_AMD] = "amd",
                  [IOMMU_VIRTIO] = "virtio", [IOMMU_ARM_SMMU] = "smmu", [IOMMU_OTHER] = "other");
DEFINE_ENUM_TABLE(module_state_table, "module", [MODULE_MISSING] = "missing",
                  [MODULE_LOADABLE] = "loadable", [MODULE_BUILTIN] = "built-in");
DEFINE_ENUM_TABLE(boot_loader_table,
                  "boot loader", [BOOT_LOADER_UNKNOWN] = "unknown", [BOOT_LOADER_GRUB] = "grub",
                  [BOOT_LOADER_GRUBBY] = "grubby", [BOOT_LOADER_SYSTEMD_BOOT] = "systemd-boot",
                  [BOOT_LOADER_UKI] = "uki", [BOOT_LOADER_OSTREE] = "ostree",
                  [BOOT_LOADER_BOOTC] = "bootc", [BOOT_LOADER_RPI] = "raspberry-pi");

bool boot_loader_is_written(BootLoaderKind kind)
{
        return kind == BOOT_LOADER_GRUB || kind == BOOT_LOADER_SYSTEMD_BOOT ||
               kind == BOOT_LOADER_UKI;
}

static int device_by_address(const void *key, const void *item)
{
        return pci_address_compare(*(const PciAddress *)key, ((const PciDevice *)item)->address);
}

bool driver_is_vfio(const char *driver)
{
        return strstr(driver, "vfio") || streq(driver, "pci-stub");
}

const PciDevice *machine_find_device(const Machine *m, PciAddress address)
{
        return m->n_devices ? bsearch(&address, m->devices, m->n_devices, sizeof(PciDevice),
                                      device_by_address)
                            : NULL;
}

static int group_by_number(const void *key, const void *item)
{
        int32_t a = *(const int32_t *)key, b = ((const IommuGroup *)item)->number;

        return a < b ? -1 : a > b;
}

const IommuGroup *machine_find_group(const Machine *m, int32_t number)
{
        return m->n_groups ? bsearch(&number, m->groups, m->n_groups, sizeof(IommuGroup),
                                     group_by_number)
                           : NULL;
}

static int protection_by_address(const void *key, const void *item)
{
        return pci_address_compare(*(const PciAddress *)key, ((const Protection *)item)->address);
}

const Protection *machine_find_protection(const Machine *m, PciAddress address)
{
        return m->n_protections ? bsearch(&address, m->protections, m->n_protections,
                                          sizeof(Protection), protection_by_address)
                                : NULL;
}

bool machine_translates(const Machine *m, const PciDevice *d)
{
        return d->has_iommu || (m->iommu.kind == IOMMU_VIRTIO && d->iommu_group < 0 && !d->driver);
}

void vgpu_type_list_done(VgpuTypeList *list)
{
        for (size_t i = 0; i < list->n; i++) {
                free(list->items[i].id);
                free(list->items[i].name);
                free(list->items[i].description);
                free(list->items[i].device_api);
        }
        free(list->items);
        *list = (VgpuTypeList){};
}

void pci_device_done(PciDevice *d)
{
        free(d->path);
        free(d->driver);
        free(d->driver_override);
        free(d->vendor_name);
        free(d->device_name);
        free(d->reset_methods);
        free(d->power_state);
        free(d->serial);
        free(d->cordoned);
        free(d->current_vgpu_type);
        free(d->framebuffer);
        free(d->trouble);
        free(d->used_by);
        str_list_done(&d->drm_nodes);
        vgpu_type_list_done(&d->mdev_types);
        vgpu_type_list_done(&d->vgpu_types);
        *d = (PciDevice){};
}

static void boot_loader_done(BootLoader *b)
{
        free(b->evidence);
        free(b->esp);
        free(b->partition);
        str_list_done(&b->configured);
        str_list_done(&b->written);
}

static void foreign_done(Foreign *f)
{
        free(f->file);
        free(f->text);
        str_list_done(&f->ids);
}

void machine_wants_done(MachineWants *wants)
{
        free(wants->addresses);
        str_list_done(&wants->drivers);
        *wants = (MachineWants){};
}

void kernel_done(Kernel *k)
{
        for (size_t i = 0; i < k->image.n_drivers; i++)
                free(k->image.drivers[i].module);
        free(k->image.drivers);
        str_list_done(&k->image.modules);
        free(k->image.difference);
        free(k->image.trouble);
        free(k->image.path);
        str_list_done(&k->missing);
        free(k->version);
}

void machine_done(Machine *m)
{
        for (size_t i = 0; i < m->n_devices; i++)
                pci_device_done(m->devices + i);
        for (size_t i = 0; i < m->n_groups; i++) {
                free(m->groups[i].type);
                free(m->groups[i].members);
        }
        for (size_t i = 0; i < m->n_mdev_parents; i++) {
                free(m->mdev_parents[i].name);
                vgpu_type_list_done(&m->mdev_parents[i].types);
        }
        for (size_t i = 0; i < m->n_kernels; i++)
                kernel_done(m->kernels + i);
        for (size_t i = 0; i < m->n_protections; i++)
                free(m->protections[i].why);
        for (size_t i = 0; i < m->n_foreign; i++)
                foreign_done(m->foreign + i);
        for (size_t i = 0; i < m->n_running; i++)
                free(m->running[i].instance);
        free(m->running);
        for (size_t i = 0; i < m->n_claims; i++)
                free(m->claims[i].instance);
        free(m->devices);
        free(m->groups);
        free(m->mdev_parents);
        free(m->kernels);
        free(m->protections);
        free(m->foreign);
        free(m->claims);
        free(m->hugepages_2m);
        prepared_list_done(&m->prepared);
        boot_loader_done(&m->boot_loader);
        str_list_done(&m->arguments);
        str_list_done(&m->unseen);
        *m = (Machine){};
}
