// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/addon.h"

#include <fcntl.h>
#include <unistd.h>

#include "model/machine.h"
#include "util/atomic.h"
#include "util/command.h"
#include "util/fd.h"
#include "util/kernel-arguments.h"
#include "util/pe.h"

#define LINE "run/gpuhost/addon.cmdline"
#define MADE "run/gpuhost/addon.efi"

enum { MAX_ADDON = 1024 * 1024 };

/* Python, on a slow machine. */
static const uint64_t timeout = UINT64_C(5) * 60 * 1000 * 1000;

static int render(const StrList *words, char **ret)
{
        _cleanup_str_buf_ StrBuf line = {};

        for (size_t i = 0; i < words->n; i++) {
                int r = kernel_arguments_add(&line, words->items[i]);

                if (r < 0)
                        return r;
        }
        *ret = str_buf_take(&line);
        return *ret ? 0 : -ENOMEM;
}

/* Exactly this line, and no kernel: a configuration of ukify's may have asked for more. */
static bool says(const char *data, size_t n, const char *line)
{
        const char *section;
        size_t size;

        return pe_find_section(data, n, ".linux", &section, &size) == -ENOENT &&
               pe_find_section(data, n, ".cmdline", &section, &size) == 0 && size == strlen(line) &&
               memcmp(section, line, size) == 0;
}

/* 1: the file says so. */
static int file_says(Root *root, const char *path, const char *line, char **ret_data, size_t *ret_n)
{
        int r = root_read_file(root, path, MAX_ADDON, ret_data, ret_n);

        if (r == -ENOMEM)
                return r;
        return r >= 0 && says(*ret_data, *ret_n, line);
}

static int run_ukify(const AddonMaker *maker, StrBuf *said)
{
        _cleanup_free_ char *line = format_string("--cmdline=@%s/" LINE, maker->top);
        _cleanup_free_ char *made = format_string("--output=%s/" MADE, maker->top);
        char *words[] = { (char *)maker->ukify, (char *)"build", line, made };
        const StrList argv = { .items = words, .n = ARRAY_SIZE(words) };
        int status = 0, r = line && made ? 0 : -ENOMEM;

        if (r >= 0)
                r = command_run(&argv, timeout, said, &status);
        return r < 0 ? r : status ? -EIO : 0;
}

/* Not where it is to be: ukify writes a file piece by piece. */
static int make_aside(Root *root, const AddonMaker *maker, const char *line, StrBuf *said,
                      char **ret_data, size_t *ret_n)
{
        int r = root_write_atomic(root, LINE, line, strlen(line), 0600);

        if (r >= 0)
                r = root_unlink_sync(root, MADE);
        if (r >= 0)
                r = run_ukify(maker, said);
        if (r >= 0)
                r = file_says(root, MADE, line, ret_data, ret_n);
        (void)!root_unlink_sync(root, LINE);
        (void)!root_unlink_sync(root, MADE);
        return r == 0 ? -EIO : r;
}

int addon_make(Root *root, const AddonMaker *maker, const char *esp, const StrList *words,
               StrBuf *said)
{
        _cleanup_free_ char *path = format_string("%s/" BOOT_ADDON, esp), *line = NULL;
        _cleanup_free_ char *there = NULL, *made = NULL;
        size_t n = 0;
        int r = path ? render(words, &line) : -ENOMEM;

        if (r >= 0)
                r = file_says(root, path, line, &there, &n);
        if (r != 0)
                return r < 0 ? r : root_write_clean(root, path);
        r = make_aside(root, maker, line, said, &made, &n);
        return r < 0 ? r : root_write_atomic(root, path, made, n, 0644);
}

/* The stub sees no difference between an empty folder and none. */
static int remove_folder(Root *root, const char *path)
{
        const char *slash = strrchr(path, '/');
        _cleanup_free_ char *folder = strndup(path, (size_t)(slash - path));
        char *name = folder ? strrchr(folder, '/') : NULL;
        _cleanup_close_ int fd = -EBADF;

        if (!name)
                return -ENOMEM;
        *name++ = '\0';
        fd = root_open_file(root, folder, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        if (unlinkat(fd, name, AT_REMOVEDIR) < 0)
                return errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST ? 0 : -errno;
        return fsync(fd) < 0 ? -errno : 0;
}

int addon_remove(Root *root, const char *esp)
{
        _cleanup_free_ char *path = format_string("%s/" BOOT_ADDON, esp);
        int r = path ? root_unlink_sync(root, path) : -ENOMEM;

        if (r >= 0)
                r = root_write_clean(root, path);
        return r < 0 ? r : remove_folder(root, path);
}
