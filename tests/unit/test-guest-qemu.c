// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is refused rather than started otherwise than declared. Whole command lines: tests/guest. */
#include "guest/guest.h"

#include "unit.h"

typedef struct World {
        Disk disk;
        Network network;
        Share share;
        StartDisk start_disk;
        StartNetwork start_network;
        StartFunction function;
        int share_fd;
        char *credential;
        Instance instance;
        GuestStart start;
} World;

/* One of everything, and a start that fits. */
static void world_init(World *w)
{
        *w = (World){
                .share = { .tag = (char *)"tag" },
                .start_disk = { .image = { .path = (char *)"/disk", .fd = -EBADF } },
                .start_network = { .fd = 4, .vhost_fd = -EBADF },
                .network = { .type = NETWORK_TAP },
                .function = { .sysfsdev = (char *)"/sys/x",
                          .romfile = (char *)"/rom",
                          .fd = -EBADF },
                .share_fd = 10,
                .credential = (char *)"/credential",
        };
        w->instance = (Instance){
                .name = (char *)"vm",
                .resources = { .cpu_cores = 1,      .memory_mb = 64 },
                .firmware = { .secure_boot = true, .tpm = true     },
                .disks = &w->disk,
                .n_disks = 1,
                .networks = &w->network,
                .n_networks = 1,
                .shares = &w->share,
                .n_shares = 1,
        };
        w->start = (GuestStart){
                .qemu = (char *)"/qemu",
                .qemu_major = 10,
                .console = (char *)"/console",
                .functions = &w->function,
                .n_functions = 1,
                .numa_node = -1,
                .firmware = { .code = (char *)"/code",
                             .vars = (char *)"/vars",
                             .secure_boot = true },
                .tpm_fd = 9,
                .disks = &w->start_disk,
                .n_disks = 1,
                .networks = &w->start_network,
                .n_networks = 1,
                .shares = &w->share_fd,
                .n_shares = 1,
                .seed = (char *)"/seed",
                .credentials = { .items = &w->credential, .n = 1 },
        };
}

static int command_of(const World *w)
{
        _cleanup_guest_command_ GuestCommand command = {};

        return guest_command(&w->instance, &w->start, &command);
}

static void no_text_of_any_kind_breaks_a_line(void **state)
{
        World w;
        char **texts[] = {
                &w.function.sysfsdev,
                &w.function.romfile,
                &w.start_disk.image.path,
                &w.credential,
                &w.share.tag,
                &w.disk.serial,
                &w.instance.name,
                &w.instance.machine.cpu,
                &w.network.mac,
                &w.start.console,
                &w.start.firmware.code,
                &w.start.firmware.vars,
                &w.start.seed,
                &w.instance.kernel.image,
        };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                world_init(&w);
                assert_int_equal(command_of(&w), 0);
                *texts[i] = (char[]){ "/a\nb" };
                print_message("# %zu\n", i);
                assert_int_equal(command_of(&w), -EINVAL);
        }
}

static void a_start_of_something_else(void **state)
{
        World w;

        world_init(&w);
        w.start.n_disks = 0;
        assert_int_equal(command_of(&w), -EINVAL);
        world_init(&w);
        w.start.n_networks = 0;
        assert_int_equal(command_of(&w), -EINVAL);
        world_init(&w);
        w.start.n_shares = 0;
        assert_int_equal(command_of(&w), -EINVAL);
        world_init(&w);
        w.start.qemu = NULL;
        assert_int_equal(command_of(&w), -EINVAL);
        world_init(&w);
        w.start.qemu = (char[]){ "qemu" };
        assert_int_equal(command_of(&w), -EINVAL);
}

static void what_is_declared_and_not_had(void **state)
{
        World w;

        world_init(&w);
        w.start.tpm_fd = -EBADF;
        assert_int_equal(command_of(&w), -EINVAL);
        world_init(&w);
        w.instance.firmware.tpm = false; /* nor the other way round */
        assert_int_equal(command_of(&w), -EINVAL);
        world_init(&w);
        w.start.firmware.secure_boot = false;
        assert_int_equal(command_of(&w), -EINVAL);
        world_init(&w);
        w.start_disk.image.path = NULL;
        assert_int_equal(command_of(&w), -EINVAL);
        world_init(&w);
        w.start_network.fd = -EBADF;
        assert_int_equal(command_of(&w), -EINVAL);
}

static void an_ipv6_forward(void **state)
{
        PortForward port = { .host_address = (char[]){ "::1" }, .host_port = 80, .guest_port = 80 };
        World w;

        world_init(&w);
        w.network = (Network){
                .type = NETWORK_USER, .ports = { .items = &port, .n = 1 }
        };
        assert_int_equal(command_of(&w), -EAFNOSUPPORT);
        port.host_address = (char[]){ "127.0.0.1" };
        assert_int_equal(command_of(&w), 0);
}

/* The last that has a place, and the first that has none. */
static void there_is_an_end_to_root_ports(void **state)
{
        static StartFunction functions[97];
        World w;

        world_init(&w);
        for (unsigned i = 0; i < ARRAY_SIZE(functions); i++)
                functions[i] = (StartFunction){ .address = { .bus = 1 }, .slot = i, .fd = -EBADF };
        w.start.functions = functions;
        w.start.n_functions = 96;
        assert_int_equal(command_of(&w), 0);
        w.start.n_functions = 97;
        assert_int_equal(command_of(&w), -E2BIG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_text_of_any_kind_breaks_a_line),
                cmocka_unit_test(a_start_of_something_else),
                cmocka_unit_test(what_is_declared_and_not_had),
                cmocka_unit_test(an_ipv6_forward),
                cmocka_unit_test(there_is_an_end_to_root_ports),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
