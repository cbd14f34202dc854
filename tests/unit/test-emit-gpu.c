// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/gpu.h"

#include "unit.h"

static void labels_are_those_on_the_box(void **state)
{
        static const struct {
                const char *vendor, *device, *label;
        } rows[] = {
                { "NVIDIA Corporation",                     "GA102 [GeForce RTX 3090]",      "NVIDIA GeForce RTX 3090" },
                { "NVIDIA Corporation",                     "NVIDIA L40S",                   "NVIDIA L40S"             },
                { "Advanced Micro Devices, Inc. [AMD/ATI]", "Navi 21 [Radeon RX 6800/6900]",
                 "AMD Radeon RX 6800/6900"                                                                             },
                { "Intel Corporation",                      "HD Graphics 530",               "Intel HD Graphics 530"   },
                { "ASPEED Technology, Inc.",                "ASPEED Graphics Family",        "ASPEED Graphics Family"  },
                { NULL,                                     "Thing []",                      "Thing []"                },
                { "NVIDIA Corporation",                     NULL,                            "10de:2204"               },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                PciDevice d = {
                        .id = { 0x10de, 0x2204 },
                        .vendor_name = (char *)rows[i].vendor,
                        .device_name = (char *)rows[i].device,
                };
                _cleanup_free_ char *label = pci_device_label(&d);

                assert_string_equal(label, rows[i].label);
        }
}

static void classes_are_words(void **state)
{
        char buf[CLASS_LABEL_MAX];

        assert_string_equal(class_label(0x0300, buf), "display");
        assert_string_equal(class_label(0x0302, buf), "3D");
        assert_string_equal(class_label(0x0380, buf), "display");
        assert_string_equal(class_label(0x0403, buf), "audio");
        assert_string_equal(class_label(0x0604, buf), "bridge");
        assert_string_equal(class_label(0x0108, buf), "NVMe");
        assert_string_equal(class_label(0x0107, buf), "storage");
        assert_string_equal(class_label(0xffff, buf), "class ffff");
}

/* A card whose audio goes along, in a group with its port; and a card without names or driver. */
static PciDevice devices[] = {
        { .address = { .bus = 0, .slot = 1 },
         .class = PCI_CLASS_BRIDGE_PCI,
         .id = { 0x8086, 0x1901 },
         .driver = (char *)"pcieport",
         .iommu_group = 1,
         .numa_node = 0 },
        { .address = { .bus = 1 },
         .class = PCI_CLASS_VGA,
         .id = { 0x10de, 0x2204 },
         .driver = (char *)"nvidia",
         .vendor_name = (char *)"NVIDIA Corporation",
         .device_name = (char *)"GA102 [GeForce RTX 3090]",
         .iommu_group = 1,
         .numa_node = 0,
         .boot_vga = true },
        { .address = { .bus = 1, .function = 1 },
         .class = PCI_CLASS_AUDIO,
         .id = { 0x10de, 0x1aef },
         .driver = (char *)"snd_hda_intel",
         .iommu_group = 1,
         .numa_node = 0 },
        { .address = { .domain = 0x10000, .bus = 0xe2 },
         .class = PCI_CLASS_3D,
         .id = { 0x10de, 0x25b6 },
         .iommu_group = -1,
         .numa_node = 1,
         .sriov_total = 16 },
};

static PciAddress members[] = {
        { .bus = 0, .slot = 1 },
        { .bus = 1 },
        { .bus = 1, .function = 1 }
};
static IommuGroup groups[] = {
        { .number = 1, .members = members, .n_members = ARRAY_SIZE(members) },
};
static const PciDevice *companions[] = { devices + 2 };
static GpuPlan gpus[] = {
        { .device = devices + 1,
         .name = "big",
         .role = ROLE_PASSTHROUGH,
         .companions = companions,
         .n_companions = 1,
         .claimed_by = "trainer" },
        { .device = devices + 3, .policy = POLICY_SHARED },
};
static const Plan plan = { .gpus = gpus, .n_gpus = ARRAY_SIZE(gpus) };
static const Machine machine = {
        .devices = devices,
        .n_devices = ARRAY_SIZE(devices),
        .groups = groups,
        .n_groups = ARRAY_SIZE(groups),
};

