// SPDX-License-Identifier: LGPL-2.1-or-later
#include "prepare/record.h"

#include "emit/json.h"
#include "model/message.h"
#include "util/atomic.h"
#include "util/log.h"

static const struct {
        const char *id, *words;
        int level;
} results[] = {
        [PREPARED_READY] = { MESSAGE_ROLE_READY,   "is ready",   LOG_INFO },
        [PREPARED_REFUSED] = { MESSAGE_ROLE_REFUSED, "is refused", LOG_ERR  },
        [PREPARED_FAILED] = { MESSAGE_ROLE_FAILED,  "has failed", LOG_ERR  },
};

static void log_role(const Prepared *p)
{
        char address[PCI_ADDRESS_MAX] = "";
        const LogField fields[] = {
                { "MESSAGE_ID", results[p->result].id },
                { "ROLE", p->role },
                { "GPU", p->name },
                { "PCI_ADDR", p->has_address ? pci_address_format(p->address, address) : NULL },
                { "PROBLEM", p->message },
        };

        log_fields(results[p->result].level, fields, ARRAY_SIZE(fields), "role %s%s%s%s%s%s %s%s%s",
                   p->role, p->has_address ? " of " : "", address, p->name ? " (" : "",
                   p->name ? p->name : "", p->name ? ")" : "", results[p->result].words,
                   p->message ? ": " : "", p->message ? p->message : "");
}

void record_log(const PreparedList *list)
{
        for (size_t i = 0; i < list->n; i++)
                log_role(list->items + i);
}

static Json *role_json(const Prepared *p)
{
        Json *object = json_map();

        json_put(&object, "role", json_text(p->role));
        json_put(&object, "address", p->has_address ? json_address(p->address) : json_nothing());
        json_put(&object, "name", json_text(p->name));
        json_put(&object, "result",
                 json_text(enum_to_string(&prepared_result_table, (int)p->result)));
        json_put(&object, "message", json_text(p->message));
        return object;
}

int record_write(Root *root, const PreparedList *list)
{
        _cleanup_str_buf_ StrBuf text = {};

        str_buf_add(&text, "{\"roles\":[\n");
        for (size_t i = 0; i < list->n; i++) {
                _cleanup_str_buf_ StrBuf line = {};

                json_print(role_json(list->items + i), JSON_SHORT, &line);
                text.failed |= line.failed;
                str_buf_printf(&text, "%s%s\n", strstrip(line.data ? line.data : (char[]){ "" }),
                               i + 1 < list->n ? "," : "");
        }
        str_buf_add(&text, "]}\n");
        return text.failed ? -ENOMEM
                           : root_write_atomic(root, PREPARED_FILE, text.data, text.len, 0644);
}
