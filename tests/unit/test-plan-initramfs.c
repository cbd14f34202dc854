// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

#define VERSION "6.12.41+deb13-amd64"
#define STEP                                                                                       \
        "bind 0000:0c:00.0 reboot: bind to vfio-pci\n"                                             \
        "bind 0000:0c:00.1 reboot: bind to vfio-pci\n"

static char *carried[] = { (char *)"nouveau", (char *)"vfio_pci", (char *)"vfio_iommu_type1" };
static ImageDriver drivers[] = { { .module = (char *)"nouveau" } };

/* A card with its audio, both with native drivers; nouveau would take it in the initramfs. */
static World *world_image(void)
{
        World *w = world_watched(world_new());
        Kernel *k = w->kernels;

        world_console(w);
        world_gpu(w, "0000:0c:00.0");
        world_function(w, "0000:0c:00.1", PCI_CLASS_AUDIO, "10de:1aef", "snd_hda_intel", 12);
        world_entry(w, ROLE_PASSTHROUGH, "big", "0000:0c:00.0");
        *k = (Kernel){ .version = (char *)VERSION, .running = true };
        k->modules[MOD_VFIO_PCI] = k->modules[MOD_VFIO_IOMMU_TYPE1] = MODULE_LOADABLE;
        drivers[0].address = address_of("0000:0c:00.0");
        k->image = (InitramfsImage){
                .path = (char *)"boot/initrd.img-" VERSION,
                .modules = { .items = carried, .n = ARRAY_SIZE(carried) },
                .drivers = drivers,
                .n_drivers = 1,
        };
        w->machine.kernels = k;
        w->machine.n_kernels = 1;
        w->machine.initramfs_tool = INITRAMFS_TOOLS;
        return w;
}

static void assert_stale(World *w, const char *fault)
{
        _cleanup_free_ char *message = format_string(
                "the initramfs of kernel " VERSION " (/boot/initrd.img-" VERSION "): %s", fault);

        w->changed = true;
        assert_steps(w,
                     "initramfs " VERSION " boot: run update-initramfs -u -k " VERSION "\n" STEP);
        assert_string_equal(w->plan.steps[0].reason, fault);
        assert_message(w, FINDING_INITRAMFS_STALE, message);
}

static void assert_fine(World *w)
{
        w->changed = true;
        assert_steps(w, STEP);
        assert_int_equal(world_n_findings(w, FINDING_INITRAMFS_STALE), 0);
}

static void a_native_driver_without_the_binder(void **state)
{
        _cleanup_world_ World *w = world_image();

        assert_stale(w, "it carries nouveau, a native driver of GPU 0000:0c:00.0 (big), and not "
                        "gpuhost-bind");
        w->kernels[0].image.has_binder = true;
        assert_fine(w);
}

static void of_the_audio_function(void **state)
{
        _cleanup_world_ World *w = world_image();

        drivers[0].address = address_of("0000:0c:00.1");
        assert_stale(w, "it carries nouveau, a native driver of GPU 0000:0c:00.0 (big), and not "
                        "gpuhost-bind");
}

static void no_native_driver_no_need(void **state)
{
        _cleanup_world_ World *w = world_image();

        w->kernels[0].image.n_drivers = 0;
        w->kernels[0].image.modules.n = 0;
        w->kernels[0].image.difference = (char *)"etc/gpuhost/host.d/50-site.yaml";
        assert_fine(w);
        w->kernels[0].image.n_drivers = 1;
        drivers[0].address = address_of("0000:01:00.0"); /* another's */
        assert_fine(w);
        w->kernels[0].image.path = NULL; /* the kernel has none */
        assert_fine(w);
}

static void a_module_is_missing(void **state)
{
        _cleanup_world_ World *w = world_image();

        w->kernels[0].image.has_binder = true;
        w->kernels[0].image.modules.n = 2;
        assert_stale(w, "it carries gpuhost-bind, and not vfio_iommu_type1");
        w->kernels[0].modules[MOD_VFIO_IOMMU_TYPE1] = MODULE_BUILTIN;
        assert_fine(w);
}

static void another_configuration(void **state)
{
        _cleanup_world_ World *w = world_image();
        InitramfsImage *image = &w->kernels[0].image;

        image->has_binder = true;
        image->difference = (char *)"etc/gpuhost/host.d/50-site.yaml";
        assert_stale(w, "it carries gpuhost-bind and another configuration: "
                        "/etc/gpuhost/host.d/50-site.yaml differs");
        /* Nothing is taken any more, and it would go on taking. */
        w->entries[0].role = ROLE_HOST;
        w->changed = true;
        assert_steps(w, "boot-watchdog host boot: count boots no longer\n"
                        "initramfs " VERSION " boot: run update-initramfs -u -k " VERSION "\n");
}

/* With nobody to count boots nothing is bound in the initramfs. */
static void where_nobody_counts(void **state)
{
        _cleanup_world_ World *w = world_image();

        w->machine.boot_loader.watchdog = (BootWatchdog){ .left = BOOT_UNCOUNTED };
        assert_fine(w);
}

static void tools(void **state)
{
        _cleanup_world_ World *w = world_image();

        w->machine.initramfs_tool = INITRAMFS_DRACUT;
        assert_steps(w, "initramfs " VERSION " boot: run dracut --force --kver " VERSION "\n" STEP);
        w->machine.initramfs_tool = INITRAMFS_UNKNOWN;
        w->changed = true;
        assert_steps(w, STEP);
        assert_int_equal(world_n_findings(w, FINDING_INITRAMFS_STALE), 1);
        w->kernels[0].image.path = NULL;
        w->machine.initramfs_tool = INITRAMFS_MKINITCPIO;
        w->changed = true;
        assert_int_equal(world_n_findings(w, FINDING_INITRAMFS_UNMANAGED), 1);
        w->entries[0].role = ROLE_HOST;
        w->changed = true;
        assert_int_equal(world_n_findings(w, FINDING_INITRAMFS_UNMANAGED), 0);
}

static void what_cannot_be_read(void **state)
{
        _cleanup_world_ World *w = world_image();

        w->kernels[0].image.trouble = (char *)"it is damaged";
        assert_message(w, FINDING_INITRAMFS_UNREADABLE,
                       "the initramfs of kernel " VERSION " (/boot/initrd.img-" VERSION
                       "): it is damaged");
        assert_steps(w, STEP);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_native_driver_without_the_binder),
                cmocka_unit_test(of_the_audio_function),
                cmocka_unit_test(no_native_driver_no_need),
                cmocka_unit_test(a_module_is_missing),
                cmocka_unit_test(another_configuration),
                cmocka_unit_test(where_nobody_counts),
                cmocka_unit_test(tools),
                cmocka_unit_test(what_cannot_be_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
