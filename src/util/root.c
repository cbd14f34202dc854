// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/root.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/fd.h"

enum { MAX_LINKS = 40, MAX_SCAN = 64 * 1024 * 1024 };

struct Root {
        int fd;
        bool is_host;
        bool walk; /* resolve component by component: observed, or openat2 refused */
        const RootObserver *observer;
};

int root_open(const char *path, Root **ret)
{
        _cleanup_(root_freep) Root *root = calloc(1, sizeof(Root));
        struct stat here, real;

        if (!root)
                return -ENOMEM;
        root->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root->fd < 0)
                return -errno;
        if (fstat(root->fd, &here) < 0 || stat("/", &real) < 0)
                return -errno;
        root->is_host = here.st_dev == real.st_dev && here.st_ino == real.st_ino;
        *ret = TAKE_PTR(root);
        return 0;
}

Root *root_free(Root *root)
{
        if (root)
                (void)safe_close(root->fd);
        free(root);
        return NULL;
}

bool root_is_host(const Root *root)
{
        return root->is_host;
}

void root_observe(Root *root, const RootObserver *observer)
{
        root->observer = observer;
        root->walk = root->walk || observer;
}

static int tell(const Root *root, RootEntry type, const char *path, const char *data, size_t n)
{
        return root->observer ? root->observer->saw(root->observer->userdata, type, path, data, n)
                              : 0;
}

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
        int r = tell(w->root, ROOT_ENTRY_LINK, w->done, target, strlen(target));

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

/* Where `path` leads inside the root, all links resolved. Below proc/ nothing is. */
static int canonical(const Root *root, const char *path, char **ret)
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

