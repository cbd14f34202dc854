// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernels.h"

#include "host.h"

static void names_of_modules(void **state)
{
        static const struct {
                const char *line, *name;
                int id;
        } rows[] = {
                { "kernel/drivers/vfio/pci/vfio-pci.ko: kernel/vfio.ko", "vfio_pci",                MOD_VFIO_PCI },
                { "kernel/drivers/vfio/vfio.ko.xz: ",                    "vfio",                    MOD_VFIO     },
                { "kernel/drivers/vfio/vfio.ko.zst:",                    "vfio",                    MOD_VFIO     },
                { "kernel/drivers/vfio/vfio.ko",                         "vfio",                    MOD_VFIO     },
                { "updates/dkms/nvidia-current.ko: x",                   "nvidia_current",          MOD_NVIDIA   },
                { "nvidia-current-open.ko:",                             "nvidia_current_open",     MOD_NVIDIA   },
                { "nvidia-tesla-470.ko:",                                "nvidia_tesla_470",        MOD_NVIDIA   },
                { "nvidia-legacy-390xx.ko:",                             "nvidia_legacy_390xx",     MOD_NVIDIA   },
                { "nvidia-legacy-390xx-drm.ko:",                         "nvidia_legacy_390xx_drm", -1           },
                { "nvidia-current-drm.ko:",                              "nvidia_current_drm",      -1           },
                { "nvidia-drm.ko:",                                      "nvidia_drm",              -1           },
                { "kernel/vfio.kox:",                                    NULL,                      -1           },
                { "kernel/.ko:",                                         NULL,                      -1           },
                { "",                                                    NULL,                      -1           },
                { ":",                                                   NULL,                      -1           },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_free_ char *line = strdup(rows[i].line);
                const char *name = module_name_of(line);

                print_message("# %s\n", rows[i].line);
                assert_int_equal(!!name, !!rows[i].name);
                if (!name)
                        continue;
                assert_string_equal(name, rows[i].name);
                assert_int_equal(module_id_of(name), rows[i].id);
        }
}

#define V "usr/lib/modules/"

static void installed_kernels(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(
                "f boot/config-6.1.0-10-amd64 0644 \"CONFIG_AMD_IOMMU=y\\n# CONFIG_IOMMUFD is not "
                "set\\nCONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y\\nCONFIG_IOMMUFDX=y\\n\"\n"
                "l lib -> usr/lib\n"
                "f proc/sys/kernel/osrelease 0444 \"6.1.0-10-amd64\\n\"\n"
                "f " V "6.1.0-10-amd64/modules.builtin 0644 \"kernel/drivers/vfio/vfio.ko\\n\"\n"
                "f " V "6.1.0-10-amd64/modules.dep 0644 "
                "\"kernel/vfio-pci.ko.xz:\\nkernel/nvgrace-gpu-vfio-pci.ko:\\n\"\n"
                "f " V "6.1.0-9-amd64/config 0644 \"CONFIG_IOMMUFD=m\\n\"\n"
                "f " V "6.1.0-9-amd64/modules.dep 0644 \"kernel/nouveau.ko:\\n\"\n"
                "d " V "headers-only/build\n");
        _cleanup_machine_wants_ MachineWants wants = {};
        _cleanup_machine_ Machine m = {};
        const Kernel *k;

        assert_int_equal(str_list_add(&wants.drivers, "nvgrace-gpu-vfio-pci"), 0);
        assert_int_equal(str_list_add(&wants.drivers, "mlx5_vfio_pci"), 0);
        assert_int_equal(machine_read(t.root, MACHINE_KERNELS, &wants, &m), 0);
        assert_int_equal(m.n_kernels, 2);
        k = m.kernels; /* 9 comes before 10 */
        assert_string_equal(k->version, "6.1.0-9-amd64");
        assert_false(k->running);
        assert_int_equal(k->modules[MOD_NOUVEAU], MODULE_LOADABLE);
        assert_int_equal(k->modules[MOD_VFIO_PCI], MODULE_MISSING);
        assert_int_equal(k->missing.n, 2);
        assert_true(k->config_readable);
        assert_int_equal(k->iommufd, KCONFIG_MODULE);
        k++;
        assert_true(k->running);
        assert_int_equal(k->modules[MOD_VFIO], MODULE_BUILTIN);
        assert_int_equal(k->modules[MOD_VFIO_PCI], MODULE_LOADABLE);
        assert_int_equal(k->missing.n, 1);
        assert_string_equal(k->missing.items[0], "mlx5_vfio_pci");
        assert_int_equal(k->amd_iommu, KCONFIG_YES);
        assert_int_equal(k->iommufd, KCONFIG_NO);
        assert_int_equal(k->intel_iommu_default_on, KCONFIG_NO);
        assert_int_equal(k->intel_iommu_default_on_intgpu_off, KCONFIG_YES);
        assert_int_equal(m.unseen.n, 0);
}

static void a_kernel_without_modules(void **state)
{
        _cleanup_test_root_ TestRoot t =
                test_root_text("f proc/sys/kernel/osrelease 0444 \"6.18.0\\n\"\n"
                               "d sys/module/kvm\n");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_KERNELS, NULL, &m), 0);
        assert_int_equal(m.n_kernels, 1);
        assert_true(m.kernels[0].running);
        assert_int_equal(m.kernels[0].modules[MOD_KVM], MODULE_BUILTIN);
        assert_int_equal(m.kernels[0].modules[MOD_VFIO], MODULE_MISSING);
        assert_false(m.kernels[0].config_readable);
        assert_int_equal(m.kernels[0].iommufd, KCONFIG_UNKNOWN);
}

static void a_version_that_leads_away(void **state)
{
        _cleanup_test_root_ TestRoot t =
                test_root_text("f proc/sys/kernel/osrelease 0444 \"../../etc\\n\"\n");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_KERNELS, NULL, &m), 0);
        assert_int_equal(m.n_kernels, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_of_modules),
                cmocka_unit_test(installed_kernels),
                cmocka_unit_test(a_kernel_without_modules),
                cmocka_unit_test(a_version_that_leads_away),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
