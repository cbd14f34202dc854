// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/grubenv.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/fd.h"

enum { MAX_BLOCK = 64 * 1024 };

static const char signature[] = "# GRUB Environment Block\n";

/* Behind the line that begins at p. A backslash takes the next character as it is, a newline too. */
static char *next_line(char *p, const char *end)
{
        while (p < end && *p != '\n')
                p += *p == '\\' && p + 1 < end ? 2 : 1;
        return p < end ? p + 1 : (char *)end;
}

/* Where the padding begins, behind the last line. */
static char *end_of_text(char *block, size_t n)
{
        char *end = block + n;

        while (end > block && end[-1] == '#')
                end--;
        return end;
}

static bool is_line_of(const char *line, const char *end, const char *name)
{
        size_t n = strlen(name);

        return (size_t)(end - line) > n && strncmp(line, name, n) == 0 && line[n] == '=';
}

int grubenv_set(char *block, size_t n, const char *name, const char *value)
{
        _cleanup_free_ char *line = value ? format_string("%s=%s\n", name, value) : strdup("");
        char *end, *at, *behind;
        size_t length, rest;

        if (!line)
                return -ENOMEM;
        if (n < strlen(signature) || memcmp(block, signature, strlen(signature)) != 0)
                return -EBADMSG;
        end = end_of_text(block, n);
        if (end[-1] != '\n')
                return -EBADMSG;
        for (at = block + strlen(signature); at < end; at = next_line(at, end))
                if (is_line_of(at, end, name))
                        break;
        behind = at < end ? next_line(at, end) : end;
        length = strlen(line);
        rest = (size_t)(end - behind);
        if (length == (size_t)(behind - at) && memcmp(at, line, length) == 0)
                return 0;
        if ((size_t)(at - block) + length + rest > n)
                return -ENOSPC;
        memmove(at + length, behind, rest);
        memcpy(at, line, length);
        memset(at + length + rest, '#', n - (size_t)(at - block) - length - rest);
        return 1;
}

static int write_in_place(int fd, const char *block, size_t n)
{
        ssize_t written = pwrite(fd, block, n, 0);

        if (written < 0)
                return -errno;
        if ((size_t)written != n)
                return -EIO;
        return fsync(fd) < 0 ? -errno : 0;
}

int grubenv_write(Root *root, const char *name, const char *value)
{
        _cleanup_close_ int fd = root_open_file(root, GRUBENV_FILE, O_RDWR | O_NOCTTY);
        _cleanup_free_ char *block = NULL;
        struct stat st;
        size_t n = 0;
        int r;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EBADMSG;
        r = read_all(fd, MAX_BLOCK, &block, &n);
        if (r >= 0)
                r = grubenv_set(block, n, name, value);
        return r <= 0 ? r : write_in_place(fd, block, n);
}
