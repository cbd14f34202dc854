// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/image.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "claim-stage.h"
#include "claim/qcow2.h"
#include "claim/start.h"
#include "host.h"

static const uint64_t GiB = UINT64_C(1) << 30;

static struct stat stat_of(const TestRoot *t, const char *name)
{
        _cleanup_free_ char *path = format_string("%s/%s", t->dir, name);
        struct stat st;

        assert_non_null(path);
        assert_int_equal(stat(path, &st), 0);
        return st;
}

static void images_are_made_once(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text("d srv\n");
        const ImageSpec spec = { .path = "/srv/a.raw" }, lost = { .path = "/none/a.raw" };
        struct stat st;

        assert_int_equal(image_create(t.root, &spec, 1 << 20), 0);
        st = stat_of(&t, "srv/a.raw");
        assert_int_equal(st.st_size, 1 << 20);
        assert_int_equal(st.st_blocks, 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(image_create(t.root, &spec, 4096), 0);
        assert_int_equal(stat_of(&t, "srv/a.raw").st_size, 1 << 20);
        assert_int_equal(image_create(t.root, &lost, 4096), -ENOENT);
}

static int open_temporary(void)
{
        char file[] = "/tmp/gpuhost-image-XXXXXX";
        int fd = mkstemp(file);

        assert_true(fd >= 0);
        (void)unlink(file);
        return fd;
}

static const char *check_image(const unsigned char *head, size_t n, const ImageSpec *spec)
{
        _cleanup_close_ int fd = open_temporary();
        const char *why = "not set";

        assert_int_equal(write_all(fd, head, n), 0);
        assert_int_equal(image_check(fd, spec, &why), 0);
        return why;
}

static void images_are_what_they_are_called(void **state)
{
        static const ImageSpec raw = { .path = "/a" },
                               qcow2 = { .path = "/a", .format = DISK_QCOW2 };
        unsigned char head[104] = { 'Q', 'F', 'I', 0xfb, 0, 0, 0, 3 };

        assert_null(check_image((const unsigned char *)"", 0, &raw));
        assert_non_null(check_image((const unsigned char *)"", 0, &qcow2));
        assert_null(check_image(head, sizeof(head), &qcow2));
        assert_non_null(strstr(check_image(head, sizeof(head), &raw), "declared as raw"));
        head[79] = 4;
        assert_non_null(strstr(check_image(head, sizeof(head), &qcow2), "external data file"));
        head[15] = 1; /* a name without a length */
        assert_non_null(strstr(check_image(head, sizeof(head), &qcow2), "broken header"));
        assert_non_null(strstr(check_image(head, sizeof(head), &raw), "declared as raw"));
}

static void sizes_and_names_come_back(void **state)
{
        static const struct {
                uint64_t size, is;
                const char *backing;
        } rows[] = {
                { 1,                         512,                         NULL                },
                { 40 * GiB,                  40 * GiB,                    "/srv/debian.qcow2" },
                { (UINT64_C(512) << 20) + 1, (UINT64_C(512) << 20) + 512, "b"                 },
                { GiB << 20,                 GiB << 20,                   NULL                },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_close_ int fd = open_temporary();
                _cleanup_qcow2_ Qcow2 image = {};
                uint64_t size = 0;

                assert_int_equal(qcow2_write(fd, rows[i].size, rows[i].backing, DISK_QCOW2), 0);
                assert_int_equal(qcow2_read(fd, &image), 1);
                assert_true(image.size == rows[i].is);
                assert_int_equal(image_size(fd, DISK_QCOW2, &size), 0);
                assert_true(size == rows[i].is);
                assert_false(image.external_data);
                if (rows[i].backing)
                        assert_string_equal(image.backing, rows[i].backing);
                else
                        assert_null(image.backing);
        }
}

static void what_no_image_holds_is_refused(void **state)
{
        _cleanup_close_ int fd = open_temporary();
        char name[1025] = "";

        memset(name, 'a', sizeof(name) - 1);
        assert_int_equal(qcow2_write(fd, 4096, name, DISK_RAW), -ENAMETOOLONG);
        assert_int_equal(qcow2_write(fd, GiB << 22, NULL, DISK_RAW), -EFBIG);
        assert_int_equal(qcow2_write(fd, UINT64_MAX, NULL, DISK_RAW), -EFBIG);
        name[1023] = '\0';
        assert_int_equal(qcow2_write(fd, 4096, name, DISK_RAW), 0);
}

static const char *check_chain(const char *written, const ImageSpec *spec)
{
        _cleanup_close_ int fd = open_temporary();
        const char *why = "not set";

        assert_int_equal(qcow2_write(fd, 4096, written, DISK_RAW), 0);
        assert_int_equal(image_check(fd, spec, &why), 0);
        return why;
}

static void a_backing_file_is_the_declared_one_or_none(void **state)
{
        static const struct {
                const char *written, *declared, *why;
        } rows[] = {
                { "/srv/base.raw", "/srv/base.raw",   NULL                   },
                { "base.raw",      "/srv/base.raw",   NULL                   },
                { "b/base.raw",    "/srv/b/base.raw", NULL                   },
                { "base.raw",      "/other/base.raw", "another backing file" },
                { "/etc/shadow",   "/srv/base.raw",   "another backing file" },
                { "json:{}",       "/srv/base.raw",   "another backing file" },
                { "/dev/sdb1",     "/dev/sdc1",       NULL                   },
                { "/etc/shadow",   NULL,              "say which"            },
                { NULL,            "/srv/base.raw",   "no backing file"      },
                { NULL,            NULL,              NULL                   },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const ImageSpec spec = { .path = "/srv/a.qcow2",
                                         .format = DISK_QCOW2,
                                         .backing = rows[i].declared };
                const char *why = check_chain(rows[i].written, &spec);

                print_message("# %zu\n", i);
                if (!rows[i].why)
                        assert_null(why);
                else
                        assert_non_null(strstr(why ? why : "", rows[i].why));
        }
        assert_non_null(strstr(
                check_chain("/b",
                            &(ImageSpec){ .path = "/a", .format = DISK_QCOW2, .is_backing = true }),
                "qemu-img convert"));
}

#define DISKS(size)                                                                                \
        "f etc/gpuhost/vm.d/a.yaml 0644 \"disks: [{source: /srv/%i.qcow2, format: qcow2, create: " \
        "{size: " size "}, backing: {source: /srv/base.raw, format: raw}}]\\n\"\n"                 \
        "f srv/base.raw 0644 \"base\\n\"\n"

static int open_disks(Stage *s)
{
        _cleanup_opened_ Opened opened;
        int r;

        opened_init(&opened);
        if ((r = complete_decide(s)) < 0 || (r = disks_decide(s)) < 0 ||
            (r = disks_open(s, &opened)) < 0)
                return r;
        assert_int_equal(fcntl(opened.fds[0], F_GETFL) & O_ACCMODE, O_RDWR);
        assert_int_equal(fcntl(opened.fds[1], F_GETFL) & O_ACCMODE, O_RDONLY);
        return 0;
}

static void a_start_makes_what_is_missing(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(DISKS("1M"));
        _cleanup_stage_ Stage first = stage_of(t.root, "a"), second = stage_of(t.root, "a");
        struct stat before, after;

        assert_int_equal(disks_decide(&first), 0);
        assert_false(root_exists(t.root, "srv/a.qcow2"));
        stage_done(&first);
        first = stage_of(t.root, "a");
        assert_int_equal(open_disks(&first), 0);
        assert_string_equal(first.start.fds.items[0], "disk0");
        assert_string_equal(first.start.fds.items[1], "backing0");
        before = stat_of(&t, "srv/a.qcow2");
        assert_int_equal(open_disks(&second), 0);
        after = stat_of(&t, "srv/a.qcow2");
        assert_int_equal(before.st_ino, after.st_ino);
}

static void what_it_is_made_on_must_be_right(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(DISKS("512"));
        _cleanup_free_ char *base = format_string("%s/srv/base.raw", t.dir);
        _cleanup_stage_ Stage small = stage_of(t.root, "a"), gone = stage_of(t.root, "a");

        assert_non_null(base);
        assert_int_equal(truncate(base, 4096), 0);
        assert_refused(open_disks, &small, "create.size is less than what its backing file holds");
        assert_false(root_exists(t.root, "srv/a.qcow2"));
        assert_int_equal(unlink(base), 0);
        assert_refused(open_disks, &gone, "a.yaml:1: backing /srv/base.raw is not there");
        assert_false(gone.for_now);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(images_are_made_once),
                cmocka_unit_test(images_are_what_they_are_called),
                cmocka_unit_test(sizes_and_names_come_back),
                cmocka_unit_test(what_no_image_holds_is_refused),
                cmocka_unit_test(a_backing_file_is_the_declared_one_or_none),
                cmocka_unit_test(a_start_makes_what_is_missing),
                cmocka_unit_test(what_it_is_made_on_must_be_right),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
