// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/type.h"

#include "config/cpu-list.h"
#include "util/str.h"

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* Begins with a letter or digit and holds only those and `others`. */
static bool is_word(const char *s, const char *others)
{
        size_t i = strspn(s, ALNUM);

        if (i == 0)
                return false;
        while (s[i] && (strchr(ALNUM, s[i]) || strchr(others, s[i])))
                i++;
        return s[i] == '\0';
}

static bool is_line(const char *s)
{
        return text_is_visible(s, "");
}

static bool is_text(const char *s)
{
        return text_is_visible(s, "\n\t");
}

static bool is_description(const char *s)
{
        return text_is_visible(s, "\t");
}

static bool is_ascii_line(const char *s)
{
        for (; *s; s++)
                if (*s < 0x20 || *s >= 0x7f)
                        return false;
        return true;
}

static bool is_dashed_word(const char *s)
{
        return is_word(s, "_-");
}

static bool is_dotted_word(const char *s)
{
        return is_word(s, "._-");
}

/* Absolute and without "..", so that what is checked is what is opened. */
static bool is_path(const char *s)
{
        if (s[0] != '/' || !is_line(s) || s[strlen(s) - 1] == '/')
                return false;
        for (const char *p = s; (p = strstr(p, "/..")); p += 3)
                if (p[3] == '/' || p[3] == '\0')
                        return false;
        return true;
}

/* `%i` is the instance, `%%` a percent sign, anything else is kept for later. */
static bool has_known_specifiers(const char *s)
{
        for (; (s = strchr(s, '%')); s += 2)
                if (s[1] != 'i' && s[1] != '%')
                        return false;
        return true;
}

static bool is_disk_source(const char *s)
{
        static const char *const tags[] = { "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=" };

        if (!has_known_specifiers(s) || !is_line(s))
                return false;
        for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
                const char *rest = startswith(s, tags[i]);

                if (rest)
                        return *rest && !strchr(rest, '/');
        }
        return is_path(s);
}

/* One argument of the kernel: what a boot loader's file would read as something else is no part. */
static bool is_kernel_argument(const char *s)
{
        return *s && is_ascii_line(s) && !strpbrk(s, " \"'`$\\;&|<>#");
}

static bool is_kernel_arguments(const char *s)
{
        return is_ascii_line(s);
}

static bool is_image(const char *s)
{
        return is_line(s) && *s && *s != '-' && !strpbrk(s, " \"'`$\\");
}

static void path_advise(const Type *type, const char *s, StrBuf *hint)
{
        if (*s && *s != '/' && !strchr(s, '='))
                str_buf_add(hint, "a path is absolute: it begins with '/'");
        else if (*s == '/' && strstr(s, "/.."))
                str_buf_add(hint, "a path holds no '..'");
}

static void disk_source_advise(const Type *type, const char *s, StrBuf *hint)
{
        if (!has_known_specifiers(s))
                str_buf_add(hint, "'%i' is the instance's name, '%%' a percent sign");
        else
                path_advise(type, s, hint);
}

static void kernel_argument_advise(const Type *type, const char *s, StrBuf *hint)
{
        if (strchr(s, ' '))
                str_buf_add(hint, "one argument an item, without spaces");
}

/* clang-format off */
TEXT_TYPE(type_line, "text", is_description, 256, "a line of at most 256 bytes", NULL);
TEXT_TYPE(type_text, "text", is_text, 32768, "text without control characters", NULL);
TEXT_TYPE(type_entry_name, "name", is_dotted_word, 32,
          "a name of at most 32 letters, digits, '.', '_' and '-'", NULL);
TEXT_TYPE(type_module, "module", is_dashed_word, 64, "the name of a kernel module", NULL);
TEXT_TYPE(type_path, "path", is_path, 4095, "an absolute path", path_advise);
TEXT_TYPE(type_disk_source, "disk", is_disk_source, 4095,
          "an absolute path, UUID=, LABEL=, PARTUUID= or PARTLABEL=", disk_source_advise);
TEXT_TYPE(type_kernel_argument, "kernel argument", is_kernel_argument, 256,
          "an argument such as pcie_aspm=off, without quotes and the like", kernel_argument_advise);
TEXT_TYPE(type_kernel_arguments, "kernel arguments", is_kernel_arguments, 2048,
          "arguments in one line of ASCII", NULL);