static void the_list_fits_its_columns(void **state)
{
        static const TextFormat format = { .legend = true };
        _cleanup_str_buf_ StrBuf out = {};

        gpu_list_text(&plan, &format, &out);
        assert_string_equal(
                str_buf_get(&out),
                "ADDRESS        NAME  DEVICE                   DRIVER  GROUP  NODE  ROLE         HELD BY\n"
                "0000:01:00.0   big   NVIDIA GeForce RTX 3090  nvidia      1     0  passthrough  trainer\n"
                "10000:e2:00.0        10de:25b6                -           -     1  host\n");
}

static void the_tree_shows_what_goes_along_and_what_stays(void **state)
{
        static const TextFormat format = { .unicode = true };
        _cleanup_str_buf_ StrBuf out = {};

        gpu_tree_text(&plan, &machine, &format, &out);
        assert_string_equal(str_buf_get(&out),
                            "big: NVIDIA GeForce RTX 3090, passthrough, held by trainer\n"
                            "├─ 0000:01:00.0   display  nvidia         1\n"
                            "├─ 0000:01:00.1   audio    snd_hda_intel  1  goes along\n"
                            "└─ 0000:00:01.0   bridge   pcieport       1  same group, stays\n"
                            "10de:25b6, host, 0 of 16 VFs\n"
                            "└─ 10000:e2:00.0  3D       -              -\n");
}

static void json_has_the_keys_of_the_contract(void **state)
{
        _cleanup_str_buf_ StrBuf out = {};

        json_print(gpu_list_json(&plan), JSON_SHORT, &out);
        assert_string_equal(
                str_buf_get(&out),
                "[{\"address\":\"0000:01:00.0\",\"vendor\":\"10de\",\"device\":\"2204\","
                "\"class\":\"0300\",\"name\":\"NVIDIA GeForce RTX 3090\",\"entry\":\"big\","
                "\"driver\":\"nvidia\",\"iommu_group\":1,\"numa_node\":0,\"role\":\"passthrough\","
                "\"policy\":\"exclusive\",\"boot_vga\":true,\"functions\":["
                "{\"address\":\"0000:01:00.0\",\"vendor\":\"10de\",\"device\":\"2204\","
                "\"class\":\"0300\",\"driver\":\"nvidia\",\"iommu_group\":1},"
                "{\"address\":\"0000:01:00.1\",\"vendor\":\"10de\",\"device\":\"1aef\","
                "\"class\":\"0403\",\"driver\":\"snd_hda_intel\",\"iommu_group\":1}],"
                "\"claimed_by\":\"trainer\"},"
                "{\"address\":\"10000:e2:00.0\",\"vendor\":\"10de\",\"device\":\"25b6\","
                "\"class\":\"0302\",\"name\":\"10de:25b6\",\"entry\":null,\"driver\":null,"
                "\"iommu_group\":null,\"numa_node\":1,\"role\":\"host\",\"policy\":\"shared\","
                "\"boot_vga\":false,\"functions\":["
                "{\"address\":\"10000:e2:00.0\",\"vendor\":\"10de\",\"device\":\"25b6\","
                "\"class\":\"0302\",\"driver\":null,\"iommu_group\":null}],\"claimed_by\":null}]\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(labels_are_those_on_the_box),
                cmocka_unit_test(classes_are_words),
                cmocka_unit_test(the_list_fits_its_columns),
                cmocka_unit_test(the_tree_shows_what_goes_along_and_what_stays),
                cmocka_unit_test(json_has_the_keys_of_the_contract),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
