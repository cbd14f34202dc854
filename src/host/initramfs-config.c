// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/initramfs-config.h"

#include <string.h>
#include <sys/stat.h>

/* The trees that the scripts of initramfs-tools and dracut copy: /run is made anew by every boot. */
static const char *const folders[] = { "etc/gpuhost/host.d", "usr/lib/gpuhost/host.d" };
static const char protected_file[] = "var/lib/gpuhost/protected";

void config_files_done(ConfigFiles *files)
{
        for (size_t i = 0; i < files->n; i++) {
                free(files->items[i].path);
                free(files->items[i].data);
        }
        free(files->items);
        *files = (ConfigFiles){};
}

/* A file that cannot be read, or is too large, is no file of ours. */
static int add_file(Root *root, const char *path, ConfigFiles *files)
{
        ConfigFile f = { .path = strdup(path) };
        int r = f.path ? root_read_link(root, path, &f.data) : -ENOMEM;

        f.is_link = r >= 0;
        if (r >= 0)
                f.size = strlen(f.data);
        else if (r != -ENOMEM)
                r = root_read_file(root, path, CPIO_DATA_MAX, &f.data, &f.size);
        if (r >= 0 && GROW(files->items, files->n)) {
                files->items[files->n++] = f;
                return 0;
        }
        free(f.path);
        free(f.data);
        return r >= 0 || r == -ENOMEM ? -ENOMEM : 0;
}

static int add_folder(Root *root, const char *folder, ConfigFiles *files)
{
        _cleanup_str_list_ StrList names = {};
        int r = root_list(root, folder, &names);

        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; i < names.n; i++) {
                _cleanup_free_ char *path = format_string("%s/%s", folder, names.items[i]);

                r = path ? add_file(root, path, files) : -ENOMEM;
                if (r < 0)
                        return r;
        }
        return 0;
}

int config_files_read(Root *root, ConfigFiles *ret)
{
        _cleanup_config_files_ ConfigFiles files = {};
        int r = add_file(root, protected_file, &files);

        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(folders); i++)
                r = add_folder(root, folders[i], &files);
        if (r < 0)
                return r;
        *ret = TAKE_GENERIC(files, (ConfigFiles){});
        return 0;
}

bool config_files_concern(const char *path)
{
        for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
                const char *name = startswith(path, folders[i]);

                if (name && name[0] == '/' && name[1] && name[1] != '.')
                        return true;
        }
        return streq(path, protected_file);
}

/* What stands twice in an image may be told of without its content: the second time, or the first. */
static bool content_known(const CpioEntry *copy)
{
        return copy->data && (copy->size > 0 || copy->links < 2);
}

bool config_files_same(ConfigFiles *files, const CpioEntry *copy)
{
        for (size_t i = 0; i < files->n; i++) {
                ConfigFile *f = files->items + i;

                if (!streq(f->path, copy->name))
                        continue;
                f->seen = true;
                if (f->is_link != S_ISLNK(copy->mode))
                        return false;
                return !content_known(copy) ||
                       (f->size == copy->size && memcmp(f->data, copy->data, f->size) == 0);
        }
        return false;
}

const char *config_files_missing(ConfigFiles *files)
{
        const char *missing = NULL;

        for (size_t i = 0; i < files->n; i++) {
                if (!files->items[i].seen && !missing)
                        missing = files->items[i].path;
                files->items[i].seen = false;
        }
        return missing;
}
