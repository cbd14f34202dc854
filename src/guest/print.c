// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/guest.h"

static bool is_plain(const char *word)
{
        static const char allowed[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=,./:+@%";

        return *word && strspn(word, allowed) == strlen(word);
}

static void add_word(StrBuf *out, const char *word)
{
        if (is_plain(word)) {
                str_buf_add(out, word);
                return;
        }
        str_buf_add_char(out, '\'');
        for (; *word; word++)
                if (*word == '\'')
                        str_buf_add(out, "'\\''");
                else
                        str_buf_add_char(out, *word);
        str_buf_add_char(out, '\'');
}

/* Whether the word after this one is its argument: what comes next may begin with a dash as well. */
static bool takes_argument(const char *option)
{
        static const char *const alone[] = { "-nodefaults", "-no-user-config", "-S" };

        for (size_t i = 0; i < ARRAY_SIZE(alone); i++)
                if (streq(option, alone[i]))
                        return false;
        return option[0] == '-';
}

void guest_command_print(const GuestCommand *command, StrBuf *out)
{
        const StrList *argv = &command->argv;

        for (size_t i = 0; i < argv->n; i++) {
                add_word(out, argv->items[i]);
                if (takes_argument(argv->items[i]) && i + 1 < argv->n) {
                        str_buf_add_char(out, ' ');
                        add_word(out, argv->items[++i]);
                }
                str_buf_add_char(out, '\n');
        }
}
