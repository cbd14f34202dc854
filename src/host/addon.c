// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/addon.h"

#include "host/efi-variable.h"
#include "host/esp.h"
#include "host/note.h"
#include "util/kernel-arguments.h"
#include "util/parse.h"
#include "util/pe.h"

#define TOOL   "usr/bin/ukify"
#define STUBS  "usr/lib/systemd/boot/efi"
#define CONFIG "systemd/ukify.conf"

enum { MAX_ADDON = 1024 * 1024, FIRST_WITH_ADDONS = 254 };

/* "systemd-stub 257.8-1~deb13u1". What tells no version promises nothing. */
static bool reads_addons(Root *root)
{
        char info[256], *version;

        if (efi_variable_text(root, EFI_VARIABLE_OF_LOADER("StubInfo"), info, sizeof(info)) < 0)
                return false;
        version = strchr(info, ' ');
        if (!version || !startswith(info, "systemd-stub "))
                return false;
        version += version[1] == 'v' ? 2 : 1;
        return strtoul(version, NULL, 10) >= FIRST_WITH_ADDONS;
}

/* addonx64.efi.stub and the like: which of them is ukify's affair. */
static int find_stub(Root *root, bool *ret)
{
        _cleanup_str_list_ StrList names = {};
        int r = root_list(root, STUBS, &names);

        *ret = false;
        for (size_t i = 0; r >= 0 && i < names.n; i++)
                *ret |= startswith(names.items[i], "addon") != NULL;
        return r == -ENOMEM ? r : 0;
}

static int key_line(void *userdata, char *line, unsigned number)
{
        static const char *const keys[] = { "SecureBootPrivateKey", "SecureBootCertificateName" };
        bool *found = userdata;

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                const char *rest = startswith(line, keys[i]);

                if (rest && rest[strspn(rest, " \t")] == '=')
                        *found = true;
        }
        return 0; /* which key it is remains with the host */
}

/* Of ukify's files the first that is there counts. */
static bool has_key(Root *root)
{
        static const char *const files[] = { "etc/" CONFIG, "run/" CONFIG, "usr/local/lib/" CONFIG,
                                             "usr/lib/" CONFIG };
        bool found = false;

        for (size_t i = 0; i < ARRAY_SIZE(files); i++)
                if (root_scan(root, files[i], 0, key_line, &found) >= 0)
                        break;
        return found;
}

static int find_lack(Root *root, const BootLoader *b, AddonLack *ret)
{
        bool stub;
        int r = find_stub(root, &stub);

        if (r < 0)
                return r;
        *ret = !reads_addons(root)        ? ADDON_LACKS_READER
               : !b->esp                  ? ADDON_LACKS_PARTITION
               : !root_exists(root, TOOL) ? ADDON_LACKS_TOOL
               : !stub                    ? ADDON_LACKS_STUB
               : efi_variable_is_true(root, EFI_VARIABLE_GLOBAL("SecureBoot")) && !has_key(root)
                       ? ADDON_LACKS_KEY
                       : ADDON_LACKS_NOTHING;
        return 0;
}

/* What is no addon at all says nothing. */
static int read_words(Root *root, const char *path, BootLoader *b)
{
        _cleanup_free_ char *data = NULL, *line = NULL;
        const char *section;
        size_t n = 0;
        int r = root_read_file(root, path, MAX_ADDON, &data, &n);

        b->addon = r != -ENOENT;
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        if (pe_find_section(data, n, ".cmdline", &section, &n) < 0)
                return 0;
        line = strndup(section, n);
        return line ? kernel_arguments_split(line, &b->configured) : -ENOMEM;
}

int addon_read(Root *root, const MachineWants *wants, Machine *m)
{
        BootLoader *b = &m->boot_loader;
        _cleanup_free_ char *path = NULL;
        int r;

        if (b->kind != BOOT_LOADER_UKI)
                return 0;
        r = esp_read(root, m);
        if (r >= 0)
                r = find_lack(root, b, &b->addon_lack);
        if (r < 0 || b->addon_lack == ADDON_LACKS_READER)
                return r;
        /* With an addon, what the image itself says is somebody else's. */
        if (b->addon_lack == ADDON_LACKS_NOTHING || b->addon_lack == ADDON_LACKS_PARTITION)
                str_list_done(&b->configured);
        b->configured_known = b->esp;
        if (!b->esp)
                return 0;
        path = format_string("%s/" BOOT_ADDON, b->esp);
        r = path ? read_words(root, path, b) : -ENOMEM;
        return r < 0 ? note_unseen(m, path ? path : BOOT_ADDON, r) : 0;
}
