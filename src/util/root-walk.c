// SPDX-License-Identifier: LGPL-2.1-or-later
#include <limits.h>
#include <unistd.h>

#include "util/root-internal.h"

enum { MAX_LINKS = 40 };

/* A path on its way to being canonical: what is resolved, and what is not. */
typedef struct Walk {
        const Root *root;
        char done[PATH_MAX];
        char *todo;
        unsigned links;
} Walk;

static void walk_up(Walk *w)
{
        char *slash = strrchr(w->done, '/');

        if (slash)
                *slash = '\0';
        else
                w->done[0] = '\0';
}

static int walk_link(Walk *w, size_t parent, char *target, const char *rest)
{
        char *todo;
        int r = root_tell(w->root, ROOT_ENTRY_LINK, w->done, target, strlen(target));

        if (r < 0)
                return r;
        if (++w->links > MAX_LINKS)
                return -ELOOP;
        todo = format_string("%s/%s", target, rest);
        if (!todo)
                return -ENOMEM;
        free(w->todo);
        w->todo = todo;
        w->done[target[0] == '/' ? 0 : parent] = '\0';
        return 0;
}

/* Takes one component from `todo`; `rest` is what follows it. */
static int walk_into(Walk *w, const char *name, size_t n, const char *rest)
{
        size_t parent = strlen(w->done), used = parent;
        char target[PATH_MAX];
        ssize_t len;

        if (used + n + 2 > sizeof(w->done))
                return -ENAMETOOLONG;
        if (used > 0)
                w->done[used++] = '/';
        memcpy(w->done + used, name, n);
        w->done[used + n] = '\0';
        len = readlinkat(w->root->fd, w->done, target, sizeof(target) - 1);
        if (len < 0 && errno != EINVAL)
                return -errno;
        if (len < 0) {
                memmove(w->todo, rest, strlen(rest) + 1);
                return 0;
        }
        target[len] = '\0';
        return walk_link(w, parent, target, rest);
}

static int walk_step(Walk *w)
{
        char *name = w->todo + strspn(w->todo, "/");
        size_t n = strcspn(name, "/");
        const char *rest = name + n;

        if (n == 2 && name[0] == '.' && name[1] == '.')
                walk_up(w);
        else if (n > 1 || (n == 1 && name[0] != '.'))
                return walk_into(w, name, n, rest);
        memmove(w->todo, rest, strlen(rest) + 1);
        return 0;
}

int root_canonical(const Root *root, const char *path, char **ret)
{
        Walk w = { .root = root };
        int r = 0;

        if (startswith(path, "proc/")) {
                *ret = strdup(path);
                return *ret ? 0 : -ENOMEM;
        }
        w.todo = strdup(path);
        if (!w.todo)
                return -ENOMEM;
        while (r >= 0 && w.todo[strspn(w.todo, "/")])
                r = walk_step(&w);
        free(w.todo);
        if (r < 0)
                return r;
        *ret = strdup(w.done);
        return *ret ? 0 : -ENOMEM;
}
