// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/hierarchy.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "util/fd.h"

/* Lowest first. */
static const char *const trees[] = { "usr/lib/gpuhost", "run/gpuhost", "etc/gpuhost" };
static const char *const extensions[] = { ".yaml", ".yml", ".json" };

/* The extension's number, or -1 for a file that is none of ours. */
static int find_extension(const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(extensions); i++) {
                const char *end = endswith(name, extensions[i]);

                if (end && end > name)
                        return (int)i;
        }
        return -1;
}

static int tell(Diag *diag, const char *code, const char *path, const char *message,
                const char *hint)
{
        diag_hint(diag_add(diag, SEVERITY_ERROR, code, (Origin){ .file = path }, "%s", message),
                  "%s", hint);
        return -EBADMSG;
}

static int tell_unreadable(Diag *diag, const char *path, int error)
{
        char message[128];

        (void)snprintf(message, sizeof(message), "cannot be read: %s", strerrordesc_np(-error));
        return tell(diag, "config-unreadable", path, message,
                    error == -EACCES ? "run as root to have it read" : "see what it is");
}

/* Root acts on what stands in these files: nobody else may write to them. */
static int check_trust(const struct stat *st, const char *path, Diag *diag)
{
        if (st->st_uid != 0)
                return tell(diag, "config-untrusted", path, "does not belong to root",
                            "chown root:root, when it is known who wrote it");
        if (st->st_mode & (S_IWGRP | S_IWOTH))
                return tell(diag, "config-untrusted", path, "can be written by others than root",
                            "chmod go-w, when it is known who wrote it");
        return 0;
}

static int check_folder(Root *root, const char *path, Diag *diag)
{
        _cleanup_free_ char *shown = NULL;
        _cleanup_close_ int fd = -EBADF;
        struct stat st;

        if (!root_is_host(root))
                return 0;
        fd = root_open_file(root, path, O_PATH | O_DIRECTORY);
        if (fd < 0 || fstat(fd, &st) < 0)
                return 0; /* listing it will tell */
        shown = format_string("/%s", path);
        return shown ? check_trust(&st, shown, diag) : -ENOMEM;
}

static int add_entries(Listing *listing, StrList *names, size_t tree, bool refused)
{
        for (size_t i = 0; i < names->n; i++) {
                int extension = find_extension(names->items[i]);
                char *name;

                if (extension < 0)
                        continue;
                if (!GROW(listing->items, listing->n))
                        return -ENOMEM;
                name = TAKE_PTR(names->items[i]);
                name[strlen(name) - strlen(extensions[extension])] = '\0';
                listing->items[listing->n++] = (Entry){
                        .name = name,
                        .tree = (uint8_t)tree,
                        .extension = (uint8_t)extension,
                        .refused = refused,
                };
        }
        return 0;
}

static int list_tree(Root *root, Listing *listing, size_t tree, Diag *diag)
{
        _cleanup_free_ char *path = format_string("%s/%s", trees[tree], listing->folder);
        _cleanup_str_list_ StrList names = {};
        _cleanup_free_ char *shown = NULL;
        int r, trust;

        if (!path)
                return -ENOMEM;
        r = root_list(root, path, &names);
        if (r == -ENOENT || r == -ENOTDIR)
                return 0;
        if (r < 0) {
                shown = r == -ENOMEM ? NULL : format_string("/%s", path);
                if (!shown)
                        return -ENOMEM;
                listing->failed = true;
                (void)tell_unreadable(diag, shown, r);
                return 0;
        }
        trust = check_folder(root, trees[tree], diag);
        if (trust == 0)
                trust = check_folder(root, path, diag);
        if (trust == -ENOMEM)
                return trust;
        listing->failed = listing->failed || (trust < 0 && names.n > 0);
        return add_entries(listing, &names, tree, trust < 0);
}

/* By name; of one name, the highest tree first. */
static int compare_entries(const void *a, const void *b)
{
        const Entry *x = a, *y = b;
        int r = strcmp(x->name, y->name);

        if (r == 0)
                r = y->tree - x->tree;
        return r ? r : x->extension - y->extension;
}

/* Of one tree they nearly always are: names without their extensions sort as those with them. */
static bool is_sorted(const Listing *listing)
{
        for (size_t i = 1; i < listing->n; i++)
                if (compare_entries(listing->items + i - 1, listing->items + i) > 0)
                        return false;
        return true;
}

/* Sorts, and leaves the first of each name. */
static void settle(Listing *listing)
{
        size_t kept = 0;

        if (!is_sorted(listing))
                qsort(listing->items, listing->n, sizeof(Entry), compare_entries);
        for (size_t i = 0; i < listing->n; i++) {
                Entry *entry = listing->items + i, *last = listing->items + kept - 1;

                if (kept > 0 && streq(last->name, entry->name)) {
                        if (last->tree == entry->tree) {
                                last->twice = true;
                                last->other = entry->extension;
                        }
                        free(entry->name);
                } else {
                        listing->items[kept++] = *entry;
                }
        }
        listing->n = kept;
}

