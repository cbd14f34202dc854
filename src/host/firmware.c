// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/firmware.h"

#include <jansson.h>

enum { DESCRIPTOR_MAX = 64 * 1024, DESCRIPTORS_MAX = 256 };

static const char *const folders[] = { "etc/qemu/firmware", "usr/share/qemu/firmware" };

static bool contains(const json_t *array, const char *word)
{
        for (size_t i = 0; i < json_array_size(array); i++) {
                const char *s = json_string_value(json_array_get(array, i));

                if (s && streq(s, word))
                        return true;
        }
        return false;
}

/* -EINVAL for what is there and is no image, -ENOENT for what is not there. */
static int take_image(const json_t *image, char **ret_path, bool *ret_qcow2)
{
        const char *path = json_string_value(json_object_get(image, "filename"));
        const char *format = json_string_value(json_object_get(image, "format"));

        if (!image)
                return -ENOENT;
        if (!path || path[0] != '/' || !format ||
            (!streq(format, "raw") && !streq(format, "qcow2")))
                return -EINVAL;
        *ret_qcow2 = streq(format, "qcow2");
        *ret_path = strdup(path);
        return *ret_path ? 0 : -ENOMEM;
}

/* One that keeps variables in the file of its program is not for us: it could not be shared. */
static int take_mapping(const json_t *mapping, FirmwareDescriptor *d)
{
        const char *device = json_string_value(json_object_get(mapping, "device"));
        const char *mode = json_string_value(json_object_get(mapping, "mode"));
        int r;

        if (!device || !streq(device, "flash") || (mode && streq(mode, "combined")))
                return -ENOENT;
        r = take_image(json_object_get(mapping, "executable"), &d->code, &d->code_qcow2);
        if (r < 0 || (mode && streq(mode, "stateless")))
                return r == -ENOENT ? -EINVAL : r;
        r = take_image(json_object_get(mapping, "nvram-template"), &d->vars, &d->vars_qcow2);
        return r == -ENOENT ? -EINVAL : r;
}

static int take_machines(const json_t *targets, StrList *machines)
{
        for (size_t i = 0; i < json_array_size(targets); i++) {
                const json_t *target = json_array_get(targets, i);
                const json_t *names = json_object_get(target, "machines");
                const char *architecture =
                        json_string_value(json_object_get(target, "architecture"));

                if (!architecture || !streq(architecture, "x86_64"))
                        continue;
                for (size_t k = 0; k < json_array_size(names); k++) {
                        const char *name = json_string_value(json_array_get(names, k));
                        int r = name ? str_list_add(machines, name) : -EINVAL;

                        if (r < 0)
                                return r;
                }
        }
        return machines->n > 0 ? 0 : -ENOENT;
}

/* -ENOENT: it describes something else. */
static int take_descriptor(const json_t *json, FirmwareDescriptor *d)
{
        const json_t *features = json_object_get(json, "features");
        int r;

        if (!json_is_object(json_object_get(json, "mapping")))
                return -EINVAL;
        if (!contains(json_object_get(json, "interface-types"), "uefi"))
                return -ENOENT;
        r = take_machines(json_object_get(json, "targets"), &d->machines);
        if (r >= 0)
                r = take_mapping(json_object_get(json, "mapping"), d);
        d->secure_boot = contains(features, "secure-boot");
        d->enrolled_keys = contains(features, "enrolled-keys");
        d->requires_smm = contains(features, "requires-smm");
        return r;
}

int firmware_parse(const char *text, size_t n, FirmwareDescriptor *ret)
{
        json_auto_t *json = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
        FirmwareDescriptor d = {};
        int r = json ? take_descriptor(json, &d) : -EINVAL;

        if (r < 0) {
                firmware_descriptor_done(&d);
                return r;
        }
        *ret = d;
        return 0;
}

static bool images_are_there(Root *root, const FirmwareDescriptor *d)
{
        return root_exists(root, d->code + 1) && (!d->vars || root_exists(root, d->vars + 1));
}

/* -ENOENT: it masks, or is for something else, or what it describes is not installed. */
static int read_descriptor(Root *root, const char *file, FirmwareDescriptor *d)
{
        _cleanup_free_ char *text = NULL;
        size_t n;
        int r = root_read_file(root, file, DESCRIPTOR_MAX, &text, &n);

        if (r < 0)
                return r;
        if (n == 0)
                return -ENOENT;
        r = firmware_parse(text, n, d);
        if (r < 0)
                return r;
        return images_are_there(root, d) ? 0 : -ENOENT;
}

static int add_file(Root *root, const char *file, FirmwareList *list)
{
        FirmwareDescriptor d = {};
        int r = read_descriptor(root, file, &d);

        if (r >= 0) {
                d.file = strdup(file);
                r = d.file && GROW(list->items, list->n) ? 0 : -ENOMEM;
        }
        if (r >= 0) {
                list->items[list->n++] = d;
                return 0;
        }
        firmware_descriptor_done(&d);
        if (r == -ENOMEM)
                return r;
        return r == -ENOENT ? 0 : str_list_add(&list->wrong, file);
}

/* Names of all folders, each once, in order. */
static int list_names(Root *root, StrList *names)
{
        for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
                _cleanup_str_list_ StrList found = {};
                int r = root_list(root, folders[i], &found);

                if (r == -ENOENT || r == -ENOTDIR)
                        continue;
                for (size_t k = 0; r >= 0 && k < found.n && names->n < DESCRIPTORS_MAX; k++)
                        if (endswith(found.items[k], ".json") &&
                            !str_list_contains(names, found.items[k]))
                                r = str_list_add(names, found.items[k]);
                if (r < 0)
                        return r;
        }
        str_list_sort(names);
        return 0;
}

/* From the first folder that has it. */
static int add_name(Root *root, const char *name, FirmwareList *list)
{
        for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
                _cleanup_free_ char *file = format_string("%s/%s", folders[i], name);

                if (!file)
                        return -ENOMEM;
                if (root_exists(root, file))
                        return add_file(root, file, list);
        }
        return 0;
}

int firmware_read(Root *root, FirmwareList *ret)
{
        _cleanup_firmware_list_ FirmwareList list = {};
        _cleanup_str_list_ StrList names = {};
        int r = list_names(root, &names);

        for (size_t i = 0; r >= 0 && i < names.n; i++)
                r = add_name(root, names.items[i], &list);
        if (r < 0)
                return r;
        *ret = TAKE_GENERIC(list, ((FirmwareList){}));
        return 0;
}
