// SPDX-License-Identifier: LGPL-2.1-or-later
/* Addresses, IDs and patterns of an allowlist: what parses is printed so that it parses to the same,
 * and a pattern made of an ID matches it. */
#include "fuzz.h"
#include "model/pci.h"

static void try_address(const char *s)
{
        char buf[PCI_ADDRESS_MAX];
        PciAddress a, again;

        if (pci_address_parse(s, &a) < 0)
                return;
        HOLDS(a.slot < 32 && a.function < 8);
        HOLDS(pci_address_parse(pci_address_format(a, buf), &again) >= 0);
        HOLDS(pci_address_equal(a, again));
        HOLDS(pci_address_same_slot(a, again));
}

static void try_id(const char *s)
{
        DevicePattern pattern;
        char buf[PCI_ID_MAX];
        PciId id, again;

        if (pci_id_parse(s, &id) < 0)
                return;
        HOLDS(pci_id_parse(pci_id_format(id, buf), &again) >= 0 && pci_id_equal(id, again));
        HOLDS(device_pattern_parse(s, &pattern) >= 0 && device_pattern_matches(pattern, id));
}

static void try_pattern(const char *s)
{
        DevicePattern pattern, again;
        char buf[PCI_ID_MAX];

        if (device_pattern_parse(s, &pattern) < 0)
                return;
        HOLDS(device_pattern_parse(device_pattern_format(pattern, buf), &again) >= 0);
        HOLDS(pattern.vendor == again.vendor && pattern.any_device == again.any_device);
        HOLDS(pattern.any_device || pattern.device == again.device);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *s = fuzz_string(data, size);

        try_address(s);
        try_id(s);
        try_pattern(s);
        return 0;
}
