// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* How messages call things. */

#include "model/plan.h"
#include "util/buf.h"

/* Formatted into the block that says so: fit for the arguments of a printf. */
#define ADDRESS(a) pci_address_format((a), (char[PCI_ADDRESS_MAX]){})
#define ID(id)     pci_id_format((id), (char[PCI_ID_MAX]){})
#define LABEL(gpu) gpu_label((gpu), (char[GPU_LABEL_MAX]){}, GPU_LABEL_MAX)

enum { GPU_LABEL_MAX = PCI_ADDRESS_MAX + 64 };

/* "GPU 0000:01:00.0 (big)" */
char *gpu_label(const GpuPlan *gpu, char *buf, size_t size);

/* Adds the i-th of n words: "a", "a and b", "a, b and c"; past LIST_SHOWN of them "a, b … and 17
 * others". */
enum { LIST_SHOWN = 16 };
void words_add(StrBuf *b, const char *word, size_t i, size_t n);

/* "0000:02:00.0 (driver nvme, holds / (nvme0n1p2))" */
void words_add_device(StrBuf *b, const Machine *machine, const PciDevice *device, size_t i,
                      size_t n);

/* What a class of PCI functions is called: "network controller"; "device" for others. */
const char *pci_class_words(uint16_t class) _pure_;

/* " (/etc/gpuhost/host.d/50-site.yaml:4)", or nothing where the place is not known. */
void words_add_origin(StrBuf *b, Origin origin);

/* "10de:2204, subsystem 10de:147d": what a device is to be, its address apart. */
void words_add_match(StrBuf *b, const GpuMatch *match);

/* "GPU 0000:01:00.0 is host and GPU 0000:02:00.0 (big) is passthrough" */
void words_add_roles(StrBuf *b, const Plan *plan);
