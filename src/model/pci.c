// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/pci.h"

#include <string.h>

#include "util/parse.h"

/* Hexadecimal digits from *s up to `end`, between min and max of them; moves *s past `end`. */
static int take_hex(const char **s, char end, size_t min, size_t max, uint32_t *ret)
{
        const char *stop = end ? strchr(*s, end) : *s + strlen(*s);
        char digits[16];
        uint64_t v;
        size_t n;
        int r;

        if (!stop)
                return -EINVAL;
        n = (size_t)(stop - *s);
        if (n < min || n > max)
                return -EINVAL;
        memcpy(digits, *s, n);
        digits[n] = '\0';
        r = parse_hex(digits, max, &v);
        if (r < 0)
                return r;
        *s = end ? stop + 1 : stop;
        *ret = (uint32_t)v;
        return 0;
}

int pci_address_parse(const char *s, PciAddress *ret)
{
        uint32_t domain, bus, slot, function;
        int r;

        if ((r = take_hex(&s, ':', 4, 8, &domain)) < 0 || (r = take_hex(&s, ':', 2, 2, &bus)) < 0 ||
            (r = take_hex(&s, '.', 2, 2, &slot)) < 0 ||
            (r = take_hex(&s, '\0', 1, 1, &function)) < 0)
                return r;
        if (slot > 0x1f || function > 7)
                return -EINVAL;
        *ret = (PciAddress){
                .domain = domain,
                .bus = (uint8_t)bus,
                .slot = (uint8_t)slot,
                .function = (uint8_t)function,
        };
        return 0;
}

static char *put_hex(char *p, uint32_t value, unsigned digits)
{
        for (unsigned shift = digits * 4; shift > 0; shift -= 4)
                *p++ = "0123456789abcdef"[value >> (shift - 4) & 0xf];
        return p;
}

/* By hand, for all functions of a machine are named each time that it is looked at. */
char *pci_address_format(PciAddress a, char buf[static PCI_ADDRESS_MAX])
{
        unsigned digits = 4;
        char *p;

        while (digits < 8 && a.domain >> (digits * 4))
                digits++;
        p = put_hex(buf, a.domain, digits);
        *p++ = ':';
        p = put_hex(p, a.bus, 2);
        *p++ = ':';
        p = put_hex(p, a.slot & 0x1f, 2);
        *p++ = '.';
        p = put_hex(p, a.function & 7, 1);
        *p = '\0';
        return buf;
}

int pci_id_parse(const char *s, PciId *ret)
{
        uint32_t vendor, device;
        int r;

        if ((r = take_hex(&s, ':', 4, 4, &vendor)) < 0 ||
            (r = take_hex(&s, '\0', 4, 4, &device)) < 0)
                return r;
        *ret = (PciId){ .vendor = (uint16_t)vendor, .device = (uint16_t)device };
        return 0;
}

char *pci_id_format(PciId id, char buf[static PCI_ID_MAX])
{
        (void)snprintf(buf, PCI_ID_MAX, "%04x:%04x", id.vendor, id.device);
        return buf;
}

int device_pattern_parse(const char *s, DevicePattern *ret)
{
        DevicePattern p = {};
        uint32_t vendor;
        PciId id;
        int r = pci_id_parse(s, &id);

        if (r >= 0) {
                *ret = (DevicePattern){ .vendor = id.vendor, .device = id.device };
                return 0;
        }
        r = take_hex(&s, ':', 4, 4, &vendor);
        if (r < 0)
                return r;
        if (strcmp(s, "*") != 0)
                return -EINVAL;
        p.vendor = (uint16_t)vendor;
        p.any_device = true;
        *ret = p;
        return 0;
}

char *device_pattern_format(DevicePattern p, char buf[static PCI_ID_MAX])
{
        if (!p.any_device)
                return pci_id_format((PciId){ p.vendor, p.device }, buf);
        (void)snprintf(buf, PCI_ID_MAX, "%04x:*", p.vendor);
        return buf;
}
