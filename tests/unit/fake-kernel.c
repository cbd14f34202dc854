// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fake-kernel.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device/watch.h"
#include "device/writer.h"
#include "unit.h"
#include "util/fd.h"

static FakeKernel *current; /* who writes knows only the root */

FakeKernel *fake_kernel_new(void)
{
        FakeKernel *k = calloc(1, sizeof(FakeKernel));

        assert_non_null(k);
        /* Some tests make hundreds of them, and a disk takes its time. */
        (void)snprintf(k->dir, sizeof(k->dir), "%s/gpuhost-kernel-XXXXXX",
                       access("/dev/shm", W_OK | X_OK) >= 0 ? "/dev/shm" : "/tmp");
        assert_non_null(mkdtemp(k->dir));
        assert_int_equal(root_open(k->dir, &k->root), 0);
        current = k;
        fake_put(k, "sys/bus/pci/drivers_probe", "");
        return k;
}

static int delete_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

void fake_kernel_free(FakeKernel *k)
{
        current = NULL;
        root_free(k->root);
        assert_int_equal(nftw(k->dir, delete_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
        str_buf_done(&k->log);
        free(k);
}

static void make_parents(char *path)
{
        for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
                *p = '\0';
                assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
                *p = '/';
        }
}

static char *path_in(const FakeKernel *k, const char *path)
{
        char *full = format_string("%s/%s", k->dir, path);

        assert_non_null(full);
        make_parents(full);
        return full;
}

void fake_put(FakeKernel *k, const char *path, const char *text)
{
        _cleanup_free_ char *full = path_in(k, path);
        _cleanup_close_ int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write_all(fd, text, strlen(text)), 0);
}

void fake_link(FakeKernel *k, const char *path, const char *target)
{
        _cleanup_free_ char *full = path_in(k, path);

        (void)unlink(full);
        assert_int_equal(symlink(target, full), 0);
}

static void bind_function(FakeKernel *k, const char *address, const char *driver)
{
        _cleanup_free_ char *path = format_string("sys/bus/pci/devices/%s/driver", address);
        _cleanup_free_ char *target = format_string("../../drivers/%s", driver);
        _cleanup_free_ char *unbind = format_string("sys/bus/pci/drivers/%s/unbind", driver);

        fake_put(k, unbind, "");
        fake_link(k, path, target);
}

void fake_function(FakeKernel *k, const char *address, const char *driver, const char *native)
{
        _cleanup_free_ char *override = NULL, *modalias = NULL;

        override = format_string("sys/bus/pci/devices/%s/driver_override", address);
        modalias = format_string("sys/bus/pci/devices/%s/.native", address);
        fake_put(k, override, "(null)\n");
        fake_put(k, modalias, native);
        if (driver)
                bind_function(k, address, driver);
}

char *fake_text(FakeKernel *k, const char *path)
{
        char *text = NULL;

        assert_int_equal(root_read_file(k->root, path, 4096, &text, NULL), 0);
        return text;
}

const char *fake_driver(FakeKernel *k, const char *address)
{
        _cleanup_free_ char *path =
                format_string("%s/sys/bus/pci/devices/%s/driver", k->dir, address);
        static char target[256];
        ssize_t n = readlink(path, target, sizeof(target) - 1);

        if (n < 0)
                return "";
        target[n] = '\0';
        return strrchr(target, '/') + 1;
}

/* The override's driver, else the native one; each takes it if it is there. */
static void probe(FakeKernel *k, const char *address)
{
        _cleanup_free_ char *o = format_string("sys/bus/pci/devices/%s/driver_override", address);
        _cleanup_free_ char *m = format_string("sys/bus/pci/devices/%s/.native", address);
        _cleanup_free_ char *override = fake_text(k, o), *native = fake_text(k, m);
        _cleanup_free_ char *dir = NULL;
        const char *driver = strstrip(override);

        if (!*driver || streq(driver, "(null)"))
                driver = native;
        dir = format_string("sys/bus/pci/drivers/%s/unbind", driver);
        if (*driver && !*fake_driver(k, address) && root_exists(k->root, dir))
                bind_function(k, address, driver);
}

static void unbind(FakeKernel *k, const char *address)
{
        _cleanup_free_ char *path =
                format_string("%s/sys/bus/pci/devices/%s/driver", k->dir, address);

        assert_int_equal(unlink(path), 0);
}

/* The first has group 70. */
static void create_mdev(FakeKernel *k, const char *uuid)
{
        _cleanup_free_ char *group =
                format_string("../../../kernel/iommu_groups/%u", 70 + k->n_mdevs);
        _cleanup_free_ char *link = format_string("sys/bus/mdev/devices/%s/iommu_group", uuid);
        _cleanup_free_ char *remove = format_string("sys/bus/mdev/devices/%s/remove", uuid);

        k->n_mdevs++;
        fake_link(k, link, group);
        fake_put(k, remove, "");
}

static void remove_mdev(FakeKernel *k, const char *path)
{
        _cleanup_free_ char *folder =
                format_string("%s/%.*s", k->dir, (int)(strrchr(path, '/') - path), path);

        assert_int_equal(nftw(folder, delete_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

int watched_run(const char *const argv[], uint64_t timeout_usec, pid_t *ret_stuck)
{
        return -ENOENT; /* there are no programs in a fixture */
}

int watched_write(Root *root, const char *path, const char *value, uint64_t timeout_usec,
                  pid_t *ret_stuck)
{
        FakeKernel *k = current;

        assert_ptr_equal(root, k->root);
        if (!root_exists(root, path))
                return -ENOENT;
        str_buf_printf(&k->log, "%s=%s%s", path, value, endswith(value, "\n") ? "" : "\n");
        if (k->fail_path && endswith(path, k->fail_path) &&
            (!k->fail_value || streq(k->fail_value, value))) {
                if (k->fail_with == -ETIMEDOUT)
                        *ret_stuck = FAKE_CHILD;
                return k->fail_with == FAKE_IGNORE ? 0 : k->fail_with;
        }
        if (endswith(path, "/unbind"))
                unbind(k, value);
        else if (endswith(path, "/drivers_probe"))
                probe(k, value);
        else if (endswith(path, "/create"))
                create_mdev(k, value);
        else if (endswith(path, "/remove"))
                remove_mdev(k, path);
        else
                fake_put(k, path, value);
        return 0;
}

int writer_write(Writer *writer, const char *path, const char *value, uint64_t timeout_usec,
                 pid_t *ret_stuck)
{
        return watched_write(writer->root, path, value, timeout_usec, ret_stuck);
}

void writer_done(Writer *writer)
{
}
