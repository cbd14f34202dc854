// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/redact.h"

#include "unit.h"

typedef int (*Redact)(Redactor *r, const char *text, StrBuf *out);

static int text(Redactor *r, const char *s, StrBuf *out)
{
        return redact_text(r, s, strlen(s), false, out);
}

static void check(Redact redact, const char *before, const char *after)
{
        _cleanup_str_buf_ StrBuf once = {}, twice = {};
        Redactor r = {}, again = {};

        print_message("# %.*s\n", (int)strcspn(before, "\n"), before);
        assert_int_equal(redact(&r, before, &once), 0);
        assert_string_equal(str_buf_get(&once), after);
        assert_int_equal(redact(&again, after, &twice), 0);
        assert_string_equal(str_buf_get(&twice), after);
        redactor_done(&r);
        redactor_done(&again);
}

#define U1 "6c0f0d7b-5a3c-4f27-9d4e-0a4d9e9a1b2c"
#define U2 "0a1b2c3d-0000-4000-8000-aabbccddeeff"
#define P1 "00000000-0000-4000-8000-000000000001"
#define P2 "00000000-0000-4000-8000-000000000002"

static void identifiers(void **state)
{
        static const struct {
                const char *before, *after;
        } rows[] = {
                { "",                                                ""                                  },
                { "nothing of it",                                   "nothing of it"                     },
                { "a=" U1 " b=" U2 "," U1,                           "a=" P1 " b=" P2 "," P1             },
                { "UUID=6C0F0D7B-5A3C-4F27-9D4E-0A4D9E9A1B2C x " U1, "UUID=" P1 " x " P1                 },
                { U1 "0",                                            U1 "0"                              },
                { "x" U1,                                            "x" U1                              },
                { "LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
                 "LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"                                       },
                { "mac 00:e0:4C:68:00:01, 00:e0:4c:68:00:02.",
                 "mac 02:00:00:00:00:01, 02:00:00:00:00:02."                                             },
                { "0000:01:00.0 00:01:02:03:04:05:06",               "0000:01:00.0 00:01:02:03:04:05:06" },
                { "net/enx00e04c680001 00:e0:4c:68:00:01",
                 "net/enx020000000001 02:00:00:00:00:01"                                                 },
                { "enp5s0 enx00e04c68",                              "enp5s0 enx00e04c68"                },
                { "/dev/mapper/host--vg-root,/dev/mapper/luks-" U1,
                 "/dev/mapper/mapped-1,/dev/mapper/mapped-2"                                             },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                check(text, rows[i].before, rows[i].after);
}

static void placeholders_keep_their_numbers(void **state)
{
        _cleanup_str_buf_ StrBuf ignored = {}, out = {};
        Redactor r = { .surveying = true };

        assert_int_equal(text(&r, P2, &ignored), 0);
        r.surveying = false;
        assert_int_equal(text(&r, U1 " " P2, &out), 0);
        assert_string_equal(str_buf_get(&out), "00000000-0000-4000-8000-000000000003 " P2);
        redactor_done(&r);
}

static void arguments(void **state)
{
        static const struct {
                const char *before, *after;
        } rows[] = {
                { "BOOT_IMAGE=/boot/vmlinuz ro quiet",                    "BOOT_IMAGE=/boot/vmlinuz ro quiet"      },
                { "root=UUID=" U1 " rd.luks.uuid=" U1,                    "root=UUID=" P1 " rd.luks.uuid=redacted" },
                { "root=/dev/nvme0n1p2 resume=/dev/mapper/a",
                 "root=/dev/nvme0n1p2 resume=/dev/mapper/mapped-1"                                                 },
                { "root=LABEL=my-host root=PARTUUID=12-34",               "root=redacted root=redacted-2"          },
                { "ip=1.2.3.4 ip=5.6.7.8 ip=1.2.3.4",                     "ip=redacted ip=redacted-2 ip=redacted"  },
                { "systemd.hostname=secret rd.iscsi.password=hunter2",
                 "systemd.hostname=redacted rd.iscsi.password=redacted"                                            },
                { "vfio-pci.ids=10de:2204 vfio_pci.ids=1",
                 "vfio-pci.ids=10de:2204 vfio_pci.ids=1"                                                           },
                { "intel_iommu=on,sm_on kvm.ignore_msrs=1 hugepages=0:4",
                 "intel_iommu=on,sm_on kvm.ignore_msrs=1 hugepages=0:4"                                            },
                { "video=\"efifb:off x\" dyndbg=\"file a +p\"",
                 "\"video=efifb:off x\" dyndbg=redacted"                                                           },
                { "ro -- --password hunter2",                             "ro"                                     },
                { "empty= x",                                             "empty= x"                               },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                check(redact_arguments, rows[i].before, rows[i].after);
}

static void configuration(void **state)
{
        static const struct {
                const char *before, *after;
        } rows[] = {
                { "gpu: true\n",                                                             "gpu: true\n"                          },
                { "# by joe@example.org\n  # x\ngpu: true\n",                                "#\n  #\ngpu: true\n"                  },
                { "environment: {A: b, C: \"d, }\", \"E\": 1}\nx: y\n",
                 "environment: {A: redacted, C: redacted, \"E\": redacted}\nx: y\n"                                                 },
                { "environment: {A: b,\n  C: d}\nx: y\n",
                 "environment: {A: redacted,\n  C: redacted}\nx: y\n"                                                               },
                { "environment:\n  A: b # c\n  B: |\n    one\n    two\n  C: 'd: e'\nx: y\n",
                 "environment:\n  A: redacted\n  B: redacted\n\n\n  C: redacted\nx: y\n"                                            },
                { "environment:\n  A:\n  B: *ref\n\n  C: d\nx: y",
                 "environment:\n  A:\n  B: *ref\n\n  C: redacted\nx: y"                                                             },
                { "{\"a\": 1, \"environment\": {\"T\": \"a\\\"b\"}, \"x\": \"y\"}",
                 "{\"a\": 1, \"environment\": {\"T\": redacted}, \"x\": \"y\"}"                                                     },
                { "environment: {}\nmy_environment: {A: b}\n",
                 "environment: {}\nmy_environment: {A: b}\n"                                                                        },
                { "disks: [{source: \"UUID=" U1 "\"}]\n",                                    "disks: [{source: \"UUID=" P1 "\"}]\n" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                check(redact_yaml, rows[i].before, rows[i].after);
}

/* What was replaced elsewhere is replaced in the configuration too, so that entries still match. */
static void words_known_from_elsewhere(void **state)
{
        _cleanup_str_buf_ StrBuf ignored = {}, out = {};
        Redactor r = {};

        assert_int_equal(redact_value(&r, REDACT_SERIAL, "1324", &ignored), 0);
        assert_int_equal(redact_value(&r, REDACT_SERIAL, "1324-56", &ignored), 0);
        assert_int_equal(redact_argument(&r, "foo=bar", &ignored), 0);
        assert_int_equal(redact_yaml(&r,
                                     "match: {serial: \"1324\"}\nmatch: {serial: 1324-56}\n"
                                     "id: 21324\nextra: [\"foo=bar\", foo=bars]\n",
                                     &out),
                         0);
        assert_string_equal(str_buf_get(&out),
                            "match: {serial: \"serial-1\"}\nmatch: {serial: serial-2}\n"
                            "id: 21324\nextra: [\"foo=redacted\", foo=bars]\n");
        redactor_done(&r);
}

static void files(void **state)
{
        static const struct {
                const char *path, *before, *after;
        } rows[] = {
                { "proc/interrupts",                        "  0:  36  0  IR-IO-APIC  2-edge timer\n",                  " IR-IO-APIC\n"                                                  },
                { "proc/self/mountinfo",
                 "28 1 253:1 /@home / rw,relatime shared:1 - ext4 /dev/mapper/host-root rw,subvol=x\n",
                 "28 1 253:1 / / rw - ext4 /dev/mapper/mapped-1 rw\n"                                                                                                                    },
                { "proc/self/mountinfo",                    "28 1 0:30 / / rw - nfs4 server:/export rw,addr=1.2.3.4\n",
                 "28 1 0:30 / / rw - nfs4 redacted rw\n"                                                                                                                                 },
                { "proc/swaps",                             "Filename\t\tType\n/dev/dm-2   partition 838 17 -2\n",
                 "Filename\n/dev/dm-2\tpartition\t0\t0\t0\n"                                                                                                                             },
                { "proc/net/route",
                 "eth0\t00000000\t0102A8C0\t0003\t4\t5\t100\t00000000\t0\t0\t0\n",                                      "eth0\t00000000\t00000000\t0003\t0\t0\t100\t00000000\t0\t0\t0\n" },
                { "sys/devices/x/serial_number",            "00-11-22-33\n",                                            "serial-1\n"                                                     },
                { "sys/devices/virtual/block/dm-0/dm/name", "host-root\n",                                              "mapped-1\n"                                                     },
                { "var/lib/gpuhost/kernel-arguments",       "iommu.passthrough=1\nsecret=x\n",
                 "iommu.passthrough=1\nsecret=redacted\n"                                                                                                                                },
                { "etc/modprobe.d/a.conf",                  "options vfio-pci ids=10de:2204\n",
                 "options vfio-pci ids=10de:2204\n"                                                                                                                                      },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_str_buf_ StrBuf once = {}, twice = {};
                Redactor r = {};

                print_message("# %s\n", rows[i].path);
                assert_int_equal(redact_file(&r, rows[i].path, rows[i].before,
                                             strlen(rows[i].before), &once),
                                 0);
                assert_string_equal(str_buf_get(&once), rows[i].after);
                assert_int_equal(redact_file(&r, rows[i].path, once.data, once.len, &twice), 0);
                assert_string_equal(str_buf_get(&twice), rows[i].after);
                redactor_done(&r);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(identifiers),
                cmocka_unit_test(placeholders_keep_their_numbers),
                cmocka_unit_test(arguments),
                cmocka_unit_test(configuration),
                cmocka_unit_test(words_known_from_elsewhere),
                cmocka_unit_test(files),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
