// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/prepared.h"

#include "host/note.h"
#include "util/buf.h"
#include "util/parse.h"

/*
 * The file is our own, JSON for others to read, and a role a line so that this will do: the strings of a
 * line are taken one by one. A line that is not as gpuhost-prepare writes it says nothing.
 */

enum { MAX_ROLES = 4096 };

/* "\u00e9": what is no ASCII is written so. Beyond what a byte holds a question mark will do. */
static bool add_escaped(StrBuf *b, const char **p)
{
        static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
        const char *letter = **p ? strchr(letters, **p) : NULL;
        char digits[5] = "";
        uint64_t code;

        if (letter) {
                str_buf_add_char(b, meant[letter - letters]);
                (*p)++;
                return true;
        }
        if (**p != 'u' || strnlen(*p + 1, 4) < 4)
                return false;
        memcpy(digits, *p + 1, 4);
        if (parse_hex(digits, 4, &code) < 0)
                return false;
        str_buf_add_char(b, code >= ' ' && code < 0x7f ? (char)code : '?');
        *p += 5;
        return true;
}

/* The string behind "KEY":. NULL for null, for no such key, and for what is no string. */
static char *text_of(const char *line, const char *key)
{
        _cleanup_free_ char *head = format_string("\"%s\":\"", key);
        _cleanup_str_buf_ StrBuf b = {};
        const char *p = head ? strstr(line, head) : NULL;

        if (!p)
                return NULL;
        for (p += strlen(head); *p && *p != '"';)
                if (*p != '\\')
                        str_buf_add_char(&b, *p++);
                else if (p++, !add_escaped(&b, &p))
                        return NULL;
        return *p == '"' ? str_buf_take(&b) : NULL;
}

static void prepared_done(Prepared *p)
{
        free(p->role);
        free(p->name);
        free(p->message);
}

static int role_line(void *userdata, char *line, unsigned number)
{
        _cleanup_free_ char *address = text_of(line, "address"), *result = text_of(line, "result");
        Machine *m = userdata;
        Prepared p = { .role = text_of(line, "role") };
        int value = result ? enum_from_string(&prepared_result_table, result) : -1;

        if (!p.role || value < 0 || m->prepared.n >= MAX_ROLES ||
            (address && pci_address_parse(address, &p.address) < 0)) {
                prepared_done(&p);
                return 0;
        }
        p.result = (PreparedResult)value;
        p.has_address = address;
        p.name = text_of(line, "name");
        p.message = text_of(line, "message");
        if (!GROW(m->prepared.items, m->prepared.n)) {
                prepared_done(&p);
                return -ENOMEM;
        }
        m->prepared.items[m->prepared.n++] = p;
        return 1;
}

int prepared_read(Root *root, const MachineWants *wants, Machine *m)
{
        int r = root_scan(root, PREPARED_FILE, 0, role_line, m);

        return r < 0 ? note_unseen(m, PREPARED_FILE, r) : 0;
}
