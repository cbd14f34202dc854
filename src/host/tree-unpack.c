// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/tree.h"
#include "util/fd.h"
#include "util/str.h"

enum { MAX_TEXT = 64 * 1024 * 1024 };

/* The folder `name` (of n characters) below `dir`, made if need be. Never follows a link: tree_parse()
 * has refused entries below links, and nobody else can write here. */
static int enter_folder(int dir, const char *name, size_t n)
{
        _cleanup_free_ char *copy = strndup(name, n);
        int fd;

        if (!copy)
                return -ENOMEM;
        if (mkdirat(dir, copy, 0700) < 0 && errno != EEXIST)
                return -errno;
        fd = openat(dir, copy, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int open_parent(int dir, const char *path)
{
        int fd = openat(dir, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return -errno;
        for (const char *slash; fd >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
                int next = enter_folder(fd, path, (size_t)(slash - path));

                (void)close(fd);
                fd = next;
        }
        return fd;
}

static int write_file(int dir, const char *name, const TreeEntry *e)
{
        _cleanup_close_ int fd =
                openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        int r;

        if (fd < 0)
                return -errno;
        r = write_all(fd, e->data, e->size);
        if (r < 0)
                return r;
        return fchmod(fd, e->mode) < 0 ? -errno : 0;
}

/* Neighbours of a sorted tree mostly stand in one folder, which stays open. */
typedef struct Unpacking {
        int root, parent;
        const char *path; /* of an entry in `parent` */
        size_t n_parent;  /* how much of it names the folder */
} Unpacking;

static int enter_parent(Unpacking *u, const char *path)
{
        const char *slash = strrchr(path, '/');
        size_t n = slash ? (size_t)(slash - path) + 1 : 0;
        int fd;

        if (u->path && u->n_parent == n && strncmp(u->path, path, n) == 0)
                return 0;
        fd = open_parent(u->root, path);
        if (fd < 0)
                return fd;
        (void)safe_close(u->parent);
        *u = (Unpacking){ .root = u->root, .parent = fd, .path = path, .n_parent = n };
        return 0;
}

static int write_entry(Unpacking *u, const TreeEntry *e)
{
        const char *name;
        int r = enter_parent(u, e->path);

        if (r < 0)
                return r;
        name = e->path + u->n_parent;
        if (e->kind == TREE_FILE)
                return write_file(u->parent, name, e);
        if (e->kind == TREE_LINK)
                return symlinkat(e->data, u->parent, name) < 0 ? -errno : 0;
        return mkdirat(u->parent, name, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int write_tree(const char *dir, const Tree *tree)
{
        _cleanup_close_ int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        Unpacking u = { .root = fd, .parent = -EBADF };
        int r = fd < 0 ? -errno : 0;

        for (size_t i = 0; r >= 0 && i < tree->n; i++)
                r = write_entry(&u, tree->items + i);
        (void)safe_close(u.parent);
        return r;
}

static int read_tree(const char *file, Diag *diag, Tree *ret)
{
        _cleanup_close_ int fd = open(file, O_RDONLY | O_NOCTTY | O_CLOEXEC);
        _cleanup_free_ char *text = NULL;
        size_t n = 0;
        int r;

        if (fd < 0)
                return -errno;
        r = read_all(fd, MAX_TEXT, &text, &n);
        return r < 0 ? r : tree_parse(file, text, n, diag, ret);
}

int tree_unpack(const char *file, const char *parent, Diag *diag, char **ret_dir)
{
        _cleanup_(tree_removep) char *dir = NULL;
        _cleanup_free_ char *template = NULL;
        _cleanup_tree_ Tree tree = {};
        int r = read_tree(file, diag, &tree);

        if (r < 0)
                return r;
        template = format_string("%s/gpuhost-tree-XXXXXX", parent);
        if (!template)
                return -ENOMEM;
        if (!mkdtemp(template))
                return -errno;
        dir = TAKE_PTR(template);
        r = write_tree(dir, &tree);
        if (r < 0)
                return r;
        *ret_dir = TAKE_PTR(dir);
        return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
        (void)remove(path); /* what stays is in a folder of ours, and harmless */
        return 0;
}

char *tree_remove(char *dir)
{
        if (dir)
                (void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
        free(dir);
        return NULL;
}
