// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/loader.h"
#include "util/buf.h"

/*
 * GRUB as Debian's grub-mkconfig sets it up. The arguments stand in a file of ours, a word a line;
 * grub.d/08_gpuhost makes a variable of them, and default/grub.d/zz-gpuhost.cfg puts that variable behind
 * the other arguments. Nobody else's file is touched. The package has none of these: grub-mkconfig notes
 * each script of grub.d in the menu, even one that says nothing, and installing changes nothing.
 */
#define STATE  "var/lib/gpuhost/kernel-arguments"
#define MENU   "boot/grub/grub.cfg"
#define UPDATE "usr/sbin/update-grub"

/* GRUB expands and splits what stands in the variable, and its files know several kinds of quotes. */
static bool representable(const char *word)
{
        static const char allowed[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                "_-.,:=/@%+~";

        return *word && word[strspn(word, allowed)] == '\0';
}

static int render(const StrList *arguments, const char *between, StrBuf *out)
{
        for (size_t i = 0; i < arguments->n; i++) {
                if (!representable(arguments->items[i]))
                        return -EINVAL;
                str_buf_add(out, i > 0 ? between : "");
                str_buf_add(out, arguments->items[i]);
        }
        return out->failed ? -ENOMEM : 0;
}

static int render_state(const StrList *arguments, char **ret)
{
        _cleanup_str_buf_ StrBuf text = {};
        int r = render(arguments, "\n", &text);

        if (r < 0)
                return r;
        str_buf_add(&text, arguments->n > 0 ? "\n" : "");
        *ret = str_buf_take(&text);
        return *ret ? 0 : -ENOMEM;
}

typedef struct Menu {
        const char *expected; /* NULL: no line of ours */
        bool ours, as_expected;
} Menu;

static int menu_line(void *userdata, char *line, unsigned number)
{
        Menu *menu = userdata;

        if (!startswith(line, "set gpuhost_args="))
                return 0;
        if (!menu->ours)
                menu->as_expected = menu->expected && streq(line, menu->expected);
        menu->ours = true;
        return 1;
}

/* What GRUB would read: an update may have been cut short, or never have been run. */
static int menu_is_current(Root *root, const StrList *arguments)
{
        _cleanup_str_buf_ StrBuf expected = {};
        Menu menu = {};
        int r = 0;

        if (arguments) {
                str_buf_add(&expected, "set gpuhost_args=\"");
                r = render(arguments, " ", &expected);
                str_buf_add(&expected, "\"");
                if (r < 0 || expected.failed)
                        return r < 0 ? r : -ENOMEM;
                menu.expected = str_buf_get(&expected);
        }
        r = root_scan(root, MENU, 0, menu_line, &menu);
        if (r < 0 && r != -ENOENT)
                return r;
        return arguments ? menu.as_expected : !menu.ours;
}

/* What is left behind if the package goes without a revert does nothing. */
#define SCRIPT(name)                                                                               \
        "#!/bin/sh\n"                                                                              \
        "# Written by gpuhost apply, removed by gpuhost revert. See gpuhost-boot(7).\n"            \
        "script=/usr/lib/gpuhost/grub.d/" name "\n"                                                \
        "[ ! -x \"$script\" ] || exec \"$script\"\n"

static const struct {
        const char *path, *text;
        mode_t mode;
} parts[] = {
        { "etc/default/grub.d/zz-gpuhost.cfg",
         "# Written by gpuhost apply, removed by gpuhost revert. See gpuhost-boot(7).\n"
          "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT \\$gpuhost_args\"\n", 0644 },
        { "etc/grub.d/08_gpuhost",             SCRIPT("08_gpuhost"),                      0755 },
        { "etc/grub.d/42_gpuhost",             SCRIPT("42_gpuhost"),                      0755 },
};

static int arguments_work(Root *root, const Machine *machine, const StrList *arguments,
                          BootWork *work)
{
        static const char *const update[] = { "/" UPDATE, NULL };
        _cleanup_free_ char *state = NULL;
        int r;

        if (!root_exists(root, UPDATE))
                return -EOPNOTSUPP;
        r = arguments ? render_state(arguments, &state) : 0;
        if (r < 0 || (r = boot_work_want_file(root, STATE, state, 0644, work)) < 0)
                return r;
        for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
                r = boot_work_want_file(root, parts[i].path, arguments ? parts[i].text : NULL,
                                        parts[i].mode, work);
                if (r < 0)
                        return r;
        }
        r = menu_is_current(root, arguments);
        return r < 0 || (r > 0 && work->n_files == 0) ? r : boot_work_add_command(work, update);
}

const BootLoaderSpec boot_loader_grub = {
        .arguments_work = arguments_work,
};
