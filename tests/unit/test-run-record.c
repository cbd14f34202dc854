// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/record.h"

#include <sys/stat.h>

#include "host.h"
#include "model/start.h"

static const char whole[] =
        "{\"name\": \"trainer\", \"file\": \"/etc/gpuhost/vm.d/trainer.yaml\","
        " \"argv\": [\"/usr/bin/qemu-system-x86_64\", \"-nodefaults\"],"
        " \"fds\": [\"disk0\", \"tap0\"], \"cpus\": [[0], [1, 5]], \"memory_mb\": 16384,"
        " \"prealloc\": true, \"gpus\": [\"0000:01:00.0\"],"
        " \"health\": {\"type\": \"http\", \"address\": \"127.0.0.1\", \"port\": 18080,"
        " \"endpoint\": \"/health\", \"timeout_ms\": 30000, \"interval_ms\": 10000, \"retries\": 3},"
        " \"vsock_cid\": 1030, \"stop_timeout_usec\": 90000000}";

static void assert_whole(const RunRecord *r)
{
        assert_string_equal(r->name, "trainer");
        assert_string_equal(r->file, "/etc/gpuhost/vm.d/trainer.yaml");
        assert_int_equal(r->argv.n, 2);
        assert_string_equal(r->argv.items[1], "-nodefaults");
        assert_int_equal(r->fds.n, 2);
        assert_string_equal(r->fds.items[1], "tap0");
        assert_int_equal(r->n_cpus, 2);
        assert_int_equal(r->cpus[0].n, 1);
        assert_int_equal(r->cpus[1].n, 2);
        assert_int_equal(r->cpus[1].items[1], 5);
        assert_int_equal(r->memory_mb, 16384);
        assert_true(r->prealloc);
        assert_string_equal(r->gpus.items[0], "0000:01:00.0");
        assert_int_equal(r->health.type, HEALTH_HTTP);
        assert_string_equal(r->health.address, "127.0.0.1");
        assert_int_equal(r->health.port, 18080);
        assert_string_equal(r->health.endpoint, "/health");
        assert_int_equal(r->health.timeout_ms, 30000);
        assert_int_equal(r->health.interval_ms, 10000);
        assert_int_equal(r->health.retries, 3);
        assert_int_equal(r->vsock_cid, 1030);
        assert_int_equal(r->stop_timeout_usec, 90000000);
}

static void there_and_back(void **state)
{
        _cleanup_run_record_ RunRecord first = {}, second = {};
        _cleanup_str_buf_ StrBuf why = {};
        _cleanup_free_ char *text = NULL;

        assert_int_equal(run_record_parse(whole, strlen(whole), &first, &why), 0);
        assert_whole(&first);
        assert_int_equal(run_record_format(&first, &text), 0);
        assert_int_equal(run_record_parse(text, strlen(text), &second, &why), 0);
        assert_whole(&second);
        assert_int_equal(why.len, 0);
}

