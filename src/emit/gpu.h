// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "emit/json.h"
#include "emit/text.h"
#include "model/plan.h"

/* "NVIDIA GeForce RTX 3090"; "10de:2204" where the hwdb has no name. NULL when memory is short. */
char *pci_device_label(const PciDevice *device) _must_check_;

/* "display", "audio", "NVMe": what a function is, in a word; "class 0bd0" for the rest. */
enum { CLASS_LABEL_MAX = 16 };
char *class_label(uint16_t class, char buf[static CLASS_LABEL_MAX]);

void gpu_list_text(const Plan *plan, const TextFormat *format, StrBuf *out);

/* Every card with the functions that go along, and what else stands in their groups. */
void gpu_tree_text(const Plan *plan, const Machine *machine, const TextFormat *format, StrBuf *out);

Json *gpu_json(const GpuPlan *gpu);
Json *gpu_list_json(const Plan *plan);
