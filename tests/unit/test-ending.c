// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/ending.h"

#include <signal.h>
#include <sys/wait.h>

#include "unit.h"

static const struct {
        Ending ending;
        RunExit code;
        const char *words;
} cases[] = {
        { { .ran = true, .told = true, .guest_shutdown = true, .code = CLD_EXITED },
         RUN_EXIT_ENDED,                                                                                            "the guest shut down"                                 },
        { { .ran = true, .asked = true, .told = true, .guest_shutdown = true, .code = CLD_EXITED },
         RUN_EXIT_ENDED,                                                                                            "stopped, the guest shut down"                        },
        { { .ran = true, .asked = true, .forced = true, .told = true, .code = CLD_EXITED },
         RUN_EXIT_ENDED,                                                                                            "stopped, the guest did not shut down in time"        },
        { { .asked = true, .code = CLD_KILLED, .status = SIGTERM },                                 RUN_EXIT_ENDED, "stopped"                                             },
        { { .ran = true, .told = true, .code = CLD_EXITED },
         RUN_EXIT_ENDED,                                                                                            "QEMU was told to end"                                },
        /* A panic ends QEMU as a shutdown does. */
        { { .ran = true,
            .told = true,
            .guest_shutdown = true,
            .panicked = true,
            .code = CLD_EXITED },
         RUN_EXIT_PANIC,                                                                                            "the guest panicked"                                  },
        { { .ran = true, .unhealthy = (char *)"HTTP status 500", .code = CLD_EXITED },
         RUN_EXIT_UNHEALTHY,                                                                                        "the health check failed: HTTP status 500"            },
        { { .broken = (char *)"a message is too large", .code = CLD_KILLED, .status = SIGTERM },
         RUN_EXIT_QMP,                                                                                              "QMP: a message is too large"                         },
        { { .ran = true, .broken = (char *)"what", .code = CLD_DUMPED, .status = SIGSEGV },
         RUN_EXIT_KILLED,                                                                                           "QEMU was ended by SIGSEGV"                           },
        { { .code = CLD_EXITED, .status = 1, .last_words = "-device x: no" },
         RUN_EXIT_REFUSED,                                                                                          "QEMU refused to start, with status 1: -device x: no" },
        { { .code = CLD_EXITED, .last_words = "" },
         RUN_EXIT_REFUSED,                                                                                          "QEMU refused to start, with status 0"                },
        { { .ran = true, .code = CLD_EXITED, .status = 1 },
         RUN_EXIT_QEMU,                                                                                             "QEMU ended with status 1"                            },
        /* exit(0) without a word is what no QEMU does. */
        { { .ran = true, .code = CLD_EXITED },                                                      RUN_EXIT_QEMU,  "QEMU ended with status 0"                            },
        { { .ran = true, .asked = true, .code = CLD_EXITED, .status = 1 },
         RUN_EXIT_QEMU,                                                                                             "QEMU ended with status 1"                            },
        { { .ran = true, .code = CLD_DUMPED, .status = SIGSEGV, .last_words = "a / b" },
         RUN_EXIT_KILLED,                                                                                           "QEMU was ended by SIGSEGV: a / b"                    },
        { { .ran = true, .code = CLD_KILLED, .status = SIGTERM },
         RUN_EXIT_KILLED,                                                                                           "QEMU was ended by SIGTERM"                           },
        { { .ran = true, .asked = true, .code = CLD_KILLED, .status = SIGKILL },
         RUN_EXIT_KILLED,                                                                                           "QEMU was ended by SIGKILL"                           },
        { { .ran = true, .code = CLD_KILLED, .status = 40 },
         RUN_EXIT_KILLED,                                                                                           "QEMU was ended by signal 40"                         },
        { { .ran = true, .helper = "swtpm", .code = CLD_EXITED },
         RUN_EXIT_HELPER,                                                                                           "swtpm ended: its own unit tells why"                 },
        { { .helper = "swtpm", .code = CLD_EXITED, .status = 1, .last_words = "no TPM" },
         RUN_EXIT_HELPER,                                                                                           "swtpm ended: its own unit tells why: no TPM"         },
};

static void judged(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_str_buf_ StrBuf words = {};

                print_message("# %s\n", cases[i].words);
                assert_int_equal(ending_judge(&cases[i].ending, &words), cases[i].code);
                assert_string_equal(str_buf_get(&words), cases[i].words);
        }
}

/* Each code that is given stands in the table, once; none has a name with systemd or the LSB. */
static void table(void **state)
{
        for (size_t i = 0; i < ending_table_size; i++) {
                int code = (int)ending_table[i].code;

                assert_true(code <= 2 || (code >= 8 && code < 64));
                for (size_t j = 0; j < i; j++)
                        assert_true(ending_table[j].code < ending_table[i].code);
        }
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                size_t j = 0;

                while (ending_table[j].code != cases[i].code)
                        assert_true(++j < ending_table_size);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(judged),
                cmocka_unit_test(table),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
