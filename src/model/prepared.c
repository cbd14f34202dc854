// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/prepared.h"

DEFINE_ENUM_TABLE(prepared_result_table, "result", [PREPARED_READY] = "ready",
                  [PREPARED_REFUSED] = "refused", [PREPARED_FAILED] = "failed");

void prepared_list_done(PreparedList *list)
{
        for (size_t i = 0; i < list->n; i++) {
                free(list->items[i].role);
                free(list->items[i].name);
                free(list->items[i].message);
        }
        free(list->items);
        *list = (PreparedList){};
}