static int open_walking(const Root *root, const char *path, int flags)
{
        _cleanup_free_ char *real = NULL;
        int fd, r = canonical(root, path, &real);

        if (r < 0)
                return r;
        fd = openat(root->fd, *real ? real : ".", flags | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int root_open_file(Root *root, const char *path, int flags)
{
        struct open_how how = {
                .flags = (uint64_t)(flags | O_CLOEXEC),
                .resolve = RESOLVE_IN_ROOT,
        };
        int fd;

        path += strspn(path, "/");
        if (!*path)
                path = ".";
        if (root->walk)
                return open_walking(root, path, flags);
        if (root->is_host) {
                fd = openat(root->fd, path, flags | O_CLOEXEC);
                return fd < 0 ? -errno : fd;
        }
        fd = (int)syscall(SYS_openat2, root->fd, path, &how, sizeof(how));
        if (fd >= 0)
                return fd;
        if (errno != ENOSYS && errno != EPERM)
                return -errno;
        root->walk = true;
        return open_walking(root, path, flags);
}

/* The name under which an observer hears of `path`; NULL is fine where there is none. */
static int observed_name(const Root *root, const char *path, char **ret)
{
        *ret = NULL;
        return root->observer ? canonical(root, path, ret) : 0;
}

bool root_exists(Root *root, const char *path)
{
        _cleanup_close_ int fd = root_open_file(root, path, O_PATH);
        _cleanup_free_ char *name = NULL;
        struct stat st;

        if (fd < 0)
                return false;
        if (observed_name(root, path, &name) == 0 && name && fstat(fd, &st) == 0)
                (void)tell(root, S_ISDIR(st.st_mode) ? ROOT_ENTRY_DIR : ROOT_ENTRY_FILE, name, NULL,
                           0);
        return true;
}

int root_read_file(Root *root, const char *path, size_t max, char **ret, size_t *ret_size)
{
        _cleanup_close_ int fd = root_open_file(root, path, O_RDONLY);
        _cleanup_free_ char *name = NULL, *data = NULL;
        size_t n = 0;
        int r;

        if (fd < 0)
                return fd;
        r = read_all(fd, max, &data, &n);
        if (r < 0)
                return r;
        r = observed_name(root, path, &name);
        if (r >= 0 && name)
                r = tell(root, ROOT_ENTRY_FILE, name, data, n);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(data);
        if (ret_size)
                *ret_size = n;
        return 0;
}

int root_read_link(Root *root, const char *path, char **ret)
{
        const char *name = strrchr(path, '/');
        _cleanup_free_ char *parent = strndup(path, name ? (size_t)(name - path) : 0);
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        char target[PATH_MAX];
        int r;

        if (!parent)
                return -ENOMEM;
        r = root_dir_open(root, parent, &dir);
        if (r < 0)
                return r;
        r = root_dir_read_link(&dir, name ? name + 1 : path, target, sizeof(target));
        if (r < 0)
                return r;
        *ret = strdup(target);
        return *ret ? 0 : -ENOMEM;
}

/* Tells of an entry of a folder that was listed, so that listing the capture gives the same. */
static int tell_entry(const RootDir *dir, const char *name)
{
        _cleanup_free_ char *path = format_string("%s/%s", dir->path, name);
        char target[PATH_MAX];
        struct stat st;
        ssize_t n;

        if (!path)
                return -ENOMEM;
        if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return 0; /* gone since it was listed */
        if (S_ISDIR(st.st_mode))
                return tell(dir->root, ROOT_ENTRY_DIR, path, NULL, 0);
        if (!S_ISLNK(st.st_mode))
                return tell(dir->root, ROOT_ENTRY_FILE, path, NULL, 0);
        n = readlinkat(dir->fd, name, target, sizeof(target) - 1);
        if (n < 0)
                return 0;
        target[n] = '\0';
        return tell(dir->root, ROOT_ENTRY_LINK, path, target, (size_t)n);
}

static int list_open(const RootDir *dir, DIR *d, StrList *ret)
{
        for (;;) {
                struct dirent *e;
                int r;

                errno = 0;
                e = readdir(d);
                if (!e)
                        return -errno;
                if (e->d_name[0] == '.')
                        continue;
                r = str_list_add(ret, e->d_name);
                if (r >= 0 && dir->root->observer)
                        r = tell_entry(dir, e->d_name);
                if (r < 0)
                        return r;
        }
}

int root_list(Root *root, const char *path, StrList *ret)
{
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        _cleanup_closedir_ DIR *d = NULL;
        _cleanup_close_ int fd = -EBADF;
        int r = root_dir_open(root, path, &dir);

        if (r < 0)
                return r;
        fd = openat(dir.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        d = fdopendir(fd);
        if (!d)
                return -errno;
        TAKE_FD(fd);
        r = list_open(&dir, d, ret);
        if (r < 0)
                return r;
        str_list_sort(ret);
        return 0;
}

static int scan_text(char *text, RootScanFlags flags, RootLine line, void *userdata, StrBuf *kept)
{
        unsigned number = 0;

        for (char *p = text, *end; p && *p; p = end) {
                size_t n;
                int r;

                end = strchr(p, '\n');
                if (end)
                        *end++ = '\0';
                n = strlen(p);
                if (kept)
                        str_buf_add_n(kept, p, n); /* before the caller may change it */
                r = line(userdata, p, ++number);
                if (r < 0)
                        return r;
                if (!kept)
                        continue;
                if (r == 0 && !kept->failed) {
                        kept->len -= n;
                        kept->data[kept->len] = '\0';
                }
                if (r > 0 || flags & ROOT_SCAN_NUMBERED)
                        str_buf_add_char(kept, '\n');
        }
        return kept && kept->failed ? -ENOMEM : 0;
}

int root_scan(Root *root, const char *path, RootScanFlags flags, RootLine line, void *userdata)
{
        _cleanup_close_ int fd = root_open_file(root, path, O_RDONLY);
        _cleanup_free_ char *name = NULL, *text = NULL;
        _cleanup_str_buf_ StrBuf kept = {};
        int r;

        if (fd < 0)
                return fd;
        r = read_all(fd, MAX_SCAN, &text, NULL);
        if (r < 0)
                return r;
        r = observed_name(root, path, &name);
        if (r < 0)
                return r;
        r = scan_text(text, flags, line, userdata, name ? &kept : NULL);
        if (r < 0 || !name)
                return r;
        return tell(root, ROOT_ENTRY_FILE, name, str_buf_get(&kept), kept.len);
}

int root_dir_open(Root *root, const char *path, RootDir *ret)
{
        _cleanup_close_ int fd = root_open_file(root, path, O_PATH | O_DIRECTORY);
        _cleanup_free_ char *name = NULL;
        int r;

        if (fd < 0)
                return fd;
        if (root->observer) {
                r = canonical(root, path, &name);
                if (r < 0)
                        return r;
                r = tell(root, ROOT_ENTRY_DIR, name, NULL, 0);
                if (r < 0)
                        return r;
        } else {
                name = strdup(path);
                if (!name)
                        return -ENOMEM;
        }
        *ret = (RootDir){ .root = root, .fd = TAKE_FD(fd), .path = TAKE_PTR(name) };
        return 0;
}

void root_dir_done(RootDir *dir)
{
        dir->fd = safe_close(dir->fd);
        free(TAKE_PTR(dir->path));
}

static int tell_below(const RootDir *dir, RootEntry type, const char *name, const char *data,
                      size_t n)
{
        _cleanup_free_ char *path = NULL;

        if (!dir->root->observer)
                return 0;
        path = format_string("%s/%s", dir->path, name);
        return path ? tell(dir->root, type, path, data, n) : -ENOMEM;
}

int root_dir_read(const RootDir *dir, const char *name, char *buf, size_t size)
{
        _cleanup_close_ int fd = openat(dir->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        ssize_t n;
        int r;

        if (fd < 0)
                return -errno;
        do
                n = read(fd, buf, size);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;
        r = tell_below(dir, ROOT_ENTRY_FILE, name, buf, (size_t)n);
        if (r < 0)
                return r;
        if ((size_t)n == size)
                return -E2BIG;
        if (memchr(buf, '\0', (size_t)n))
                return -EBADMSG;
        if (n > 0 && buf[n - 1] == '\n')
                n--;
        buf[n] = '\0';
        return 0;
}

int root_dir_read_link(const RootDir *dir, const char *name, char *buf, size_t size)
{
        ssize_t n = readlinkat(dir->fd, name, buf, size);
        int r;

        if (n < 0)
                return -errno;
        if ((size_t)n == size)
                return -E2BIG;
        buf[n] = '\0';
        r = tell_below(dir, ROOT_ENTRY_LINK, name, buf, (size_t)n);
        return r < 0 ? r : 0;
}

bool root_dir_exists(const RootDir *dir, const char *name)
{
        struct stat st;

        if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return false;
        if (!S_ISLNK(st.st_mode))
                (void)tell_below(dir, S_ISDIR(st.st_mode) ? ROOT_ENTRY_DIR : ROOT_ENTRY_FILE, name,
                                 NULL, 0);
        return true;
}