/* With a part of it replaced. */
static char *changed(const char *text, const char *from, const char *to)
{
        const char *at = strstr(text, from);

        assert_non_null(at);
        return format_string("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static char *replaced(const char *from, const char *to)
{
        return changed(whole, from, to);
}

static void may_lack(void **state)
{
        _cleanup_free_ char *text = replaced(" \"cpus\": [[0], [1, 5]],", "");
        _cleanup_run_record_ RunRecord record = {};
        _cleanup_str_buf_ StrBuf why = {};

        assert_int_equal(run_record_parse(text, strlen(text), &record, &why), 0);
        assert_int_equal(record.n_cpus, 0);
}

static const struct {
        const char *from, *to, *why;
} wrongs[] = {
        { "\"name\": \"trainer\",",                             "",                            "name: missing"                                                  },
        { "\"trainer\"",                                        "5",                           "name: not a text"                                               },
        { "\"trainer\"",                                        "null",                        "name: not a text"                                               },
        { "\"trainer\"",                                        "\"../x\"",                    "name: not an instance's"                                        },
        { "[\"/usr/bin/qemu-system-x86_64\", \"-nodefaults\"]", "[]",                          "argv: not a list of texts"                                      },
        { "\"-nodefaults\"",                                    "1",                           "argv: not a list of texts"                                      },
        { "\"/usr/bin/",                                        "\"bin/",                      "argv: begins with no absolute path"                             },
        { "\"tap0\"",                                           "\"disk0\"",                   "fds: a name stands twice"                                       },
        { "\"tap0\"",                                           "\"a:b\"",                     "fds: not names of descriptors"                                  },
        { "\"tap0\"",                                           "\"\"",                        "fds: not names of descriptors"                                  },
        { "[1, 5]",                                             "[]",                          "cpus: not a list of CPU numbers for each of the machine's CPUs" },
        { "[1, 5]",                                             "[65536]",                     "cpus: not a list of CPU numbers for each of the machine's CPUs" },
        { "[1, 5]",                                             "[-1]",                        "cpus: not a list of CPU numbers for each of the machine's CPUs" },
        { "16384",                                              "0",                           "memory_mb: not a number in its range"                           },
        { "16384",                                              "1.5",                         "memory_mb: not a number in its range"                           },
        { "16384,",                                             "16384, \"memory_gb\": 1,",    "memory_gb: unknown key"                                         },
        { "true",                                               "1",                           "prealloc: not true or false"                                    },
        { "\"http\"",                                           "\"ping\"",                    "health.type: not running, ready, http or tcp"                   },
        { "\"retries\": 3",                                     "\"retrys\": 3",               "health.retries: missing"                                        },
        { "\"retries\": 3",                                     "\"retries\": 3, \"more\": 1", "health.more: unknown key"                                       },
        { "18080",                                              "65536",                       "health.port: not a number in its range"                         },
        { "18080",                                              "0",                           "health.port: not a port"                                        },
        { "\"127.0.0.1\"",                                      "null",                        "health.address: not a numeric address"                          },
        { "\"127.0.0.1\"",                                      "\"localhost\"",               "health.address: not a numeric address"                          },
        { "\"/health\"",                                        "\"health\"",                  "health.endpoint: not a path"                                    },
        { "\"/health\"",                                        "\"/a\\r\\nb\"",               "health.endpoint: not a path"                                    },
        { "30000",                                              "0",                           "health.timeout_ms: not a number in its range"                   },
        { "1030",                                               "3",                           "vsock_cid: below 1024"                                          },
        { "90000000",                                           "-1",                          "stop_timeout_usec: not a number in its range"                   },
        { "90000000",                                           "18446744073709551616",        "no JSON map: too big integer"                                   },
        { "\"trainer\"",                                        "\"a\\u0000b\"",               "no JSON map: \\u0000 is not allowed"                            },
        { "\"name\":",                                          "\"file\": \"/x\", \"name\":", "no JSON map: duplicate object key"                              },
};

static void refused(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(wrongs); i++) {
                _cleanup_free_ char *text = replaced(wrongs[i].from, wrongs[i].to);
                _cleanup_run_record_ RunRecord record = {};
                _cleanup_str_buf_ StrBuf why = {};

                print_message("# %s\n", wrongs[i].why);
                assert_int_equal(run_record_parse(text, strlen(text), &record, &why), -EBADMSG);
                assert_non_null(startswith(str_buf_get(&why), wrongs[i].why));
                assert_null(record.name);
        }
}

static void ready_wants_a_vsock(void **state)
{
        _cleanup_free_ char *with = replaced("\"http\"", "\"ready\""),
                            *without = changed(with, "1030", "0");
        _cleanup_run_record_ RunRecord record = {};
        _cleanup_str_buf_ StrBuf why = {};

        assert_int_equal(run_record_parse(with, strlen(with), &record, &why), 0);
        run_record_done(&record);
        assert_int_equal(run_record_parse(without, strlen(without), &record, &why), -EBADMSG);
        assert_string_equal(str_buf_get(&why), "vsock_cid: 0, and health.type is ready");
}

static void no_map(void **state)
{
        static const char *const texts[] = { "", "[]", "null", "{", "{} {}" };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                _cleanup_run_record_ RunRecord record = {};
                _cleanup_str_buf_ StrBuf why = {};

                assert_int_equal(run_record_parse(texts[i], strlen(texts[i]), &record, &why),
                                 -EBADMSG);
                assert_non_null(startswith(str_buf_get(&why), "no JSON map: "));
        }
}

static void too_large(void **state)
{
        _cleanup_run_record_ RunRecord record = {};
        _cleanup_str_buf_ StrBuf why = {}, text = {};

        str_buf_fill(&text, ' ', 1024 * 1024);
        str_buf_add(&text, whole);
        assert_int_equal(run_record_parse(text.data, text.len, &record, &why), -EBADMSG);
        assert_string_equal(str_buf_get(&why), "larger than 1 MiB");
}

static void a_file(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text("d run\n");
        _cleanup_run_record_ RunRecord first = {}, second = {};
        _cleanup_str_buf_ StrBuf why = {};
        _cleanup_free_ char *path = NULL;
        struct stat st;

        assert_int_equal(run_record_parse(whole, strlen(whole), &first, &why), 0);
        assert_int_equal(run_record_write(t.root, &first, getuid(), getgid(), &why), 0);
        assert_int_equal(run_record_read(t.root, "run/gpuhost/start/trainer.json", &second, &why),
                         0);
        assert_whole(&second);
        path = format_string("%s/run/gpuhost/start/trainer.json", t.dir);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0400);
        run_record_done(&second);
        assert_int_equal(run_record_read(t.root, "run/gpuhost/start/x.json", &second, &why),
                         -ENOENT);
}

/* What could not be read is not written. */
static void not_written(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text("d run\n");
        _cleanup_run_record_ RunRecord record = {};
        _cleanup_str_buf_ StrBuf why = {};

        assert_int_equal(run_record_parse(whole, strlen(whole), &record, &why), 0);
        record.health.port = 0;
        assert_int_equal(run_record_write(t.root, &record, getuid(), getgid(), &why), -EINVAL);
        assert_string_equal(str_buf_get(&why), "health.port: not a port");
        assert_false(root_exists(t.root, "run/gpuhost/start/trainer.json"));
}

static void who_is_at_the_other_end(void **state)
{
        const char *tpm = enum_to_string(&start_fd_kind_table, START_FD_TPM);

        assert_string_equal(run_fd_helper(tpm), "swtpm");
        assert_string_equal(run_fd_helper("share0"), "virtiofsd");
        assert_null(run_fd_helper("shared"));
        assert_null(run_fd_helper("tap0"));
        assert_null(run_fd_helper("tpmx"));
        assert_null(run_fd_helper("disk0"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_is_at_the_other_end),
                cmocka_unit_test(there_and_back),
                cmocka_unit_test(may_lack),
                cmocka_unit_test(refused),
                cmocka_unit_test(ready_wants_a_vsock),
                cmocka_unit_test(no_map),
                cmocka_unit_test(too_large),
                cmocka_unit_test(a_file),
                cmocka_unit_test(not_written),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
