// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/guest.h"

#include "util/buf.h"

/* SMBIOS tables of the kind that every QEMU makes end at 64 KiB, and other things are in them. */
enum { CREDENTIAL_MAX = 32 * 1024, CREDENTIAL_NAME_MAX = 255 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool is_name(const char *s)
{
        size_t n = strlen(s);

        if (n == 0 || n > CREDENTIAL_NAME_MAX || streq(s, ".") || streq(s, ".."))
                return false;
        for (; *s; s++)
                if (*s <= 0x20 || *s >= 0x7f || strchr("/:=", *s))
                        return false;
        return true;
}

static void add_base64(StrBuf *out, const uint8_t *data, size_t n)
{
        for (size_t i = 0; i < n; i += 3) {
                uint32_t group = (uint32_t)data[i] << 16;

                group |= i + 1 < n ? (uint32_t)data[i + 1] << 8 : 0;
                group |= i + 2 < n ? data[i + 2] : 0;
                str_buf_add_char(out, alphabet[group >> 18]);
                str_buf_add_char(out, alphabet[group >> 12 & 63]);
                str_buf_add_char(out, i + 1 < n ? alphabet[group >> 6 & 63] : '=');
                str_buf_add_char(out, i + 2 < n ? alphabet[group & 63] : '=');
        }
}

int guest_credential(const char *name, const void *value, size_t n, char **ret)
{
        StrBuf text = {};
        char *s;

        if (!is_name(name))
                return -EINVAL;
        if (n > CREDENTIAL_MAX)
                return -E2BIG;
        str_buf_printf(&text, "io.systemd.credential.binary:%s=", name);
        add_base64(&text, value, n);
        s = str_buf_take(&text);
        if (!s)
                return -ENOMEM;
        *ret = s;
        return 0;
}
