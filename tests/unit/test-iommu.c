// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/iommu.h"

#include "host.h"

static void machines(void **state)
{
        static const struct {
                const char *machine;
                IommuKind kind, firmware;
                bool remapping;
        } rows[] = {
                { "desktop-nvidia",     IOMMU_INTEL,    IOMMU_INTEL,    true  },
                { "amd-navi",           IOMMU_AMD,      IOMMU_AMD,      true  },
                { "arm64-smmu",         IOMMU_ARM_SMMU, IOMMU_ARM_SMMU, false },
                { "iommu-off-firmware", IOMMU_NONE,     IOMMU_NONE,     false },
                { "iommu-off-kernel",   IOMMU_NONE,     IOMMU_INTEL,    true  },
                { "no-intremap",        IOMMU_INTEL,    IOMMU_INTEL,    false },
                { "hostile",            IOMMU_INTEL,    IOMMU_INTEL,    false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_test_root_ TestRoot t = test_root_machine(rows[i].machine);
                _cleanup_machine_ Machine m = {};

                print_message("# %s\n", rows[i].machine);
                assert_int_equal(machine_read(t.root, MACHINE_IOMMU, NULL, &m), 0);
                assert_int_equal(m.iommu.kind, rows[i].kind);
                assert_int_equal(m.iommu.firmware, rows[i].firmware);
                assert_int_equal(m.iommu.interrupt_remapping, rows[i].remapping);
                assert_false(m.iommu.tables_unreadable);
                assert_int_equal(m.unseen.n, 0);
        }
}

/* A mediated device brings a group along even where there is no IOMMU at all. */
static void a_made_up_group_is_no_iommu(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(
                "f sys/kernel/iommu_groups/0/name 0444 \"vfio-noiommu\\n\"\n"
                "f sys/kernel/iommu_groups/0/type 0444 \"unknown\\n\"\n"
                "f sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts 0644 \"Y\\n\"\n");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_IOMMU, NULL, &m), 0);
        assert_int_equal(m.iommu.kind, IOMMU_NONE);
        assert_true(m.iommu.unsafe_interrupts);
}

static void virtio_is_named_after_its_device(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(
                "l sys/class/iommu/0000:00:07.0 -> "
                "../../devices/pci0000:00/0000:00:07.0/virtio2/iommu/0000:00:07.0\n");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_IOMMU, NULL, &m), 0);
        assert_int_equal(m.iommu.kind, IOMMU_VIRTIO);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(machines),
                cmocka_unit_test(a_made_up_group_is_no_iommu),
                cmocka_unit_test(virtio_is_named_after_its_device),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
