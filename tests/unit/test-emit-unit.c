// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/unit.h"

#include <string.h>

#include "unit.h"
#include "util/str.h"

typedef void (*Writer)(UnitText *unit, const char *key, const char *value);

/* What the writer makes of a value: the line without its key and newline; NULL: it refused. */
static char *written(Writer writer, const char *value)
{
        _cleanup_unit_text_ UnitText unit = {};
        const char *text;
        size_t n;

        writer(&unit, "Key", value);
        if (unit_text_get(&unit, &text, &n) < 0)
                return NULL;
        assert_int_equal(strlen(text), n);
        assert_ptr_equal(startswith(text, "Key="), text + 4);
        assert_ptr_equal(strchr(text, '\n'), text + n - 1);
        return strndup(text + 4, n - 5);
}

/* A line that ends in an odd backslash goes on below. */
static bool goes_on(const char *line)
{
        bool escaped = false;

        for (; *line; line++)
                escaped = !escaped && *line == '\\';
        return escaped;
}

/* %% is a percent sign, and no other specifier may be left. */
static char *expand(char *value)
{
        char *to = value;

        for (const char *p = value; *p; p++) {
                if (*p == '%')
                        assert_int_equal(*++p, '%');
                *to++ = *p;
        }
        *to = '\0';
        return value;
}

/* What PID 1 makes of the rest of a line: blanks around it are cut off. */
static char *read_value(char *line)
{
        assert_false(goes_on(line));
        return expand(strstrip(line));
}

/* The first word of a list, and that nothing follows it. */
static char *read_word(char *line)
{
        bool quoted = *line == '"', ended = !quoted;
        char *to = line;

        assert_false(goes_on(line));
        for (const char *p = line + quoted; *p; p++) {
                assert_true(!ended || !quoted);
                if (quoted && *p == '"') {
                        ended = true;
                        continue;
                }
                if (quoted && *p == '\\')
                        p++;
                else
                        assert_true(quoted || !strchr(" \t'\"\\", *p));
                *to++ = *p;
        }
        assert_true(ended);
        *to = '\0';
        return expand(line);
}

static void values(void **state)
{
        static const struct {
                const char *value, *line;
        } rows[] = {
                { "plain text; # = [x]", "plain text; # = [x]"   },
                { "100% of %i and %%",   "100%% of %%i and %%%%" },
                { "ends in \\",          "ends in \\ "           },
                { "",                    ""                      },
                { "caf\xc3\xa9",         "caf\xc3\xa9"           },
                { "a\nExecStart=/bin/x", NULL                    },
                { "a\rb",                NULL                    },
                { "a\tb",                NULL                    },
                { "\x7f",                NULL                    },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_free_ char *line = written(unit_value, rows[i].value);

                if (rows[i].line)
                        assert_string_equal(line, rows[i].line);
                else
                        assert_null(line);
        }
}

static void words(void **state)
{
        static const struct {
                const char *word, *line;
        } rows[] = {
                { "/srv/a.raw", "/srv/a.raw"     },
                { "/a b/c",     "\"/a b/c\""     },
                { "/a\"b",      "\"/a\\\"b\""    },
                { "/a'b",       "\"/a'b\""       },
                { "/a\\",       "\"/a\\\\\""     },
                { "/100%/%i",   "/100%%/%%i"     },
                { "/1 % \\",    "\"/1 %% \\\\\"" },
                { "",           NULL             },
                { "/a\n/b",     NULL             },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_free_ char *line = written(unit_word, rows[i].word);

                if (rows[i].line)
                        assert_string_equal(line, rows[i].line);
                else
                        assert_null(line);
        }
}

static void prose_is_always_shown(void **state)
{
        _cleanup_free_ char *steering = written(unit_prose, "a\033[31m\nb\tc 5%"), *cut = NULL,
                            *longer = malloc(4096);

        assert_string_equal(steering, "a\\x1b[31m\\nb\\tc 5%%");
        assert_non_null(longer);
        memset(longer, 'x', 399);
        (void)snprintf(longer + 399, 4096 - 399, "%s", "\xc3\xa9 and so on");
        cut = written(unit_prose, longer);
        assert_int_equal(strlen(cut), 399 + strlen("…"));
        assert_string_equal(cut + 399, "…");
}

/* Any text comes out as it went in, or not at all: each of 20,000 made of what is special. */
static void whatever_is_written_is_read_again(void **state)
{
        static const char special[] = "%%\\\\\"\"'' \t\n\r=[]#;$ai\x7f\xc3\xa9";
        uint64_t random = 1;
        size_t kept = 0;

        for (size_t round = 0; round < 20000; round++) {
                char value[12] = "";
                size_t n = round % (sizeof(value) - 1);

                for (size_t i = 0; i < n; i++) {
                        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
                        value[i] = special[(random >> 33) % (sizeof(special) - 1)];
                }
                for (size_t i = 0; i < 2; i++) {
                        _cleanup_free_ char *line = written(i ? unit_word : unit_value, value);
                        _cleanup_free_ char *wanted = strdup(value);

                        if (!line) {
                                assert_true(!*value || strpbrk(value, "\t\n\r\x7f"));
                                continue;
                        }
                        assert_non_null(wanted);
                        if (i)
                                assert_string_equal(read_word(line), wanted);
                        else
                                assert_string_equal(read_value(line), strstrip(wanted));
                        kept++;
                }
        }
        assert_true(kept > 5000);
}

static void sections(void **state)
{
        _cleanup_unit_text_ UnitText unit = {};
        const char *text;
        size_t n;

        for (size_t i = 0; i < 2; i++) {
                unit_comment(&unit, "of ours");
                unit_section(&unit, "Unit");
                unit_value(&unit, "A", "b");
                unit_section(&unit, "Service");
                assert_int_equal(unit_text_get(&unit, &text, &n), 0);
                assert_string_equal(text, "# of ours\n\n[Unit]\nA=b\n\n[Service]\n");
                unit_value(&unit, "A", "\n");
                assert_int_equal(unit_text_get(&unit, &text, &n), -EINVAL);
                unit_text_clear(&unit);
        }
}

static void device_names(void **state)
{
        static const struct {
                const char *path, *name;
        } rows[] = {
                { "/dev/sda1",              "dev-sda1.device"                      },
                { "/dev/disk/by-uuid/3f-1", "dev-disk-by\\x2duuid-3f\\x2d1.device" },
                { "/dev//mapper/vg-a b",    "dev-mapper-vg\\x2da\\x20b.device"     },
                { "/.dev/x%i\\",            "\\x2edev-x\\x25i\\x5c.device"         },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_free_ char *name = unit_name_of_device(rows[i].path);

                assert_string_equal(name, rows[i].name);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(values),
                cmocka_unit_test(words),
                cmocka_unit_test(prose_is_always_shown),
                cmocka_unit_test(whatever_is_written_is_read_again),
                cmocka_unit_test(sections),
                cmocka_unit_test(device_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
