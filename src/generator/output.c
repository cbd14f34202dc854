// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generator/output.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/fd.h"

int output_open(const char *folder, Output *ret)
{
        *ret = OUTPUT_NONE;
        if (!folder)
                return 0;
        ret->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return ret->dir < 0 ? -errno : 0;
}

void output_done(Output *out)
{
        out->dir = safe_close(out->dir);
        str_list_done(&out->said);
}

/* 1 when that path was not said before. */
static int say(Output *out, const char *path)
{
        int r;

        if (str_list_contains(&out->said, path))
                return 0;
        r = str_list_add(&out->said, path);
        return r < 0 ? r : 1;
}

static int make_folder(const Output *out, const char *folder)
{
        return mkdirat(out->dir, folder, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

static int say_link(Output *out, const char *link, const char *to)
{
        int r = say(out, link);

        if (r > 0)
                printf("%s -> %s\n", link, to);
        return r < 0 ? r : 0;
}

static int say_file(Output *out, const char *path, const char *text)
{
        int r = say(out, path);

        if (r > 0)
                printf("# %s\n%s\n", path, text);
        return r < 0 ? r : 0;
}

/* -ENAMETOOLONG for names that are none of ours. */
static int join(char path[static PATH_MAX], const char *folder, const char *suffix,
                const char *name)
{
        char *end;

        if (strlen(folder) + strlen(suffix) + strlen(name) + sizeof("/") > PATH_MAX)
                return -ENAMETOOLONG;
        end = stpcpy(stpcpy(path, folder), suffix);
        *end++ = '/';
        (void)stpcpy(end, name);
        return 0;
}

int output_link(Output *out, const char *target, const char *unit, const char *to)
{
        char link[PATH_MAX];
        int r = join(link, target, ".wants", unit);

        if (r < 0)
                return r;
        if (out->dir < 0)
                return say_link(out, link, to);
        if (symlinkat(to, out->dir, link) == 0 || errno == EEXIST)
                return 0;
        if (errno != ENOENT)
                return -errno;
        *strrchr(link, '/') = '\0';
        r = make_folder(out, link);
        if (r < 0)
                return r;
        r = join(link, target, ".wants", unit);
        return r < 0 ? r : symlinkat(to, out->dir, link) < 0 ? -errno : 0;
}

int output_file(Output *out, const char *path, const char *text, size_t n)
{
        _cleanup_close_ int fd = -EBADF;

        if (out->dir < 0)
                return say_file(out, path, text);
        fd = openat(out->dir, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd < 0)
                return errno == EEXIST ? 0 : -errno;
        return write_all(fd, text, n);
}

int output_dropin(Output *out, const char *unit, const char *text, size_t n)
{
        char path[PATH_MAX];
        int r = join(path, unit, ".d", "40-gpuhost.conf");

        if (r >= 0 && out->dir >= 0) {
                char *slash = strrchr(path, '/');

                *slash = '\0';
                r = make_folder(out, path);
                *slash = '/';
        }
        return r < 0 ? r : output_file(out, path, text, n);
}
