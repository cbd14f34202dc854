// SPDX-License-Identifier: LGPL-2.1-or-later
/* Memory that runs out, at every place where it can: each is -ENOMEM and leaves nothing. */
#include "failing-memory.h"

#include "guest/guest.h"

#include "unit.h"

static Disk disks[] = {
        { .source = (char[]){ "/a" }, .serial = (char[]){ "s" } }
};
static PortForward ports[] = {
        { .host_port = 80, .guest_port = 80 }
};
static Network networks[] = { { .ports = { .items = ports, .n = 1 } }, { .type = NETWORK_TAP } };
static Share shares[] = { { .tag = (char[]){ "t" } } };
static const Instance instance = {
        .name = (char[]){ "a" },
        .resources = { .cpu_cores = 2, .memory_mb = 64, .hugepages = 2 << 20 },
        .firmware = { .secure_boot = true, .tpm = true },
        .disks = disks,
        .n_disks = ARRAY_SIZE(disks),
        .networks = networks,
        .n_networks = ARRAY_SIZE(networks),
        .shares = shares,
        .n_shares = ARRAY_SIZE(shares),
};

static StartFunction functions[] = {
        { .fd = -EBADF },
        { .sysfsdev = (char[]){ "/sys/x" }, .slot = 1, .fd = -EBADF },
};
static StartDisk start_disks[] = { { .image = { .fd = 4 } } };
static StartNetwork start_networks[] = {
        { .fd = -EBADF, .vhost_fd = -EBADF },
        { .fd = 5,      .vhost_fd = 6      }
};
static const GuestStart start = {
        .qemu = (char[]){ "/qemu" },
        .qemu_major = 10,
        .console = (char[]){ "/console" },
        .functions = functions,
        .n_functions = ARRAY_SIZE(functions),
        .iommufd = true,
        .iommufd_fd = 7,
        .mmio64_mb = 65536,
        .firmware = { .code = (char[]){ "/c" },
                         .vars = (char[]){ "/v" },
                         .secure_boot = true,
                         .smm = true },
        .tpm_fd = 9,
        .disks = start_disks,
        .n_disks = ARRAY_SIZE(start_disks),
        .networks = start_networks,
        .n_networks = ARRAY_SIZE(start_networks),
        .shares = (int[]){ 10 },
        .n_shares = 1,
        .seed = (char[]){ "/seed" },
        .credentials = { .items = (char *[]){ (char[]){ "/credential" } }, .n = 1 },
        .vsock_cid = 3,
        .vsock_fd = 8,
        .notify_port = 9000,
};

static void every_place_of_a_command(void **state)
{
        _cleanup_guest_command_ GuestCommand command = {};
        size_t n;

        calls = failing = 0;
        assert_int_equal(guest_command(&instance, &start, &command), 0);
        n = calls;
        assert_true(n > 100);
        for (size_t i = 1; i <= n; i++) {
                GuestCommand none = {};
                int r;

                calls = 0;
                failing = i;
                r = guest_command(&instance, &start, &none);
                failing = 0;
                assert_int_equal(r, -ENOMEM);
                assert_null(none.argv.items);
        }
}

static void every_place_of_a_credential(void **state)
{
        char *text = NULL;

        for (size_t i = 1;; i++) {
                int r;

                calls = 0;
                failing = i;
                r = guest_credential("a", "value", 5, &text);
                failing = 0;
                if (r == 0)
                        break;
                assert_int_equal(r, -ENOMEM);
                assert_null(text);
        }
        free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_place_of_a_command),
                cmocka_unit_test(every_place_of_a_credential),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
