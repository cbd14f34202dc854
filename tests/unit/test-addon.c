// SPDX-License-Identifier: LGPL-2.1-or-later
#include "addon/run.h"

#include <sys/stat.h>

#include "host.h"
#include "host/efi-variable.h"
#include "pe-file.h"
#include "util/atomic.h"

#define ADDON   "boot/efi/" BOOT_ADDON
#define LEFT    "boot/efi/loader/addons/.gpuhost.addon.efi.gpuhost-new"
#define STUB    EFI_VARIABLE_OF_LOADER("StubInfo")
#define MOUNTED "f proc/self/mountinfo 0444 \"28 1 8:1 / /boot/efi rw - vfat /dev/sda1 rw\\n\"\n"

/* "systemd-stub 257" */
#define STUB_257                                                                                   \
        "b " STUB " 0644 06000000730079007300740065006d0064002d00730074007500620020003200350037"   \
        "000000\n"

typedef struct World {
        TestRoot t;
        char *ukify;
        AddonMaker maker;
} World;

/* ukify that hands out what was prepared for it, having looked whether it got the line. */
static World world(const char *tree)
{
        World w = { .t = test_root_text(tree) };
        _cleanup_free_ char *script =
                format_string("#!/bin/sh\n"
                              "[ \"$1\" = build ] || exit 9\n"
                              "cat \"${2#--cmdline=@}\" > %s/given\n"
                              "echo asked; cp %s/prepared \"${3#--output=}\"\n",
                              w.t.dir, w.t.dir);

        w.ukify = format_string("%s/ukify", w.t.dir);
        w.maker = (AddonMaker){ .ukify = w.ukify, .top = w.t.dir };
        assert_int_equal(root_write_atomic(w.t.root, "ukify", script, strlen(script), 0755), 0);
        return w;
}

static void world_done(World *w)
{
        free(w->ukify);
        test_root_done(&w->t);
}
#define _cleanup_world_ _cleanup_(world_done)

static void write_text(World *w, const char *path, const char *text)
{
        assert_int_equal(root_write_atomic(w->t.root, path, text, strlen(text), 0644), 0);
}

static void prepare(World *w, const char *path, const char *section, const char *text)
{
        char data[PE_SIZE];

        pe_file(data, section, text);
        assert_int_equal(root_write_atomic(w->t.root, path, data, PE_SIZE, 0644), 0);
}

static void assert_same(World *w, const char *path, const char *other)
{
        _cleanup_free_ char *a = NULL, *b = NULL;
        size_t n = 0, k = 0;

        assert_int_equal(root_read_file(w->t.root, path, 4096, &a, &n), 0);
        assert_int_equal(root_read_file(w->t.root, other, 4096, &b, &k), 0);
        assert_int_equal(n, k);
        assert_memory_equal(a, b, n);
}

static void made_and_removed(void **state)
{
        _cleanup_world_ World w = world(MOUNTED STUB_257);
        _cleanup_free_ char *given = NULL;

        write_text(&w, BOOT_ADDON_STATE, "hugepagesz=1G\nx=\"a  b\"\n");
        prepare(&w, "prepared", ".cmdline", "hugepagesz=1G x=\"a  b\"");
        assert_int_equal(addon_run(w.t.root, &w.maker), EXIT_SUCCESS);
        assert_same(&w, ADDON, "prepared");
        assert_int_equal(root_read_file(w.t.root, "given", 4096, &given, NULL), 0);
        assert_string_equal(given, "hugepagesz=1G x=\"a  b\"");
        assert_false(root_exists(w.t.root, "run/gpuhost/addon.efi"));
        assert_false(root_exists(w.t.root, "run/gpuhost/addon.cmdline"));

        assert_int_equal(root_unlink_sync(w.t.root, BOOT_ADDON_STATE), 0);
        write_text(&w, LEFT, "of a run that was killed");
        assert_int_equal(addon_run(w.t.root, &w.maker), EXIT_SUCCESS);
        assert_false(root_exists(w.t.root, "boot/efi/loader/addons"));
        assert_true(root_exists(w.t.root, "boot/efi/loader"));
        assert_int_equal(addon_run(w.t.root, &w.maker), EXIT_SUCCESS);
}

static void left_alone_when_it_is_so(void **state)
{
        _cleanup_world_ World w = world(MOUNTED STUB_257);

        write_text(&w, BOOT_ADDON_STATE, "a\n");
        prepare(&w, ADDON, ".cmdline", "a");
        write_text(&w, LEFT, "of a run that was killed");
        assert_int_equal(addon_run(w.t.root, &w.maker), EXIT_SUCCESS);
        assert_false(root_exists(w.t.root, "given"));
        assert_false(root_exists(w.t.root, LEFT));
}

static void of_others_nothing_is_touched(void **state)
{
        _cleanup_world_ World w = world(MOUNTED STUB_257);

        write_text(&w, "boot/efi/loader/addons/site.addon.efi", "theirs");
        prepare(&w, ADDON, ".cmdline", "a");
        assert_int_equal(addon_run(w.t.root, &w.maker), EXIT_SUCCESS);
        assert_false(root_exists(w.t.root, ADDON));
        assert_true(root_exists(w.t.root, "boot/efi/loader/addons/site.addon.efi"));
}

/* Whatever ukify makes, it is the arguments alone or nothing, and what was there stays. */
static void only_what_was_asked_for(void **state)
{
        static const struct {
                const char *section, *text;
        } rows[] = {
                { ".cmdline", "a"     },
                { ".cmdline", "a b c" },
                { ".linux",   "a b"   },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_world_ World w = world(MOUNTED STUB_257);

                write_text(&w, BOOT_ADDON_STATE, "a\nb\n");
                prepare(&w, ADDON, ".cmdline", "former");
                prepare(&w, "former", ".cmdline", "former");
                prepare(&w, "prepared", rows[i].section, rows[i].text);
                assert_int_equal(addon_run(w.t.root, &w.maker), EXIT_FAILURE);
                assert_same(&w, ADDON, "former");
        }
}

static void without_ukify(void **state)
{
        _cleanup_world_ World w = world(MOUNTED STUB_257);

        write_text(&w, BOOT_ADDON_STATE, "a\n");
        assert_int_equal(addon_run(w.t.root, &w.maker), EXIT_FAILURE); /* it fails */
        w.maker.ukify = "/nonexistent/ukify";
        assert_int_equal(addon_run(w.t.root, &w.maker), EXIT_FAILURE);
        assert_false(root_exists(w.t.root, ADDON));
}

/* Nobody is told that it is gone while it may be there. */
static void without_its_partition(void **state)
{
        _cleanup_world_ World w = world(STUB_257);

        assert_int_equal(addon_run(w.t.root, &w.maker), EXIT_FAILURE);
}

/* The same file has the arguments for GRUB. */
static void another_loader_has_none(void **state)
{
        _cleanup_world_ World w = world("f boot/grub/grub.cfg 0644 \"\"\n" MOUNTED);

        write_text(&w, BOOT_ADDON_STATE, "a\n");
        prepare(&w, ADDON, ".cmdline", "a");
        assert_int_equal(addon_run(w.t.root, &w.maker), EXIT_SUCCESS);
        assert_false(root_exists(w.t.root, ADDON));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(made_and_removed),
                cmocka_unit_test(left_alone_when_it_is_so),
                cmocka_unit_test(of_others_nothing_is_touched),
                cmocka_unit_test(only_what_was_asked_for),
                cmocka_unit_test(without_ukify),
                cmocka_unit_test(without_its_partition),
                cmocka_unit_test(another_loader_has_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
