// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/identity.h"

#include "unit.h"

static Network networks[4];

static Instance instance_named(char *name)
{
        return (Instance){ .name = name, .networks = networks, .n_networks = ARRAY_SIZE(networks) };
}

static void addresses_are_of_one_card_and_nobodys(void **state)
{
        Instance instance = instance_named((char[]){ "vm-00" });
        GuestStart start = {};
        char mac[GUEST_MAC_MAX];

        for (unsigned n = 0; n < 100; n++) {
                unsigned first;

                instance.name[3] = (char)('0' + n / 10);
                instance.name[4] = (char)('0' + n % 10);
                (void)guest_mac(&instance, &start, n % 4, mac);
                assert_int_equal(strlen(mac), GUEST_MAC_MAX - 1);
                assert_int_equal(sscanf(mac, "%2x:", &first), 1);
                assert_int_equal(first & 3, 2);
        }
}

static void all_of_them_differ(void **state)
{
        Instance a = instance_named((char[]){ "a" }), b = instance_named((char[]){ "b" });
        GuestStart here = {}, there = { .host_id = { 1 } };
        char macs[5][GUEST_MAC_MAX], uuids[6][GUEST_UUID_MAX];

        (void)guest_mac(&a, &here, 0, macs[0]);
        (void)guest_mac(&a, &here, 1, macs[1]);
        (void)guest_mac(&b, &here, 0, macs[2]);
        (void)guest_mac(&a, &there, 0, macs[3]);
        (void)guest_mac(&a, &here, 3, macs[4]);
        (void)identity_uuid(&a, &here, uuids[0]);
        (void)identity_uuid(&b, &here, uuids[1]);
        (void)identity_uuid(&a, &there, uuids[2]);
        (void)guest_vgpu_uuid("a", 0, uuids[3]);
        (void)guest_vgpu_uuid("a", 1, uuids[4]);
        (void)guest_vgpu_uuid("b", 0, uuids[5]);
        for (size_t i = 0; i < ARRAY_SIZE(macs); i++)
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(macs[i], macs[k]);
        for (size_t i = 0; i < ARRAY_SIZE(uuids); i++)
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(uuids[i], uuids[k]);
}

static void the_file_decides(void **state)
{
        Instance instance = instance_named((char[]){ "a" });
        GuestStart start = {};
        char mac[GUEST_MAC_MAX];

        networks[1].mac = (char[]){ "52:54:00:AB:cd:ef" };
        assert_string_equal(guest_mac(&instance, &start, 1, mac), "52:54:00:AB:cd:ef");
        networks[1].mac = NULL;
}

static void a_uuid_says_that_it_is_random(void **state)
{
        Instance instance = instance_named((char[]){ "a" });
        GuestStart start = {};
        char uuid[GUEST_UUID_MAX];

        (void)identity_uuid(&instance, &start, uuid);
        assert_int_equal(strlen(uuid), GUEST_UUID_MAX - 1);
        assert_int_equal(uuid[14], '4');
        assert_non_null(strchr("89ab", uuid[19]));
        assert_int_equal(uuid[8], '-');
        assert_int_equal(uuid[23], '-');
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(addresses_are_of_one_card_and_nobodys),
                cmocka_unit_test(all_of_them_differ),
                cmocka_unit_test(the_file_decides),
                cmocka_unit_test(a_uuid_says_that_it_is_random),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
