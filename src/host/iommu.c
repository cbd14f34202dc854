// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/iommu.h"

#include "host/note.h"

#define TABLES "sys/firmware/acpi/tables"
#define UNITS  "sys/class/iommu"

/* Names in sys/class/iommu are made by the drivers: dmar0, ivhd0, smmu3.0x…, and arm-smmu-… of the older
 * kind. Virtio's is that of the device that offers it, and only where it hangs tells. */
static const struct {
        const char *prefix;
        IommuKind kind;
} units[] = {
        { "dmar",     IOMMU_INTEL    },
        { "ivhd",     IOMMU_AMD      },
        { "smmu",     IOMMU_ARM_SMMU },
        { "arm-smmu", IOMMU_ARM_SMMU },
};

static const struct {
        const char *table;
        IommuKind kind;
} tables[] = {
        { "DMAR", IOMMU_INTEL    },
        { "IVRS", IOMMU_AMD      },
        { "VIOT", IOMMU_VIRTIO   },
        { "IORT", IOMMU_ARM_SMMU },
};

static bool is_virtio(Root *root, const char *name)
{
        _cleanup_free_ char *path = format_string(UNITS "/%s", name), *target = NULL;

        return path && root_read_link(root, path, &target) >= 0 && strstr(target, "/virtio");
}

static IommuKind unit_kind(Root *root, const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(units); i++)
                if (startswith(name, units[i].prefix))
                        return units[i].kind;
        return is_virtio(root, name) ? IOMMU_VIRTIO : IOMMU_OTHER;
}

static int read_units(Root *root, Machine *m)
{
        _cleanup_str_list_ StrList names = {};
        int r = root_list(root, UNITS, &names);

        if (r < 0)
                return note_unseen(m, UNITS, r);
        for (size_t i = 0; i < names.n; i++) {
                m->iommu.kind = unit_kind(root, names.items[i]);
                if (m->iommu.kind != IOMMU_OTHER)
                        return 0;
        }
        return 0;
}

static int read_tables(Root *root, Machine *m)
{
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        int r = root_dir_open(root, TABLES, &dir);

        if (r < 0) {
                m->iommu.tables_unreadable = r != -ENOENT;
                return note_unseen(m, TABLES, r);
        }
        for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
                if (root_dir_exists(&dir, tables[i].table)) {
                        m->iommu.firmware = tables[i].kind;
                        return 0;
                }
        return 0;
}

/* "IR-IO-APIC", "IR-PCI-MSI": chips of remapped interrupts. One such line says it all. */
static int find_remapping(void *userdata, char *line, unsigned number)
{
        bool *found = userdata;

        if (*found || !strstr(line, " IR-"))
                return 0;
        *found = true;
        return 1;
}

int iommu_read(Root *root, const MachineWants *wants, Machine *m)
{
        char value[8];
        int r = read_units(root, m);

        if (r >= 0)
                r = read_tables(root, m);
        if (r < 0)
                return r;
        r = root_scan(root, "proc/interrupts", 0, find_remapping, &m->iommu.interrupt_remapping);
        if (r < 0)
                r = note_unseen(m, "proc/interrupts", r);
        if (r < 0)
                return r;
        if (root_read(root, "sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", value,
                      sizeof(value)) >= 0)
                m->iommu.unsafe_interrupts = streq(value, "Y");
        return 0;
}
