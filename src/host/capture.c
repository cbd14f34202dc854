// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/capture.h"

#include "host/machine.h"
#include "host/redact.h"
#include "host/tree.h"
#include "host/users.h"

enum { MAX_CONFIG = 1024 * 1024, MAX_FILES = 10000 };

typedef struct Capture {
        Tree seen; /* in the order in which it was seen; a path may be there several times */
} Capture;

/* Stands in `mode` while entries are collected: of several of one path the least is kept. Content is
 * worth more than the knowledge that a file is there, and what was seen first more than what it may
 * have become since. */
static unsigned rank_of(const Tree *tree, bool has_content)
{
        return (has_content ? 0 : 1U << 31) | (unsigned)tree->n;
}

static int saw(void *userdata, RootEntry type, const char *path, const char *data, size_t n)
{
        static const TreeKind kinds[] = {
                [ROOT_ENTRY_DIR] = TREE_DIR,
                [ROOT_ENTRY_LINK] = TREE_LINK,
                [ROOT_ENTRY_FILE] = TREE_FILE,
        };
        Capture *c = userdata;

        path += strspn(path, "/");
        if (!*path)
                return 0;
        return tree_add(&c->seen, kinds[type], path, rank_of(&c->seen, data), data ? data : "",
                        data ? n : 0);
}

static bool is_config(const char *path)
{
        return endswith(path, ".yaml") || endswith(path, ".yml") || endswith(path, ".json");
}

static int read_config_folder(Root *root, const char *tree, const char *name)
{
        _cleanup_free_ char *folder = format_string("%s/gpuhost/%s", tree, name);
        _cleanup_str_list_ StrList names = {};
        int r = folder ? root_list(root, folder, &names) : -ENOMEM;

        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; i < names.n && i < MAX_FILES; i++) {
                _cleanup_free_ char *path = format_string("%s/%s", folder, names.items[i]);
                _cleanup_free_ char *text = NULL;

                if (!path)
                        return -ENOMEM;
                if (!is_config(path))
                        continue;
                r = root_read_file(root, path, MAX_CONFIG, &text, NULL);
                if (r == -ENOMEM)
                        return r;
        }
        return 0;
}

/* The files as they are, for the observer: what they say is no concern of host/. */
static int read_config(Root *root)
{
        static const char *const trees[] = { "usr/lib", "run", "etc" };
        static const char *const folders[] = { "host.d", "profile.d", "vm.d", "container.d" };

        for (size_t i = 0; i < ARRAY_SIZE(trees); i++)
                for (size_t k = 0; k < ARRAY_SIZE(folders); k++) {
                        int r = read_config_folder(root, trees[i], folders[k]);

                        if (r < 0)
                                return r;
                }
        return 0;
}

static bool is_gpuhost_config(const char *path)
{
        return strstr(path, "/gpuhost/") && is_config(path);
}

static unsigned mode_of(const char *path)
{
        if (startswith(path, "sys/firmware/acpi/tables/"))
                return 0400;
        return startswith(path, "sys/") || startswith(path, "proc/") ? 0444 : 0644;
}

static int redact_entry(Redactor *redactor, const TreeEntry *e, Tree *ret)
{
        _cleanup_str_buf_ StrBuf path = {}, data = {};
        int r = redact_text(redactor, e->path, strlen(e->path), false, &path);

        if (r >= 0 && e->kind == TREE_FILE)
                r = redact_file(redactor, e->path, e->data, e->size, &data);
        else if (r >= 0)
                r = redact_text(redactor, e->data, e->size, false, &data);
        if (r < 0)
                return r;
        return tree_add(ret, e->kind, str_buf_get(&path), mode_of(e->path), str_buf_get(&data),
                        data.len);
}

/* Configuration comes last: by then it is known which words of it were replaced elsewhere. */
static int redact_all(Redactor *redactor, const Tree *tree, Tree *ret)
{
        for (int config = 0; config < 2; config++)
                for (size_t i = 0; i < tree->n; i++) {
                        int r = is_gpuhost_config(tree->items[i].path) == config
                                        ? redact_entry(redactor, tree->items + i, ret)
                                        : 0;

                        if (r < 0)
                                return r;
                }
        return 0;
}

static int compare_entries(const void *a, const void *b)
{
        const TreeEntry *x = a, *y = b;
        int r = strcmp(x->path, y->path);

        if (r != 0)
                return r;
        if (x->kind != y->kind)
                return x->kind > y->kind ? -1 : 1;
        return x->mode < y->mode ? -1 : x->mode > y->mode;
}

static bool is_parent(const char *path, const char *of)
{
        const char *rest = startswith(of, path);

        return rest && *rest == '/';
}

/* Every folder of sysfs that was looked into: those with something in them need no entry. */
static bool has_children(const Tree *tree, size_t i)
{
        const char *path = tree->items[i].path;

        for (size_t k = i + 1; k < tree->n && startswith(tree->items[k].path, path); k++)
                if (is_parent(path, tree->items[k].path))
                        return true;
        return false;
}

static int keep(Tree *tree, const TreeEntry *e)
{
        return tree_add(tree, e->kind, e->path, e->mode, e->data, e->size);
}

/* One entry a path. Folders go where something in them tells of them. */
static int merge(Tree *seen, Tree *ret)
{
        if (seen->n > 1)
                qsort(seen->items, seen->n, sizeof(TreeEntry), compare_entries);
        for (size_t i = 0; i < seen->n; i++) {
                const TreeEntry *e = seen->items + i;
                int r = 0;

                if (i == 0 || !streq(e->path, e[-1].path))
                        r = e->kind == TREE_DIR && has_children(seen, i) ? 0 : keep(ret, e);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int redact_tree(const Tree *tree, Tree *ret)
{
        Redactor redactor = { .surveying = true };
        _cleanup_tree_ Tree survey = {};
        int r = redact_all(&redactor, tree, &survey);

        redactor.surveying = false;
        if (r >= 0)
                r = redact_all(&redactor, tree, ret);
        redactor_done(&redactor);
        tree_sort(ret);
        return r;
}

static int look_around(Root *root, const MachineWants *wants)
{
        _cleanup_machine_ Machine m = {};
        int r = machine_read(root, MACHINE_ALL, wants, &m);

        return r < 0 ? r : read_config(root);
}

int capture_write(Root *root, const MachineWants *wants, const char *users, StrBuf *out)
{
        _cleanup_tree_ Tree merged = {}, redacted = {};
        Capture c = {};
        const RootObserver observer = { .saw = saw, .userdata = &c };
        int r;

        root_observe(root, &observer);
        r = look_around(root, wants);
        root_observe(root, NULL);
        if (r >= 0 && users && *users)
                r = saw(&c, ROOT_ENTRY_FILE, USERS_FILE, users, strlen(users));
        if (r >= 0)
                r = merge(&c.seen, &merged);
        tree_done(&c.seen);
        if (r >= 0)
                r = redact_tree(&merged, &redacted);
        if (r < 0)
                return r;
        tree_format(&redacted, out);
        return out->failed ? -ENOMEM : 0;
}
