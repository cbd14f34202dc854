// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/enum-table.h"

#include "util/buf.h"
#include "util/str.h"

const char *enum_to_string(const EnumTable *table, int value)
{
        return value >= 0 && (size_t)value < table->n ? table->names[value] : NULL;
}

int enum_from_string(const EnumTable *table, const char *s)
{
        for (size_t i = 0; i < table->n; i++)
                if (table->names[i] && streq(table->names[i], s))
                        return (int)i;
        return -EINVAL;
}

char *enum_choices(const EnumTable *table)
{
        StrBuf b = {};

        for (size_t i = 0; i < table->n; i++) {
                if (i > 0)
                        str_buf_add(&b, i + 1 == table->n ? " or " : ", ");
                str_buf_add(&b, table->names[i]);
        }
        return str_buf_take(&b);
}
