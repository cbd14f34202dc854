// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/object.h"

/* The tables below host_table and instance_table. */
extern const KeyTable iommu_table, kernel_arguments_table, match_table, gpu_entry_table,
        page_entry_table, gpu_request_table, devices_table, resources_table, health_check_table,
        workload_table, machine_table, firmware_table, kernel_table, disk_table, disk_create_table,
        disk_backing_table, network_table, share_table, cloud_init_table, volume_table, mount_table;

#define TABLE_OF(T, rows) .keys = rows, .n_keys = ARRAY_SIZE(rows), .size = sizeof(T)

/* A row for an array of objects in `member` and their number in `n_member`, right after it. */
#define KEY_LIST(T, name, member, n_member, type, kinds, about)                                    \
        KEY(T, name, member, type,                                                                 \
            (kinds) + 0 * sizeof(struct {                                                          \
                              static_assert(offsetof(T, n_member) ==                               \
                                                    offsetof(T, member) + sizeof(void *),          \
                                            "the number follows the array");                       \
                              char unused;                                                         \
                      }),                                                                          \
            about)

#define OBJECT_TYPE(type, T, ops_, name_, expected_, table_)                                       \
        const Type type = {                                                                        \
                .name = name_,                                                                     \
                .expected = expected_,                                                             \
                .ops = &ops_,                                                                      \
                .size = sizeof(T),                                                                 \
                .table = &table_,                                                                  \
        }
