// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/macros.h"

/* domain:bus:slot.function. The domain is 16 bits nearly everywhere and 32 behind VMD. */
typedef struct PciAddress {
        uint32_t domain;
        uint8_t bus, slot, function;
} PciAddress;

enum { PCI_ADDRESS_MAX = sizeof("12345678:12:12.1") };

/* "0000:01:00.0", in either case; the domain has 4 to 8 digits and is never left out. */
int pci_address_parse(const char *s, PciAddress *ret) _must_check_;
char *pci_address_format(PciAddress a, char buf[static PCI_ADDRESS_MAX]);

/* The whole address as a number: order and equality. */
static inline uint64_t pci_address_key(PciAddress a)
{
        return (uint64_t)a.domain << 16 | (uint64_t)a.bus << 8 | (uint64_t)a.slot << 3 | a.function;
}

static inline bool pci_address_equal(PciAddress a, PciAddress b)
{
        return pci_address_key(a) == pci_address_key(b);
}

static inline int pci_address_compare(PciAddress a, PciAddress b)
{
        uint64_t x = pci_address_key(a), y = pci_address_key(b);

        return x < y ? -1 : x > y;
}

/* Functions of one device. */
static inline bool pci_address_same_slot(PciAddress a, PciAddress b)
{
        return pci_address_key(a) >> 3 == pci_address_key(b) >> 3;
}

typedef struct PciId {
        uint16_t vendor, device;
} PciId;

enum { PCI_ID_MAX = sizeof("1234:1234") };

/* "10de:2204" */
int pci_id_parse(const char *s, PciId *ret) _must_check_;
char *pci_id_format(PciId id, char buf[static PCI_ID_MAX]);

static inline bool pci_id_equal(PciId a, PciId b)
{
        return a.vendor == b.vendor && a.device == b.device;
}

/* "10de:2204", "10de:*": what an allowlist holds. */
typedef struct DevicePattern {
        uint16_t vendor, device;
        bool any_device;
} DevicePattern;

int device_pattern_parse(const char *s, DevicePattern *ret) _must_check_;
char *device_pattern_format(DevicePattern p, char buf[static PCI_ID_MAX]);

static inline bool device_pattern_matches(DevicePattern p, PciId id)
{
        return p.vendor == id.vendor && (p.any_device || p.device == id.device);
}

/* Class codes, without programming interface. */
typedef enum PciClass {
        PCI_CLASS_VGA = 0x0300,
        PCI_CLASS_3D = 0x0302,
        PCI_CLASS_AUDIO = 0x0403,
        PCI_CLASS_BRIDGE_HOST = 0x0600,
        PCI_CLASS_BRIDGE_PCI = 0x0604,
        PCI_CLASS_BRIDGE_OTHER = 0x0680,
        PCI_CLASS_SERIAL_USB = 0x0c03,
        PCI_CLASS_SERIAL_OTHER = 0x0c80, /* UCSI */
        PCI_CLASS_ACCELERATOR = 0x1200,
} PciClass;

static inline bool pci_class_is_display(uint16_t class)
{
        return class >> 8 == 0x03;
}

/* What gpuhost calls a GPU: display controllers and processing accelerators. */
static inline bool pci_class_is_gpu(uint16_t class)
{
        return pci_class_is_display(class) || class >> 8 == 0x12;
}

static inline bool pci_class_is_bridge(uint16_t class)
{
        return class >> 8 == 0x06;
}

/* Functions that a graphics card brings along and that move with it even at boot. */
static inline bool pci_class_is_companion(uint16_t class)
{
        return class == PCI_CLASS_AUDIO || class == PCI_CLASS_SERIAL_USB ||
               class == PCI_CLASS_SERIAL_OTHER;
}

/* Never taken at boot, when nobody can see yet what they do for the host. */
static inline bool pci_class_is_storage(uint16_t class)
{
        return class >> 8 == 0x01;
}

static inline bool pci_class_is_network(uint16_t class)
{
        return class >> 8 == 0x02;
}
