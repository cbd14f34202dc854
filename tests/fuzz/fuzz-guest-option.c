// SPDX-License-Identifier: LGPL-2.1-or-later
/* Values of an option: QEMU reads back what was written, or nothing was written. */
#include "fuzz.h"

#include "guest/option.h"

/* As QEMU's get_opt_value() does: to the first comma that is not doubled. */
static char *read_value(const char **s)
{
        StrBuf value = {};

        for (; **s; ++*s) {
                if (**s == ',') {
                        ++*s;
                        if (**s != ',')
                                break;
                }
                str_buf_add_char(&value, **s);
        }
        return str_buf_take(&value);
}

static bool has_control(const char *s)
{
        for (; *s; s++)
                if ((unsigned char)*s < ' ' || *s == 0x7f)
                        return true;
        return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *text = fuzz_string(data, size), *first = NULL, *second = NULL;
        _cleanup_words_ Words words = {};
        Option option = option_begin(&words, "-o", NULL);
        const char *written;

        option_text(&option, "a", text);
        option_text(&option, "b", text);
        option_end(&option);
        HOLDS((words.error < 0) == has_control(text));
        if (words.error < 0)
                return 0;
        written = startswith(words.list.items[1], "a=");
        HOLDS(written);
        first = read_value(&written);
        HOLDS(first && streq(first, text));
        written = startswith(written, "b=");
        HOLDS(written);
        second = read_value(&written);
        HOLDS(second && streq(second, text) && !*written);
        return 0;
}
