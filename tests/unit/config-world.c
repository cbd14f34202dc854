// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config-world.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/fd.h"

ConfigWorld *config_world_new(void)
{
        ConfigWorld *w = calloc(1, sizeof(ConfigWorld));

        assert_non_null(w);
        strcpy(w->dir, "/tmp/gpuhost-config-XXXXXX");
        assert_non_null(mkdtemp(w->dir));
        assert_int_equal(root_open(w->dir, &w->root), 0);
        return w;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

void config_world_forget(ConfigWorld *w)
{
        config_done(&w->config);
        diag_done(&w->diag);
        str_buf_done(&w->remarks);
        str_buf_done(&w->text);
}

ConfigWorld *config_world_free(ConfigWorld *w)
{
        config_world_forget(w);
        root_free(w->root);
        (void)nftw(w->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
        free(w);
        return NULL;
}

static char *make_path(const ConfigWorld *w, const char *path)
{
        char *whole = format_string("%s/%s", w->dir, path);

        assert_non_null(whole);
        for (char *p = whole + strlen(w->dir) + 1; (p = strchr(p, '/')); *p++ = '/') {
                *p = '\0';
                assert_true(mkdir(whole, 0755) == 0 || errno == EEXIST);
        }
        return whole;
}

void config_world_write_n(ConfigWorld *w, const char *path, const char *text, size_t n)
{
        _cleanup_free_ char *whole = make_path(w, path);
        _cleanup_close_ int fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        assert_true(fd >= 0);
        assert_int_equal(write_all(fd, text, n), 0);
}

void config_world_write(ConfigWorld *w, const char *path, const char *text)
{
        config_world_write_n(w, path, text, strlen(text));
}

void config_world_link(ConfigWorld *w, const char *path, const char *target)
{
        _cleanup_free_ char *whole = make_path(w, path);

        assert_int_equal(symlink(target, whole), 0);
}

void config_world_remove(ConfigWorld *w, const char *path)
{
        _cleanup_free_ char *whole = make_path(w, path);

        assert_int_equal(remove(whole), 0);
}

static void add_remark(StrBuf *out, const DiagItem *item)
{
        const char *file = startswith(item->file, "/etc/gpuhost/");

        str_buf_add(out, file ? file : item->file);
        if (item->line)
                str_buf_printf(out, ":%u:%u", item->line, item->column);
        if (item->severity != SEVERITY_ERROR)
                str_buf_printf(out, ": %s", enum_to_string(&severity_table, (int)item->severity));
        str_buf_printf(out, ": %s", item->message);
        if (item->hint)
                str_buf_printf(out, " | %s", item->hint);
        str_buf_add_char(out, '\n');
}

const char *config_world_load(ConfigWorld *w)
{
        config_world_forget(w);
        assert_int_equal(config_load(w->root, 0, &w->config, &w->diag), 0);
        for (size_t i = 0; i < w->diag.n; i++)
                add_remark(&w->remarks, w->diag.items + i);
        assert_false(w->remarks.failed);
        return str_buf_get(&w->remarks);
}

const Instance *config_world_instance(const ConfigWorld *w, const char *name)
{
        for (size_t i = 0; i < w->config.n_instances; i++)
                if (streq(w->config.instances[i]->name, name))
                        return w->config.instances[i];
        return NULL;
}

static const char *without_origins(StrBuf *b)
{
        for (char *p = b->data; p && (p = strstr(p, "  # "));) {
                char *end = p + strcspn(p, "\n");

                memmove(p, end, strlen(end) + 1);
        }
        return str_buf_get(b);
}

const char *config_world_print_host(ConfigWorld *w, bool origins)
{
        str_buf_done(&w->text);
        assert_int_equal(config_print_host(&w->config.host, &w->text), 0);
        return origins ? str_buf_get(&w->text) : without_origins(&w->text);
}

const char *config_world_print(ConfigWorld *w, const char *name, bool origins)
{
        const Instance *instance = config_world_instance(w, name);

        assert_non_null(instance);
        str_buf_done(&w->text);
        assert_int_equal(config_print_instance(instance, &w->text), 0);
        return origins ? str_buf_get(&w->text) : without_origins(&w->text);
}
