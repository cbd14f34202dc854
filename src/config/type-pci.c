// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/type.h"

#include "util/str.h"

static int address_parse(const Type *type, const char *s, void *value)
{
        return pci_address_parse(s, value);
}

static void address_format(const Type *type, const void *value, char buf[static FORMAT_MAX],
                           ConfigValue *ret)
{
        *ret = (ConfigValue){ .type = CONFIG_VALUE_STRING,
                              .string = pci_address_format(*(const PciAddress *)value, buf) };
}

/* What lspci shows on most machines is not a whole address. */
static void address_advise(const Type *type, const char *s, StrBuf *hint)
{
        _cleanup_free_ char *whole = format_string("0000:%s", s);
        PciAddress address;

        if (whole && pci_address_parse(whole, &address) >= 0)
                str_buf_printf(hint, "a PCI address needs its domain: %s", whole);
}

const Type type_address = {
        .name = "PCI address",
        .expected = "a PCI address such as 0000:01:00.0",
        .ops = &scalar_ops,
        .size = sizeof(PciAddress),
        .parse = address_parse,
        .format = address_format,
        .advise = address_advise,
};

static int pattern_parse(const Type *type, const char *s, void *value)
{
        return device_pattern_parse(s, value);
}

static void pattern_format(const Type *type, const void *value, char buf[static FORMAT_MAX],
                           ConfigValue *ret)
{
        *ret = (ConfigValue){ .type = CONFIG_VALUE_STRING,
                              .string = device_pattern_format(*(const DevicePattern *)value, buf) };
}

static void pattern_advise(const Type *type, const char *s, StrBuf *hint)
{
        _cleanup_free_ char *whole = format_string("%s:*", s);
        DevicePattern pattern;

        if (whole && device_pattern_parse(whole, &pattern) >= 0)
                str_buf_printf(hint, "all devices of a vendor are written %s", whole);
        else if (strstr(s, "0x") || strstr(s, "0X"))
                str_buf_add(hint, "IDs have no 0x: 10de:2204");
        else if (s[0] == '*')
                str_buf_add(hint, "a vendor must be named: 10de:*");
}

const Type type_pattern = {
        .name = "device pattern",
        .expected = "vendor:device or vendor:*, such as 10de:2204 or 10de:*",
        .ops = &scalar_ops,
        .size = sizeof(DevicePattern),
        .parse = pattern_parse,
        .format = pattern_format,
        .advise = pattern_advise,
};

static int pci_id_parse_value(const Type *type, const char *s, void *value)
{
        return pci_id_parse(s, value);
}

static void pci_id_format_value(const Type *type, const void *value, char buf[static FORMAT_MAX],
                                ConfigValue *ret)
{
        *ret = (ConfigValue){ .type = CONFIG_VALUE_STRING,
                              .string = pci_id_format(*(const PciId *)value, buf) };
}

const Type type_pci_id = {
        .name = "PCI ID",
        .expected = "vendor:device, such as 10de:2204",
        .ops = &scalar_ops,
        .size = sizeof(PciId),
        .parse = pci_id_parse_value,
        .format = pci_id_format_value,
};

/* "pci0000:00/0000:00:01.0": a host bridge and the bridges below it. */
static bool is_slot(const char *s)
{
        const char *p = startswith(s, "pci");
        size_t digits = p ? strspn(p, "0123456789abcdef") : 0;

        if (digits < 4 || digits > 8 || p[digits] != ':' ||
            strspn(p + digits + 1, "0123456789abcdef") != 2)
                return false;
        for (p += digits + 3; *p == '/';) {
                size_t n = strcspn(++p, "/");
                char part[PCI_ADDRESS_MAX];
                PciAddress address;

                if (n >= sizeof(part))
                        return false;
                memcpy(part, p, n);
                part[n] = '\0';
                if (pci_address_parse(part, &address) < 0)
                        return false;
                p += n;
        }
        return *p == '\0';
}

const Type type_slot = {
        .name = "slot",
        .expected = "the path above a device, such as pci0000:00/0000:00:01.0",
        .ops = &text_ops,
        .size = sizeof(char *),
        .parse = text_parse,
        .format = text_format,
        .check = is_slot,
};

/* An entry's name, or an address in its usual spelling. */
static int gpu_name_parse(const Type *type, const char *s, void *value)
{
        char buf[PCI_ADDRESS_MAX];
        PciAddress address;

        if (pci_address_parse(s, &address) >= 0)
                return free_and_strdup(value, pci_address_format(address, buf));
        return text_parse(&type_entry_name, s, value);
}

const Type type_gpu_name = {
        .name = "GPU",
        .expected = "the name of a gpus: entry, or a PCI address",
        .ops = &text_ops,
        .size = sizeof(char *),
        .parse = gpu_name_parse,
        .format = text_format,
        .advise = address_advise,
};
