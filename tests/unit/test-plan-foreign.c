// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

static World *world_of(ForeignKind kind, const char *file, const char *text)
{
        World *w = world_new();

        world_console(w);
        world_gpu(w, "0000:0c:00.0");
        world_function(w, "0000:0c:00.1", PCI_CLASS_AUDIO, "10de:1aef", "snd_hda_intel", 12);
        w->foreign[0] = (Foreign){
                .kind = kind,
                .file = (char *)file,
                .line = 2,
                .text = (char *)text,
        };
        w->machine.n_foreign = 1;
        return w;
}

static void ids_take_every_card_of_a_kind(void **state)
{
        _cleanup_world_ World *w =
                world_of(FOREIGN_VFIO_IDS, "/etc/modprobe.d/vfio.conf", "options vfio-pci ids=…");
        char *ids[] = { (char *)"10de:1aef:1043:0001" };
        const Finding *f;

        assert_no_findings(w); /* they mean nothing of this machine */
        w->foreign[0].ids = (StrList){ .items = ids, .n = 1 };
        w->changed = true;
        assert_message(
                w, FINDING_FOREIGN_VFIO_IDS,
                "vfio-pci is told ids, and so takes every card of that kind: options vfio-pci "
                "ids=… (GPU 0000:0c:00.0)");
        f = world_finding(w, FINDING_FOREIGN_VFIO_IDS, 0);
        assert_string_equal(f->subject, "0000:0c:00.0");
        assert_string_equal(f->file, "/etc/modprobe.d/vfio.conf");
        assert_int_equal(f->line, 2);
        assert_string_equal(f->fix, "remove the ids from /etc/modprobe.d/vfio.conf: gpuhost binds "
                                    "device by device");
}

static void an_argument_is_removed_from_the_boot_loader(void **state)
{
        _cleanup_world_ World *w =
                world_of(FOREIGN_ACS_OVERRIDE, "/proc/cmdline", "pcie_acs_override=downstream");

        assert_string_equal(world_finding(w, FINDING_ACS_OVERRIDE, 0)->fix,
                            "remove it from /etc/default/grub");
        assert_string_equal(w->plan.findings.items[0].subject, "host");
}

static void a_blacklisted_driver(void **state)
{
        _cleanup_world_ World *w =
                world_of(FOREIGN_BLACKLIST, "/etc/modprobe.d/x.conf", "blacklist nouveau");
        char *modules[] = { (char *)"nouveau" };

        w->foreign[0].ids = (StrList){ .items = modules, .n = 1 };
        assert_int_equal(world_finding(w, FINDING_FOREIGN_BLACKLIST, 0)->severity, SEVERITY_INFO);
        w->devices[1].driver = NULL;
        w->changed = true;
        assert_int_equal(world_finding(w, FINDING_FOREIGN_BLACKLIST, 0)->severity,
                         SEVERITY_WARNING);
        modules[0] = (char *)"floppy";
        w->changed = true;
        assert_no_findings(w);
}

static void entries_for_a_device(void **state)
{
        static const struct {
                ForeignKind kind;
                FindingCode code;
        } rows[] = {
                { FOREIGN_DRIVERCTL,       FINDING_FOREIGN_DRIVERCTL },
                { FOREIGN_MDEVCTL,         FINDING_FOREIGN_MDEVCTL   },
                { FOREIGN_LIBVIRT_MANAGED, FINDING_FOREIGN_LIBVIRT   },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_world_ World *w = world_of(rows[i].kind, "/etc/x", "x");

                world_function(w, "0000:0c:00.2", 0x0200, "8086:1533", "igb", 30);
                w->foreign[0].has_address = true;
                w->foreign[0].address = address_of("0000:0c:00.1");
                assert_int_equal(world_n_findings(w, rows[i].code), 1);
                w->foreign[0].address = address_of("0000:0c:00.2"); /* its slot, but not along */
                w->changed = true;
                assert_no_findings(w);
        }
}

static void arguments_that_say_nothing(void **state)
{
        _cleanup_world_ World *w = world_of(FOREIGN_SOFTDEP, "/etc/modprobe.d/x.conf", "softdep …");

        world_argument(w, "amd_iommu=on");
        assert_message(w, FINDING_ARGUMENT_WITHOUT_EFFECT,
                       "the kernel argument amd_iommu=on has no effect: AMD's IOMMU is on wherever "
                       "the firmware offers it");
        assert_int_equal(world_n_findings(w, FINDING_FOREIGN_SOFTDEP), 1);
}

static void without_a_gpu_none_of_it_matters(void **state)
{
        _cleanup_world_ World *w = world_of(FOREIGN_VFIO_VIRQFD, "/etc/modules", "vfio_virqfd");

        assert_int_equal(world_n_findings(w, FINDING_STALE_VFIO_VIRQFD), 1);
        w->machine.n_devices = 0;
        w->changed = true;
        assert_no_findings(w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(ids_take_every_card_of_a_kind),
                cmocka_unit_test(an_argument_is_removed_from_the_boot_loader),
                cmocka_unit_test(a_blacklisted_driver),
                cmocka_unit_test(entries_for_a_device),
                cmocka_unit_test(arguments_that_say_nothing),
                cmocka_unit_test(without_a_gpu_none_of_it_matters),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
