// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* What gpuhost-prepare has made of what is declared. It leaves a file of it, a role a line, for those
 * who look later. */

#include "model/pci.h"
#include "util/enum-table.h"

#define PREPARED_FILE "run/gpuhost/state.json"

typedef enum PreparedResult {
        PREPARED_READY,
        PREPARED_REFUSED, /* the plan is against it, for a reason that is a finding of its own */
        PREPARED_FAILED,
} PreparedResult;

extern const EnumTable prepared_result_table;

typedef struct Prepared {
        char *role;       /* that something was given: "vgpu"; "hugepages" */
        bool has_address; /* of the GPU */
        PciAddress address;
        char *name; /* the GPU's; NULL: none */
        PreparedResult result;
        char *message; /* NULL: all well */
} Prepared;

typedef struct PreparedList {
        Prepared *items;
        size_t n;
} PreparedList;

void prepared_list_done(PreparedList *list);
#define _cleanup_prepared_ _cleanup_(prepared_list_done)
