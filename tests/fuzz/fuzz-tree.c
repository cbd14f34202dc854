// SPDX-License-Identifier: LGPL-2.1-or-later
/* host.tree: a reader that says no says why; what it takes is written so that it reads the same, and
 * no path leads out of the folder that it will be unpacked to. */
#include "fuzz.h"
#include "host/tree.h"

static void stays_inside(const char *path)
{
        HOLDS(path[0] && path[0] != '/');
        for (const char *p = path; p; p = strchr(p, '/')) {
                p += *p == '/';
                HOLDS(strncmp(p, "..", strcspn(p, "/")) != 0 || *p != '.');
        }
}

static void check_entry(const TreeEntry *e)
{
        stays_inside(e->path);
        HOLDS(e->data && e->data[e->size] == '\0');
        HOLDS(e->kind == TREE_FILE || strlen(e->data) == e->size);
        HOLDS(e->mode <= 0777);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_diag_ Diag diag = {};
        _cleanup_tree_ Tree tree = {}, again = {};
        _cleanup_str_buf_ StrBuf text = {}, text_again = {};

        if (tree_parse("fuzz", (const char *)data, size, &diag, &tree) < 0) {
                HOLDS(diag.n_errors > 0 && tree.n == 0);
                return 0;
        }
        HOLDS(diag.n_errors == 0);
        for (size_t i = 0; i < tree.n; i++)
                check_entry(tree.items + i);
        tree_format(&tree, &text);
        HOLDS(tree_parse("fuzz", str_buf_get(&text), text.len, &diag, &again) == 0);
        tree_format(&again, &text_again);
        HOLDS(text.len == text_again.len &&
              memcmp(str_buf_get(&text), str_buf_get(&text_again), text.len) == 0);
        return 0;
}