TEXT_TYPE(type_cpu_model, "CPU model", is_dotted_word, 64, "a CPU model of QEMU", NULL);
TEXT_TYPE(type_disk_serial, "serial number", is_dotted_word, 20,
          "at most 20 letters, digits, '.', '_' and '-'", NULL);
TEXT_TYPE(type_serial, "serial number", is_ascii_line, 64, "a serial number", NULL);
TEXT_TYPE(type_tag, "tag", is_dotted_word, 36, "at most 36 letters, digits, '.', '_' and '-'", NULL);
TEXT_TYPE(type_image, "image", is_image, 4095, "an image such as docker.io/library/debian:13", NULL);
/* clang-format on */

static bool is_vgpu_profile(const char *s)
{
        return *s && is_line(s);
}

TEXT_TYPE(type_vgpu_profile, "vGPU type", is_vgpu_profile, 64, "a vGPU type such as L40S-1Q", NULL);

/* Volant's manifest has an object here: {inline, content, path}. Its path is what we know. */
static int read_cloud_init_file(Reader *reader, const Type *type, const Node *node, void *value)
{
        DiagItem *item;

        if (node->kind != NODE_MAP)
                return scalar_read(reader, type, node, value);
        FOREACH_PAIR(name, inner, node)
        if (name->kind == NODE_SCALAR && streq(reader_text(reader, name), "path"))
                return scalar_read(reader, type, inner, value);
        item = reader_remark(reader, SEVERITY_WARNING, "config-ignored-key", node,
                             "'%s' is written as in Volant's manifest, and its text is not used",
                             reader->key);
        diag_hint(item, "put the text into a file and name that");
        return 0;
}

static const TypeOps cloud_init_file_ops = {
        .read = read_cloud_init_file,
        .merge = text_merge,
        .done = text_done,
        .walk = scalar_walk,
};

const Type type_cloud_init_file = {
        .name = "path",
        .expected = "an absolute path",
        .ops = &cloud_init_file_ops,
        .size = sizeof(char *),
        .parse = text_parse,
        .format = text_format,
        .advise = path_advise,
        .check = is_path,
        .max = 4095,
};

static int pinning_parse(const Type *type, const char *s, void *value)
{
        CpuPinning *pinning = value;
        unsigned n;
        int r;

        if (streq(s, "none") || streq(s, "auto")) {
                pinning->mode = streq(s, "auto") ? PINNING_AUTO : PINNING_NONE;
                return 0;
        }
        r = cpu_list_count(s, &n);
        if (r < 0)
                return r;
        pinning->mode = PINNING_LIST;
        return free_and_strdup(&pinning->cpus, s);
}

static void pinning_format(const Type *type, const void *value, char buf[static FORMAT_MAX],
                           ConfigValue *ret)
{
        const CpuPinning *pinning = value;

        *ret = (ConfigValue){ .type = CONFIG_VALUE_STRING,
                              .string = pinning->mode == PINNING_LIST   ? pinning->cpus
                                        : pinning->mode == PINNING_AUTO ? "auto"
                                                                        : "none" };
}

static int merge_pinning(const Type *type, void *value, const void *other, KeyKinds kinds)
{
        const CpuPinning *theirs = other;
        CpuPinning *pinning = value;

        pinning->mode = theirs->mode;
        return free_and_strdup(&pinning->cpus, theirs->cpus);
}

static void done_pinning(const Type *type, void *value)
{
        free(TAKE_PTR(((CpuPinning *)value)->cpus));
}

static const TypeOps pinning_ops = {
        .read = scalar_read,
        .merge = merge_pinning,
        .done = done_pinning,
        .walk = scalar_walk,
};

static void pinning_advise(const Type *type, const char *s, StrBuf *hint)
{
        unsigned n;

        if (cpu_list_count(s, &n) == -ENOTUNIQ)
                str_buf_add(hint, "a CPU stands twice in it");
}

const Type type_cpu_pinning = {
        .name = "CPU list",
        .expected = "auto, none or CPUs such as 0-3,8",
        .ops = &pinning_ops,
        .size = sizeof(CpuPinning),
        .parse = pinning_parse,
        .format = pinning_format,
        .advise = pinning_advise,
};
