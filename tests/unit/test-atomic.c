// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/atomic.h"

#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "util/fd.h"

typedef struct Fixture {
        char dir[32];
        Root *root;
} Fixture;

enum { CHILD_SKIPPED = 77, LONG = 256 * 1024 };

static int setup(void **state)
{
        Fixture *f = calloc(1, sizeof(Fixture));

        assert_non_null(f);
        memcpy(f->dir, "/tmp/gpuhost-atomic-XXXXXX", sizeof("/tmp/gpuhost-atomic-XXXXXX"));
        assert_non_null(mkdtemp(f->dir));
        assert_int_equal(root_open(f->dir, &f->root), 0);
        *state = f;
        return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
        return remove(path);
}

static int teardown(void **state)
{
        Fixture *f = *state;

        f->root = root_free(f->root);
        assert_int_equal(nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
        free(f);
        return 0;
}

static int put(Fixture *f, const char *path, const char *text, mode_t mode)
{
        return root_write_atomic(f->root, path, text, strlen(text), mode);
}

static mode_t mode_of(Fixture *f, const char *path)
{
        _cleanup_close_ int fd = root_open_file(f->root, path, O_PATH);
        struct stat st;

        assert_true(fd >= 0);
        assert_int_equal(fstat(fd, &st), 0);
        return st.st_mode & 07777;
}

static void assert_text(Fixture *f, const char *path, const char *text)
{
        _cleanup_free_ char *is = NULL;

        assert_int_equal(root_read_file(f->root, path, LONG, &is, NULL), 0);
        assert_string_equal(is, text);
}

/* Dot files included: a temporary file that stays is a failure. */
static size_t entries(Fixture *f, const char *path)
{
        _cleanup_close_ int fd = root_open_file(f->root, path, O_RDONLY | O_DIRECTORY);
        _cleanup_closedir_ DIR *d = fdopendir(fd);
        size_t n = 0;

        assert_non_null(d);
        (void)TAKE_FD(fd);
        while (readdir(d))
                n++;
        return n - 2;
}

static void test_new_file_makes_its_folders(void **state)
{
        Fixture *f = *state;

        assert_int_equal(put(f, "etc/default/grub.d/zz.cfg", "one\n", 0755), 0);
        assert_text(f, "etc/default/grub.d/zz.cfg", "one\n");
        assert_int_equal(mode_of(f, "etc/default/grub.d/zz.cfg"), 0755);
        assert_int_equal(mode_of(f, "etc/default"), 0755);
        assert_int_equal(entries(f, "etc/default/grub.d"), 1);
        assert_int_equal(put(f, "top", "", ROOT_MODE_KEEP), 0);
        assert_int_equal(mode_of(f, "top"), 0644);
}

static void test_mode_is_kept(void **state)
{
        Fixture *f = *state;
        mode_t before = umask(077);

        assert_int_equal(put(f, "file", "one", 0664), 0);
        assert_int_equal(put(f, "file", "two", ROOT_MODE_KEEP), 0);
        (void)umask(before);
        assert_text(f, "file", "two");
        assert_int_equal(mode_of(f, "file"), 0664);
        assert_int_equal(put(f, "file", "two", 0600), 0);
        assert_int_equal(mode_of(f, "file"), 0600);
}

static void test_nul_and_empty(void **state)
{
        Fixture *f = *state;
        _cleanup_free_ char *is = NULL;
        size_t n = 0;

        assert_int_equal(root_write_atomic(f->root, "file", "a\0b", 3, ROOT_MODE_KEEP), 0);
        assert_int_equal(root_read_file(f->root, "file", 8, &is, &n), 0);
        assert_int_equal(n, 3);
        assert_memory_equal(is, "a\0b", 3);
        assert_int_equal(put(f, "file", "", ROOT_MODE_KEEP), 0);
        assert_text(f, "file", "");
}

static void test_links(void **state)
{
        Fixture *f = *state;
        int fd = root_open_file(f->root, ".", O_PATH | O_DIRECTORY);

        assert_int_equal(put(f, "real/file", "one", ROOT_MODE_KEEP), 0);
        assert_int_equal(symlinkat("/real", fd, "folder"), 0); /* absolute, yet inside the root */
        assert_int_equal(symlinkat("real/file", fd, "link"), 0);
        assert_int_equal(symlinkat("nowhere", fd, "dangling"), 0);
        assert_int_equal(symlinkat("../real/file", fd, "real/.file.gpuhost-new"), 0);

        assert_int_equal(put(f, "folder/file", "two", ROOT_MODE_KEEP), 0);
        assert_text(f, "real/file", "two");
        assert_int_equal(entries(f, "real"), 1);
        assert_int_equal(put(f, "link", "three", ROOT_MODE_KEEP), -ELOOP);
        assert_int_equal(put(f, "dangling", "three", ROOT_MODE_KEEP), -ELOOP);
        assert_int_equal(put(f, "dangling/file", "three", ROOT_MODE_KEEP), -ENOENT);
        assert_text(f, "real/file", "two");
        assert_int_equal(root_unlink_sync(f->root, "link"), 0);
        assert_text(f, "real/file", "two");
        (void)safe_close(fd);
}

static void test_something_else_in_the_way(void **state)
{
        Fixture *f = *state;

        assert_int_equal(put(f, "file", "one", ROOT_MODE_KEEP), 0);
        assert_int_equal(put(f, "file/below", "two", ROOT_MODE_KEEP), -ENOTDIR);
        assert_int_equal(root_make_dir(f->root, "file"), -ENOTDIR);
        assert_int_equal(root_make_dir(f->root, "folder/deep"), 0);
        assert_int_equal(put(f, "folder/deep", "two", ROOT_MODE_KEEP), -EISDIR);
        assert_int_equal(entries(f, "folder"), 1);
        assert_int_equal(root_unlink_sync(f->root, "folder/deep"), -EISDIR);
        assert_int_equal(put(f, "folder/", "two", ROOT_MODE_KEEP), -EINVAL);
        assert_int_equal(put(f, "folder/..", "two", ROOT_MODE_KEEP), -EINVAL);
}

static void test_unlink(void **state)
{
        Fixture *f = *state;

        assert_int_equal(root_unlink_sync(f->root, "no/where"), 0);
        assert_int_equal(put(f, "a/file", "one", ROOT_MODE_KEEP), 0);
        assert_int_equal(root_unlink_sync(f->root, "a/file"), 0);
        assert_false(root_exists(f->root, "a/file"));
        assert_int_equal(root_unlink_sync(f->root, "a/file"), 0);
}

static void test_clean(void **state)
{
        Fixture *f = *state;

        assert_int_equal(root_write_clean(f->root, "no/where"), 0);
        assert_int_equal(put(f, "a/file", "one", ROOT_MODE_KEEP), 0);
        assert_int_equal(put(f, "a/.file.gpuhost-new", "half", ROOT_MODE_KEEP), 0);
        assert_int_equal(root_write_clean(f->root, "a/file"), 0);
        assert_int_equal(entries(f, "a"), 1);
        assert_text(f, "a/file", "one");
}

static char *long_text(void)
{
        char *text = malloc(LONG + 1);

        assert_non_null(text);
        memset(text, 'x', LONG);
        text[LONG] = '\0';
        return text;
}

/* The limit on a file's size stands for a disk that fills up half-way. */
static void test_write_fails_half_way(void **state)
{
        Fixture *f = *state;
        _cleanup_free_ char *text = long_text();
        struct rlimit before, limit;

        assert_int_equal(put(f, "file", "one", 0640), 0);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
        limit = (struct rlimit){ .rlim_cur = 4096, .rlim_max = before.rlim_max };
        (void)signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        assert_int_equal(put(f, "file", text, 0600), -EFBIG);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_text(f, "file", "one");
        assert_int_equal(mode_of(f, "file"), 0640);
        assert_int_equal(entries(f, "."), 1);
}

static bool tell_kernel(const char *path, const char *text)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

        return fd >= 0 && text && write_all(fd, text, strlen(text)) == 0;
}

