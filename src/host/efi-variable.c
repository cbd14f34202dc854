// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/efi-variable.h"

#include <fcntl.h>

#include "util/fd.h"

/* efivarfs puts four bytes of attributes before the value. */
enum { ATTRIBUTES = 4, MAX_VARIABLE = 4096 };

/* UTF-16LE. */
static int decode(const char *data, size_t n, char *buf, size_t size)
{
        size_t len = 0;

        if (n < ATTRIBUTES || n % 2 != 0)
                return -EBADMSG;
        for (size_t i = ATTRIBUTES; i < n && len < size - 1; i += 2) {
                unsigned char low = (unsigned char)data[i];

                if (!low && !data[i + 1])
                        break;
                buf[len++] = data[i + 1] || low < ' ' || low >= 0x7f ? '?' : (char)low;
        }
        buf[len] = '\0';
        return 0;
}

int efi_variable_text(Root *root, const char *path, char *buf, size_t size)
{
        _cleanup_free_ char *data = NULL;
        size_t n = 0;
        int r = root_read_file(root, path, MAX_VARIABLE, &data, &n);

        return r < 0 ? r : decode(data, n, buf, size);
}

int efi_variable_secret_text(Root *root, const char *path, char *buf, size_t size)
{
        _cleanup_close_ int fd = root_open_file(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        _cleanup_free_ char *data = NULL;
        size_t n = 0;
        int r = fd < 0 ? fd : read_all(fd, MAX_VARIABLE, &data, &n);

        return r < 0 ? r : decode(data, n, buf, size);
}

bool efi_variable_is_true(Root *root, const char *path)
{
        _cleanup_free_ char *data = NULL;
        size_t n = 0;

        return root_read_file(root, path, MAX_VARIABLE, &data, &n) >= 0 && n == ATTRIBUTES + 1 &&
               data[ATTRIBUTES];
}
