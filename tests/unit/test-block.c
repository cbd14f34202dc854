// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/block.h"

#include "host.h"

static const char *why(const Machine *m, const char *address)
{
        const Protection *p;
        PciAddress a;

        assert_int_equal(pci_address_parse(address, &a), 0);
        p = machine_find_protection(m, a);
        return p ? p->why : NULL;
}

static Machine read_machine(TestRoot t)
{
        static const MachineWants wants = {};
        Machine m = {};

        assert_int_equal(block_protect(t.root, &wants, &m), 0);
        test_root_done(&t);
        return m;
}

static void through_dm_and_md(void **state)
{
        _cleanup_machine_ Machine m = read_machine(test_root_machine("storage-stack"));

        assert_string_equal(why(&m, "0000:31:00.0"), "holds / (nvme0n1p2), holds /boot/efi "
                                                     "(nvme0n1p1), holds swap (nvme0n1p2)");
        assert_string_equal(why(&m, "0000:1a:00.0"), "holds / (nvme1n1p2), holds swap (nvme1n1p2)");
        assert_non_null(why(&m, "0000:18:09.0")); /* a bridge above it */
        for (size_t i = 1; i < m.n_protections; i++)
                assert_true(pci_address_compare(m.protections[i - 1].address,
                                                m.protections[i].address) < 0);
}

static void behind_vmd(void **state)
{
        _cleanup_machine_ Machine m = read_machine(test_root_machine("vmd"));

        assert_non_null(why(&m, "0000:00:0e.0"));
        assert_non_null(why(&m, "10000:e1:00.0"));
}

static void multipath_nvme(void **state)
{
        _cleanup_machine_ Machine m = read_machine(test_root_machine("server-8gpu"));

        assert_non_null(why(&m, "0000:e1:00.0"));
}

#define DISKS                                                                                      \
        "l sys/class/block/dm-0 -> ../../devices/virtual/block/dm-0\n"                             \
        "l sys/class/block/sda -> ../../devices/pci0000:00/0000:00:17.0/ata1/block/sda\n"          \
        "l sys/class/block/sda1 -> ../../devices/pci0000:00/0000:00:17.0/ata1/block/sda/sda1\n"    \
        "l sys/class/block/vdb -> ../../devices/pci0000:00/0000:00:04.0/virtio1/block/vdb\n"
#define DM                                                                                         \
        "f sys/devices/virtual/block/dm-0/dm/name 0444 \"luks root\\n\"\n"                         \
        "l sys/devices/virtual/block/dm-0/slaves/vdb -> "                                          \
        "../../../../pci0000:00/0000:00:04.0/virtio1/block/vdb\n"

static void btrfs_on_two_devices(void **state)
{
        _cleanup_machine_ Machine m = read_machine(test_root_text(
                "f proc/self/mountinfo 0444 \"28 1 0:30 /@ / rw - btrfs /dev/mapper/luks\\\\040root "
                "rw\\n\"\n" DISKS DM "d sys/fs/btrfs/features\n"
                "l sys/fs/btrfs/x/devices/dm-0 -> ../../../../devices/virtual/block/dm-0\n"
                "l sys/fs/btrfs/x/devices/sda1 -> "
                "../../../../devices/pci0000:00/0000:00:17.0/ata1/block/sda/sda1\n"));

        assert_string_equal(why(&m, "0000:00:17.0"), "holds / (sda1)");
        assert_string_equal(why(&m, "0000:00:04.0"), "holds / (vdb)");
}

static void a_pool_may_be_anywhere(void **state)
{
        _cleanup_machine_ Machine m = read_machine(
                test_root_text("f proc/self/mountinfo 0444 \"28 1 0:30 / / rw - zfs rpool/ROOT "
                               "rw\\n\"\n" DISKS));

        assert_string_equal(why(&m, "0000:00:17.0"), "may hold / (zfs)");
        assert_string_equal(why(&m, "0000:00:04.0"), "may hold / (zfs)");
}

static void without_a_disk(void **state)
{
        _cleanup_machine_ Machine m = read_machine(test_root_text(
                "f proc/self/mountinfo 0444 \"28 1 0:30 / / rw - nfs4 server:/x "
                "rw\\n\"\n"
                "f proc/swaps 0444 \"Filename\\n/dev/zram0 partition 1 0 1\\n\"\n" DISKS));

        assert_int_equal(m.n_protections, 0);
}

static void other_mounts_do_not_matter(void **state)
{
        _cleanup_machine_ Machine m = read_machine(
                test_root_text("f proc/self/mountinfo 0444 \"28 1 254:16 / /srv rw - ext4 /dev/vdb "
                               "rw\\n\"\n" DISKS "l sys/dev/block/254:16 -> "
                               "../../devices/pci0000:00/0000:00:04.0/virtio1/block/vdb\n"));

        assert_int_equal(m.n_protections, 0);
}

static void a_swap_file_makes_its_mount_matter(void **state)
{
        _cleanup_machine_ Machine m = read_machine(test_root_text(
                "f proc/self/mountinfo 0444 \"28 1 254:16 / /srv/a\\\\040b rw - ext4 "
                "/dev/vdb rw\\n\"\n"
                "f proc/swaps 0444 \"Filename\\n/srv/a\\\\040b/swap\\tfile\\t1\\t0\\t1\\n"
                "/dev/sda1 partition 1 0 1\\n\"\n" DISKS "l sys/dev/block/254:16 -> "
                "../../devices/pci0000:00/0000:00:04.0/virtio1/block/vdb\n"));

        assert_string_equal(why(&m, "0000:00:04.0"), "holds /srv/a b (vdb)");
        assert_string_equal(why(&m, "0000:00:17.0"), "holds swap (sda1)");
}

/* Nothing in sysfs forbids a fixture in which a device is made of itself. */
static void a_device_made_of_itself(void **state)
{
        _cleanup_machine_ Machine m = read_machine(test_root_text(
                "f proc/self/mountinfo 0444 \"28 1 253:0 / / rw - ext4 /dev/dm-0 rw\\n\"\n"
                "l sys/class/block/dm-0 -> ../../devices/virtual/block/dm-0\n"
                "l sys/dev/block/253:0 -> ../../devices/virtual/block/dm-0\n"
                "l sys/devices/virtual/block/dm-0/slaves/dm-0 -> ../../dm-0\n"));

        assert_int_equal(m.n_protections, 0);
}

static void lines_that_make_no_sense(void **state)
{
        _cleanup_machine_ Machine m = read_machine(test_root_machine("hostile"));

        assert_string_equal(why(&m, "0000:06:00.0"), "holds / (nvme0n1p2)");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(through_dm_and_md),
                cmocka_unit_test(behind_vmd),
                cmocka_unit_test(multipath_nvme),
                cmocka_unit_test(btrfs_on_two_devices),
                cmocka_unit_test(a_pool_may_be_anywhere),
                cmocka_unit_test(without_a_disk),
                cmocka_unit_test(other_mounts_do_not_matter),
                cmocka_unit_test(a_swap_file_makes_its_mount_matter),
                cmocka_unit_test(a_device_made_of_itself),
                cmocka_unit_test(lines_that_make_no_sense),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