/* Mounts of our own, without being root. */
static bool unshare_as_user(void)
{
        _cleanup_free_ char *user = format_string("0 %u 1", (unsigned)geteuid());
        _cleanup_free_ char *group = format_string("0 %u 1", (unsigned)getegid());

        return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
               tell_kernel("/proc/self/setgroups", "deny") &&
               tell_kernel("/proc/self/uid_map", user) && tell_kernel("/proc/self/gid_map", group);
}

static int fill_small_disk(Fixture *f)
{
        _cleanup_(root_freep) Root *root = NULL;
        _cleanup_free_ char *text = long_text(), *is = NULL;

        if (unshare(CLONE_NEWNS) < 0 && !unshare_as_user())
                return CHILD_SKIPPED;
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("tmpfs", f->dir, "tmpfs", 0, "size=64k") < 0)
                return CHILD_SKIPPED;
        if (root_open(f->dir, &root) < 0 ||
            root_write_atomic(root, "file", "one", 3, ROOT_MODE_KEEP) < 0)
                return 1;
        if (root_write_atomic(root, "file", text, LONG, ROOT_MODE_KEEP) != -ENOSPC)
                return 2;
        if (root_read_file(root, "file", LONG, &is, NULL) < 0 || !streq(is, "one"))
                return 3;
        /* What could not be written must not keep others from writing. */
        return root_write_atomic(root, "other", text, 32 * 1024, ROOT_MODE_KEEP) < 0 ? 4 : 0;
}

static void test_disk_full(void **state)
{
        int status;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0)
                _exit(fill_small_disk(*state));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_SKIPPED)
                skip(); /* no mounts for us here */
        assert_int_equal(status, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_new_file_makes_its_folders, setup, teardown),
                cmocka_unit_test_setup_teardown(test_mode_is_kept, setup, teardown),
                cmocka_unit_test_setup_teardown(test_nul_and_empty, setup, teardown),
                cmocka_unit_test_setup_teardown(test_links, setup, teardown),
                cmocka_unit_test_setup_teardown(test_something_else_in_the_way, setup, teardown),
                cmocka_unit_test_setup_teardown(test_unlink, setup, teardown),
                cmocka_unit_test_setup_teardown(test_clean, setup, teardown),
                cmocka_unit_test_setup_teardown(test_write_fails_half_way, setup, teardown),
                cmocka_unit_test_setup_teardown(test_disk_full, setup, teardown),
        };

        return cmocka_run_group_tests_name("atomic", tests, NULL, NULL);
}
