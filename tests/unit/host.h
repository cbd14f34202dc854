// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* Roots for tests of host/: a fixture machine, or a tree that the test itself spells out. */

#include <unistd.h>

#include "host/machine.h"
#include "host/tree.h"
#include "unit.h"
#include "util/fd.h"

typedef struct TestRoot {
        Root *root;
        char *dir;
} TestRoot;

static inline TestRoot test_root_unpack(const char *file)
{
        _cleanup_diag_ Diag diag = {};
        TestRoot t = {};
        int r = tree_unpack(file, "/tmp", &diag, &t.dir);

        for (size_t i = 0; i < diag.n; i++)
                print_message("# %s:%u: %s\n", file, diag.items[i].line, diag.items[i].message);
        assert_int_equal(r, 0);
        assert_int_equal(root_open(t.dir, &t.root), 0);
        return t;
}

/* A machine of tests/cases/machines. */
static inline _unused_ TestRoot test_root_machine(const char *name)
{
        _cleanup_free_ char *file = format_string("%s/%s.tree", getenv("MACHINES"), name);

        assert_non_null(file);
        return test_root_unpack(file);
}

/* Lines of host.tree, sorted. */
static inline _unused_ TestRoot test_root_text(const char *text)
{
        char file[] = "/tmp/gpuhost-test-XXXXXX";
        _cleanup_close_ int fd = mkstemp(file);
        TestRoot t;

        assert_true(fd >= 0);
        assert_int_equal(write_all(fd, text, strlen(text)), 0);
        t = test_root_unpack(file);
        assert_int_equal(unlink(file), 0);
        return t;
}

static inline _unused_ void test_root_done(TestRoot *t)
{
        t->root = root_free(t->root);
        t->dir = tree_remove(t->dir);
}
#define _cleanup_test_root_ _cleanup_(test_root_done)

static inline _unused_ const PciDevice *test_device(const Machine *m, const char *address)
{
        const PciDevice *d;
        PciAddress a;

        assert_int_equal(pci_address_parse(address, &a), 0);
        d = machine_find_device(m, a);
        assert_non_null(d);
        return d;
}