static int limit(Listing *listing, Diag *diag)
{
        _cleanup_free_ char *path = NULL;

        if (listing->n <= CONFIG_MAX_FILES)
                return 0;
        path = format_string("/%s/%s", trees[ARRAY_SIZE(trees) - 1], listing->folder);
        if (!path)
                return -ENOMEM;
        (void)tell(diag, "config-unreadable", path, "holds more than 10000 files",
                   "what comes after these is not read");
        while (listing->n > CONFIG_MAX_FILES)
                free(listing->items[--listing->n].name);
        listing->failed = true;
        return 0;
}

ConfigTrees config_trees_find(Root *root)
{
        ConfigTrees found = 0;

        for (size_t tree = 0; tree < ARRAY_SIZE(trees); tree++) {
                _cleanup_close_ int fd = root_open_file(root, trees[tree], O_PATH);

                if (fd != -ENOENT)
                        found |= 1U << tree;
        }
        return found;
}

int listing_read(Root *root, ConfigTrees present, const char *folder, Diag *diag, Listing *ret)
{
        Listing listing = { .folder = folder };
        int r = 0;

        for (size_t tree = 0; r >= 0 && tree < ARRAY_SIZE(trees); tree++)
                if (present & 1U << tree)
                        r = list_tree(root, &listing, tree, diag);
        if (r >= 0) {
                settle(&listing);
                r = limit(&listing, diag);
        }
        if (r < 0) {
                listing_done(&listing);
                return r;
        }
        *ret = listing;
        return 0;
}

void listing_done(Listing *listing)
{
        for (size_t i = 0; i < listing->n; i++)
                free(listing->items[i].name);
        free(listing->items);
        *listing = (Listing){};
}

static int compare_name(const void *key, const void *entry)
{
        return strcmp(key, ((const Entry *)entry)->name);
}

Entry *listing_find(const Listing *listing, const char *name)
{
        if (listing->n == 0)
                return NULL;
        return bsearch(name, listing->items, listing->n, sizeof(Entry), compare_name);
}

char *entry_path(const Listing *listing, const Entry *entry)
{
        return format_string("/%s/%s/%s%s", trees[entry->tree], listing->folder, entry->name,
                             extensions[entry->extension]);
}

/* A link to nothing, unless it is the one that masks: a root other than / need not have /dev. */
static int judge_missing(Root *root, const char *path, Diag *diag)
{
        _cleanup_free_ char *target = NULL;
        int r = root_read_link(root, path + 1, &target);

        if (r < 0 || streq(target, "/dev/null"))
                return r == -ENOMEM ? r : 0;
        return tell(diag, "config-unreadable", path, "is a link to nothing",
                    "remove it, or correct where it leads");
}

static int read_opened(Root *root, int fd, const char *path, Diag *diag, char **ret,
                       size_t *ret_size)
{
        struct stat st;
        int r;

        if (fstat(fd, &st) < 0)
                return tell_unreadable(diag, path, -errno);
        if (S_ISDIR(st.st_mode) || S_ISCHR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_size == 0))
                return 0;
        if (!S_ISREG(st.st_mode))
                return tell(diag, "config-unreadable", path, "is no file",
                            "remove it, or write a file there");
        r = root_is_host(root) ? check_trust(&st, path, diag) : 0;
        if (r < 0)
                return r;
        r = root_read_opened(root, path + 1, fd, CONFIG_MAX_SIZE, ret, ret_size);
        if (r == -E2BIG)
                return tell(diag, "config-syntax", path, "is larger than 1 MiB",
                            "no configuration is that long");
        if (r == -ENOMEM)
                return r;
        return r < 0 ? tell_unreadable(diag, path, r) : 1;
}

static int tell_twice(Diag *diag, const Entry *entry, const char *path)
{
        char message[512];

        (void)snprintf(message, sizeof(message), "'%s' is said twice: %s%s stands beside it",
                       entry->name, entry->name, extensions[entry->other]);
        return tell(diag, "config-schema", path, message, "remove one of the two");
}

int entry_read(Root *root, const Entry *entry, const char *path, Diag *diag, char **ret,
               size_t *ret_size)
{
        _cleanup_close_ int fd = -EBADF;

        if (entry->refused)
                return tell(diag, "config-untrusted", path,
                            "stands in a folder that is not trusted",
                            "see what is said of the folder");
        if (entry->twice)
                return tell_twice(diag, entry, path);
        fd = root_open_file(root, path + 1, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (fd == -ENOENT)
                return judge_missing(root, path, diag);
        if (fd == -ENOMEM)
                return fd;
        return fd < 0 ? tell_unreadable(diag, path, fd)
                      : read_opened(root, fd, path, diag, ret, ret_size);
}

int entry_is_masked(Root *root, const char *path)
{
        _cleanup_close_ int fd = root_open_file(root, path + 1, O_PATH);
        struct stat st;

        if (fd < 0)
                return fd == -ENOMEM ? fd : fd == -ENOENT;
        return fstat(fd, &st) >= 0 && (!S_ISREG(st.st_mode) || st.st_size == 0);
}
