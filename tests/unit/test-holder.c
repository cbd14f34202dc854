// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/holder.h"

#include "fake-kernel.h"
#include "unit.h"

/* One card with its native driver, another of the same driver beside it, and nobody else. */
#define CARD  "sys/bus/pci/devices/0000:01:00.0/"
#define OTHER "sys/bus/pci/devices/0000:02:00.0/"

static const PciAddress card = { .bus = 1 };

static int setup(void **state)
{
        FakeKernel *k = fake_kernel_new();

        fake_function(k, "0000:01:00.0", "amdgpu", "amdgpu");
        fake_function(k, "0000:02:00.0", "amdgpu", "amdgpu");
        fake_link(k, "sys/bus/pci/drivers/amdgpu/0000:01:00.0", "../../devices/0000:01:00.0");
        fake_link(k, "sys/bus/pci/drivers/amdgpu/0000:02:00.0", "../../devices/0000:02:00.0");
        fake_link(k, "sys/bus/pci/drivers/amdgpu/module", "../../../../module/amdgpu");
        fake_put(k, "sys/module/amdgpu/refcnt", "0\n");
        fake_put(k, CARD "drm/card0/dev", "226:0\n");
        fake_put(k, CARD "drm/card0/uevent", "MAJOR=226\nMINOR=0\nDEVNAME=dri/card0\n");
        fake_put(k, CARD "drm/renderD128/dev", "226:128\n");
        fake_put(k, CARD "drm/renderD128/uevent", "DEVNAME=dri/renderD128\n");
        fake_put(k, OTHER "drm/card1/dev", "226:1\n");
        fake_put(k, OTHER "drm/card1/uevent", "DEVNAME=dri/card1\n");
        fake_put(k, "proc/version", "");
        *state = k;
        return 0;
}

static int teardown(void **state)
{
        fake_kernel_free(*state);
        return 0;
}

static void add_process(FakeKernel *k, const char *pid, const char *command, const char *cgroup)
{
        _cleanup_free_ char *comm = format_string("proc/%s/comm", pid);
        _cleanup_free_ char *group = format_string("proc/%s/cgroup", pid);
        _cleanup_free_ char *maps = format_string("proc/%s/maps", pid);
        _cleanup_free_ char *fd = format_string("proc/%s/fd/0", pid);

        fake_put(k, comm, command);
        fake_put(k, group, cgroup);
        fake_put(k, maps, "00400000-00452000 r-xp 00000000 08:02 173521 /usr/bin/x\n");
        fake_link(k, fd, "/dev/null");
}

static void assert_holders(FakeKernel *k, const char *expected)
{
        _cleanup_holders_ HolderList list = {};
        _cleanup_str_buf_ StrBuf text = {};

        assert_int_equal(holders_find(k->root, &card, 1, &list), 0);
        for (size_t i = 0; i < list.n; i++) {
                holder_format(list.items + i, &text);
                str_buf_add_char(&text, '\n');
        }
        assert_string_equal(str_buf_get(&text), expected);
        assert_false(list.incomplete);
}

static void nobody_holds_an_idle_card(void **state)
{
        FakeKernel *k = *state;

        add_process(k, "1", "systemd\n", "0::/init.scope\n");
        assert_holders(k, "");
}

static void open_node_is_held(void **state)
{
        FakeKernel *k = *state;

        add_process(k, "812", "Xorg\n", "0::/system.slice/gdm.service/x.service/sub\n");
        fake_link(k, "proc/812/fd/9", "/dev/dri/renderD128");
        assert_holders(k, "Xorg (pid 812, x.service) holds /dev/dri/renderD128\n");
}

static void mapped_node_is_held(void **state)
{
        FakeKernel *k = *state;

        add_process(k, "900", "ollama\n", "0::/machine.slice/libpod-4f.scope/container\n");
        fake_put(k, "proc/900/maps",
                 "7f12-7f13 r--p 00000000 00:05 312  /dev/dri/card0\n"
                 "7f14-7f15 rw-s 00100000 00:05 312  /dev/dri/card0\n");
        assert_holders(k, "ollama (pid 900, libpod-4f.scope) holds /dev/dri/card0\n");
}

static void users_of_another_card_are_none_of_this(void **state)
{
        FakeKernel *k = *state;

        add_process(k, "7", "Xorg\n", "0::/\n");
        fake_link(k, "proc/7/fd/3", "/dev/dri/card1");
        fake_put(k, "sys/module/amdgpu/refcnt", "1\n");
        assert_holders(k, "");
}

/* amdgpu often stays in use with no open file to be seen. */
static void unexplained_references_are_the_kernels(void **state)
{
        FakeKernel *k = *state;

        fake_put(k, "sys/module/amdgpu/refcnt", "2\n");
        fake_put(k, "sys/module/amdgpu/holders/gim/x", "");
        assert_holders(k, "the kernel uses module amdgpu\n");
        fake_put(k, "sys/module/amdgpu/refcnt", "1\n");
        assert_holders(k, "");
}

static void group_of_a_vm_is_held(void **state)
{
        FakeKernel *k = *state;

        fake_function(k, "0000:01:00.0", "vfio-pci", "amdgpu");
        fake_link(k, CARD "iommu_group", "../../../../kernel/iommu_groups/13");
        fake_put(k, "sys/class/vfio/13/dev", "511:0\n");
        add_process(k, "55", "qemu-system-x86\n", "0::/system.slice/gpu-vm@a.service\n");
        fake_link(k, "proc/55/fd/20", "/dev/vfio/13");
        assert_holders(k, "qemu-system-x86 (pid 55, gpu-vm@a.service) holds /dev/vfio/13\n");
}

static void nvidia_nodes_are_found_by_minor(void **state)
{
        FakeKernel *k = *state;

        fake_put(k, "proc/driver/nvidia/gpus/0000:01:00.0/information",
                 "Model: \t\t NVIDIA L4\nDevice Minor: \t 3\n");
        add_process(k, "60", "nvidia-persiste\n", "0::/system.slice/nvidia-persistenced.service\n");
        fake_link(k, "proc/60/fd/4", "/dev/nvidia3");
        assert_holders(k, "nvidia-persiste (pid 60, nvidia-persistenced.service) holds "
                          "/dev/nvidia3\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(nobody_holds_an_idle_card),
                TEST(open_node_is_held),
                TEST(mapped_node_is_held),
                TEST(users_of_another_card_are_none_of_this),
                TEST(unexplained_references_are_the_kernels),
                TEST(group_of_a_vm_is_held),
                TEST(nvidia_nodes_are_found_by_minor),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
