// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/root.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "util/buf.h"
#include "util/fd.h"

/* The observer walks component by component where openat2() does it otherwise: every test runs both
 * ways, and must see the same. */
typedef struct Fixture {
        char dir[32];
        Root *root;
        RootObserver observer;
        StrBuf seen;
} Fixture;

static int note(void *userdata, RootEntry type, const char *path, const char *data, size_t n)
{
        Fixture *f = userdata;

        str_buf_printf(&f->seen, "%c %s", "dlf"[type], path);
        if (data)
                str_buf_printf(&f->seen, " [%.*s]", (int)n, data);
        str_buf_add_char(&f->seen, '\n');
        return 0;
}

static void put(const char *dir, const char *name, const char *data, size_t n)
{
        _cleanup_free_ char *path = format_string("%s/%s", dir, name);
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write_all(fd, data, n), 0);
}

static void link_to(const char *dir, const char *name, const char *target)
{
        _cleanup_free_ char *path = format_string("%s/%s", dir, name);

        assert_int_equal(symlink(target, path), 0);
}

static void make_dir(const char *dir, const char *name)
{
        _cleanup_free_ char *path = format_string("%s/%s", dir, name);

        assert_int_equal(mkdir(path, 0700), 0);
}

static int setup(void **state, bool observed)
{
        Fixture *f = calloc(1, sizeof(Fixture));

        assert_non_null(f);
        memcpy(f->dir, "/tmp/gpuhost-root-XXXXXX", sizeof("/tmp/gpuhost-root-XXXXXX"));
        assert_non_null(mkdtemp(f->dir));
        make_dir(f->dir, "etc");
        make_dir(f->dir, "sys");
        put(f->dir, "etc/hostname", "inside\n", 7);
        put(f->dir, "sys/nul", "a\0b", 3);
        put(f->dir, "sys/empty", "", 0);
        put(f->dir, "etc/lines", "one\ntwo\nthree", 13);
        link_to(f->dir, "sys/absolute", "/etc/hostname");
        link_to(f->dir, "sys/upward", "../../../../etc");
        link_to(f->dir, "sys/loop", "loop");
        link_to(f->dir, "sys/dangling", "nowhere");
        assert_int_equal(root_open(f->dir, &f->root), 0);
        f->observer = (RootObserver){ .saw = note, .userdata = f };
        if (observed)
                root_observe(f->root, &f->observer);
        *state = f;
        return 0;
}

static int setup_plain(void **state)
{
        return setup(state, false);
}

static int setup_observed(void **state)
{
        return setup(state, true);
}

static int delete_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

static int teardown(void **state)
{
        Fixture *f = *state;

        root_free(f->root);
        assert_int_equal(nftw(f->dir, delete_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
        str_buf_done(&f->seen);
        free(f);
        return 0;
}

static void links_never_lead_out(void **state)
{
        Fixture *f = *state;
        _cleanup_free_ char *a = NULL, *b = NULL;

        assert_int_equal(root_read_file(f->root, "sys/absolute", 100, &a, NULL), 0);
        assert_string_equal(a, "inside\n");
        assert_int_equal(root_read_file(f->root, "sys/upward/hostname", 100, &b, NULL), 0);
        assert_string_equal(b, "inside\n");
        assert_int_equal(root_read_file(f->root, "../../etc/passwd", 100, &b, NULL), -ENOENT);
        assert_false(root_is_host(f->root));
}

static void broken_links_are_errors(void **state)
{
        Fixture *f = *state;
        _cleanup_free_ char *a = NULL;

        assert_int_equal(root_read_file(f->root, "sys/loop", 100, &a, NULL), -ELOOP);
        assert_int_equal(root_read_file(f->root, "sys/dangling", 100, &a, NULL), -ENOENT);
        assert_int_equal(root_read_link(f->root, "sys/dangling", &a), 0);
        assert_string_equal(a, "nowhere");
        assert_false(root_exists(f->root, "sys/dangling"));
        assert_true(root_exists(f->root, "/etc/hostname"));
}

static void reads_are_bounded(void **state)
{
        Fixture *f = *state;
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        _cleanup_free_ char *a = NULL;
        char buf[8], tiny[3];

        assert_int_equal(root_read_file(f->root, "etc/lines", 12, &a, NULL), -E2BIG);
        assert_int_equal(root_dir_open(f->root, "sys", &dir), 0);
        assert_int_equal(root_dir_read(&dir, "nul", buf, sizeof(buf)), -EBADMSG);
        assert_int_equal(root_dir_read(&dir, "nul", tiny, sizeof(tiny)), -E2BIG);
        assert_int_equal(root_dir_read(&dir, "empty", buf, sizeof(buf)), 0);
        assert_string_equal(buf, "");
        assert_int_equal(root_dir_read(&dir, "gone", buf, sizeof(buf)), -ENOENT);
        assert_int_equal(root_dir_read(&dir, "absolute", buf, sizeof(buf)), -ELOOP);
}

static void listing_is_sorted(void **state)
{
        Fixture *f = *state;
        _cleanup_str_list_ StrList names = {};

        assert_int_equal(root_list(f->root, "sys", &names), 0);
        assert_int_equal(names.n, 6);
        assert_string_equal(names.items[0], "absolute");
        assert_string_equal(names.items[5], "upward");
        assert_int_equal(root_list(f->root, "etc/hostname", &names), -ENOTDIR);
}

static int keep_t(void *userdata, char *line, unsigned number)
{
        unsigned *last = userdata;

        *last = number;
        return line[0] == 't';
}

static void an_observer_sees_what_mattered(void **state)
{
        Fixture *f = *state;
        unsigned last = 0;

        assert_int_equal(root_scan(f->root, "sys/upward/lines", ROOT_SCAN_NUMBERED, keep_t, &last),
                         0);
        assert_int_equal(last, 3);
        assert_string_equal(str_buf_get(&f->seen), "l sys/upward [../../../../etc]\n"
                                                   "l sys/upward [../../../../etc]\n"
                                                   "f etc/lines [\ntwo\nthree\n]\n");
}

static _Noreturn void rename_until_killed(const char *a, const char *b)
{
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
                (void)!rename(a, b);
                (void)!rename(b, a);
        }
}

/* Any rename on the machine can turn openat2() away at a "..". */
static void renames_elsewhere_change_nothing(void **state)
{
        Fixture *f = *state;
        _cleanup_free_ char *a = format_string("%s/a", f->dir), *b = format_string("%s/b", f->dir);
        pid_t child;

        put(f->dir, "a", "", 0);
        child = fork();
        if (child == 0)
                rename_until_killed(a, b);
        assert_true(child > 0);
        for (unsigned i = 0; i < 20000; i++) {
                _cleanup_close_ int fd = root_open_file(f->root, "sys/../etc/lines", O_RDONLY);

                assert_true(fd >= 0);
        }
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
}

#define BOTH(test)                                                                                 \
        { #test, test, setup_plain, teardown, NULL },                                              \
        {                                                                                          \
                #test " (observed)", test, setup_observed, teardown, NULL                          \
        }

int main(void)
{
        const struct CMUnitTest tests[] = {
                BOTH(links_never_lead_out),
                BOTH(broken_links_are_errors),
                BOTH(reads_are_bounded),
                BOTH(listing_is_sorted),
                BOTH(renames_elsewhere_change_nothing),
                cmocka_unit_test_setup_teardown(an_observer_sees_what_mattered, setup_observed,
                                                teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
