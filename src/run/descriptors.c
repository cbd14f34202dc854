// SPDX-License-Identifier: LGPL-2.1-or-later
#include "run/descriptors.h"

#include <systemd/sd-daemon.h>

#include "util/fd.h"

static void free_names(char **names)
{
        for (size_t i = 0; names && names[i]; i++)
                free(names[i]);
        free(names);
}

void descriptors_close(int *fds, size_t n)
{
        for (size_t i = 0; i < n; i++)
                fds[i] = safe_close(fds[i]);
}

static int place_of(const StrList *names, const char *name)
{
        for (size_t i = 0; i < names->n; i++)
                if (streq(names->items[i], name))
                        return (int)i;
        return -ENOENT;
}

static int put(const StrList *names, const char *name, int fd, int *fds, StrBuf *why)
{
        int place = place_of(names, name);

        if (place < 0 || fds[place] >= 0) {
                safe_close(fd);
                if (place < 0)
                        return 0;
                str_buf_printf(why, "the descriptor '%s' was passed on twice", name);
                return -ENOTUNIQ;
        }
        fds[place] = fd;
        return 0;
}

static int find_missing(const StrList *names, const int *fds, StrBuf *why)
{
        for (size_t i = 0; i < names->n; i++)
                if (fds[i] < 0) {
                        str_buf_printf(why, "the descriptor '%s' was not passed on",
                                       names->items[i]);
                        return -ENOENT;
                }
        return 0;
}

int descriptors_take(const StrList *names, int *ret, StrBuf *why)
{
        char **passed = NULL;
        int n = sd_listen_fds_with_names(true, &passed), r = n < 0 ? n : 0;

        for (size_t i = 0; i < names->n; i++)
                ret[i] = -EBADF;
        /* To the end also after a failure: each is put or closed. */
        for (int i = 0; i < n; i++) {
                int k = put(names, passed[i], SD_LISTEN_FDS_START + i, ret, why);

                r = r < 0 ? r : k;
        }
        free_names(passed);
        if (r >= 0)
                r = find_missing(names, ret, why);
        if (r < 0)
                descriptors_close(ret, names->n);
        return r;
}
