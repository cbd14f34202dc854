// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/root.h"

#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/fd.h"
#include "util/root-internal.h"

enum { MAX_SCAN = 64 * 1024 * 1024 };

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

int root_descriptor(const Root *root)
{
        return root->fd;
}

void root_observe(Root *root, const RootObserver *observer)
{
        root->observer = observer;
        root->walk = root->walk || observer;
}

bool root_is_observed(const Root *root)
{
        return root->observer;
}

int root_tell(const Root *root, RootEntry type, const char *path, const char *data, size_t n)
{
        return root->observer ? root->observer->saw(root->observer->userdata, type, path, data, n)
                              : 0;
}

int root_tell_excerpt(Root *root, const char *path, const char *data, size_t n)
{
        _cleanup_free_ char *name = NULL;
        int r = root_observed_name(root, path, &name);

        return r < 0 || !name ? r : root_tell(root, ROOT_ENTRY_FILE, name, data, n);
}

int root_observed_name(const Root *root, const char *path, char **ret)
{
        *ret = NULL;
        return root->observer ? root_canonical(root, path, ret) : 0;
}

static int open_walking(const Root *root, const char *path, int flags)
{
        _cleanup_free_ char *real = NULL;
        int fd, r = root_canonical(root, path, &real);

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
        /* A rename or a mount anywhere on the machine, while it went through a "..": openat2(2). */
        if (errno == EAGAIN)
                return open_walking(root, path, flags);
        if (errno != ENOSYS && errno != EPERM)
                return -errno;
        root->walk = true;
        return open_walking(root, path, flags);
}

bool root_exists(Root *root, const char *path)
{
        _cleanup_close_ int fd = root_open_file(root, path, O_PATH);
        _cleanup_free_ char *name = NULL;
        struct stat st;

        if (fd < 0)
                return false;
        if (root_observed_name(root, path, &name) == 0 && name && fstat(fd, &st) == 0)
                (void)!root_tell(root, S_ISDIR(st.st_mode) ? ROOT_ENTRY_DIR : ROOT_ENTRY_FILE, name,
                                 NULL, 0);
        return true;
}

int root_read_opened(Root *root, const char *path, int fd, size_t max, char **ret, size_t *ret_size)
{
        _cleanup_free_ char *data = NULL;
        size_t n = 0;
        int r = read_all(fd, max, &data, &n);

        if (r >= 0)
                r = root_tell_excerpt(root, path, data, n);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(data);
        if (ret_size)
                *ret_size = n;
        return 0;
}

int root_read_file(Root *root, const char *path, size_t max, char **ret, size_t *ret_size)
{
        _cleanup_close_ int fd = root_open_file(root, path, ROOT_READ_FLAGS);

        return fd < 0 ? fd : root_read_opened(root, path, fd, max, ret, ret_size);
}

int root_read_raw(int fd, char *buf, size_t size, size_t *ret_n)
{
        ssize_t n;

        do
                n = read(fd, buf, size);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;
        *ret_n = (size_t)n;
        return 0;
}

int root_finish_attribute(char *buf, size_t size, size_t n)
{
        if (n == size)
                return -E2BIG;
        if (memchr(buf, '\0', n))
                return -EBADMSG;
        if (n > 0 && buf[n - 1] == '\n')
                n--;
        buf[n] = '\0';
        return 0;
}

int root_read(Root *root, const char *path, char *buf, size_t size)
{
        _cleanup_close_ int fd = root_open_file(root, path, ROOT_READ_FLAGS);
        size_t n = 0;
        int r;

        if (fd < 0)
                return fd;
        r = root_read_raw(fd, buf, size, &n);
        if (r >= 0)
                r = root_tell_excerpt(root, path, buf, n);
        return r < 0 ? r : root_finish_attribute(buf, size, n);
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

int root_list(Root *root, const char *path, StrList *ret)
{
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        int r = root_dir_open(root, path, &dir);

        return r < 0 ? r : root_dir_list(&dir, ret);
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
        while (kept && kept->len > 1 && kept->data[kept->len - 2] == '\n')
                kept->data[--kept->len] =
                        '\0'; /* empty lines matter above others, not at the end */
        if (kept && kept->len == 1 && kept->data[0] == '\n')
                kept->data[--kept->len] = '\0';
        return kept && kept->failed ? -ENOMEM : 0;
}

int root_scan(Root *root, const char *path, RootScanFlags flags, RootLine line, void *userdata)
{
        _cleanup_close_ int fd = root_open_file(root, path, ROOT_READ_FLAGS);
        _cleanup_str_buf_ StrBuf kept = {};
        _cleanup_free_ char *text = NULL;
        int r;

        if (fd < 0)
                return fd;
        r = read_all(fd, MAX_SCAN, &text, NULL);
        if (r < 0)
                return r;
        r = scan_text(text, flags, line, userdata, root->observer ? &kept : NULL);
        return r < 0 ? r : root_tell_excerpt(root, path, str_buf_get(&kept), kept.len);
}
