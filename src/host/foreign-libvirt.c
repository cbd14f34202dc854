// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * libvirt's domains, without a library for XML: only elements and attributes matter, entities do not
 * occur in them, and a file that is no XML says nothing. What is looked for:
 *
 *      <hostdev mode='subsystem' type='pci' managed='yes'>
 *        <source>
 *          <address domain='0x0000' bus='0x0c' slot='0x00' function='0x0'/>
 *        </source>
 *      </hostdev>
 */
#include <fcntl.h>

#include "host/attributes.h"
#include "host/foreign.h"
#include "host/note.h"
#include "util/buf.h"
#include "util/fd.h"
#include "util/parse.h"

enum { MAX_FILES = 1024, MAX_XML = 1024 * 1024, MAX_TAG = 512 };

typedef struct Domain {
        Machine *m;
        const char *file;
        StrBuf excerpt; /* the elements that matter, each on its own line of the file */
        unsigned line;
        bool in_hostdev, in_source;
        unsigned hostdev_line;
        char hostdev[MAX_TAG];
} Domain;

/* The value of an attribute in "hostdev mode='subsystem' managed='yes'"; false: it has none. */
static bool attribute(const char *tag, const char *name, char *buf, size_t size)
{
        size_t n = strlen(name);

        for (const char *p = strchr(tag, ' '); p; p = strchr(p, ' ')) {
                const char *value, *end;

                p += strspn(p, " ");
                if (strncmp(p, name, n) != 0 || p[n] != '=' ||
                    (p[n + 1] != '\'' && p[n + 1] != '"'))
                        continue;
                value = p + n + 2;
                end = strchr(value, p[n + 1]);
                if (!end || (size_t)(end - value) >= size)
                        return false;
                memcpy(buf, value, (size_t)(end - value));
                buf[end - value] = '\0';
                return true;
        }
        return false;
}

static bool number(const char *tag, const char *name, uint64_t max, uint64_t *ret)
{
        const char *digits;
        char buf[16];

        if (!attribute(tag, name, buf, sizeof(buf)))
                return false;
        digits = startswith(buf, "0x");
        return (digits ? parse_hex(digits, 8, ret) : parse_u64(buf, ret)) >= 0 && *ret <= max;
}

static bool parse_address(const char *tag, PciAddress *ret)
{
        uint64_t domain, bus, slot, function;

        if (!number(tag, "domain", UINT32_MAX, &domain) || !number(tag, "bus", 255, &bus) ||
            !number(tag, "slot", 31, &slot) || !number(tag, "function", 7, &function))
                return false;
        *ret = (PciAddress){ (uint32_t)domain, (uint8_t)bus, (uint8_t)slot, (uint8_t)function };
        return true;
}

static int add_hostdev(Domain *d, const char *tag)
{
        PciAddress address;
        Foreign *f;
        int r;

        if (!parse_address(tag, &address))
                return 0;
        r = foreign_add(d->m, FOREIGN_LIBVIRT_MANAGED, d->file, d->hostdev_line, d->hostdev, &f);
        if (r < 0)
                return r;
        f->has_address = true;
        f->address = address;
        return 0;
}

static bool is_element(const char *tag, const char *name)
{
        const char *rest = startswith(tag, name);

        return rest && (!*rest || *rest == ' ' || *rest == '/');
}

static bool is_managed_pci(const char *tag)
{
        char type[8], managed[8];

        return attribute(tag, "type", type, sizeof(type)) && streq(type, "pci") &&
               attribute(tag, "managed", managed, sizeof(managed)) && streq(managed, "yes");
}

/* Returns 1 for an element that matters. */
static int enter_element(Domain *d, const char *tag)
{
        int r;

        if (is_element(tag, "hostdev")) {
                d->in_hostdev = is_managed_pci(tag);
                d->in_source = false;
                d->hostdev_line = d->line;
                (void)snprintf(d->hostdev, sizeof(d->hostdev), "<%.*s>", MAX_TAG - 3, tag);
                return d->in_hostdev;
        }
        if (!d->in_hostdev)
                return 0;
        if (is_element(tag, "/hostdev"))
                d->in_hostdev = false;
        else if (is_element(tag, "source"))
                d->in_source = tag[strlen(tag) - 1] != '/';
        else if (is_element(tag, "/source"))
                d->in_source = false;
        else if (d->in_source && is_element(tag, "address")) {
                r = add_hostdev(d, tag);
                return r < 0 ? r : 1;
        } else
                return 0;
        return 1;
}

/* A tag may go over several lines: any white space becomes one space. Its length, 0: none. */
static size_t read_tag(const char *p, char *tag, unsigned *lines)
{
        size_t n = 0, used = 0;
        char quote = '\0';

        for (; p[n] && (quote || p[n] != '>'); n++) {
                bool space = strchr(" \t\r\n", p[n]);

                *lines += p[n] == '\n';
                if (quote ? p[n] == quote : p[n] == '\'' || p[n] == '"')
                        quote = quote ? '\0' : p[n];
                if (space && used > 0 && tag[used - 1] == ' ')
                        continue;
                if (used < MAX_TAG - 1)
                        tag[used++] = space ? ' ' : p[n];
        }
        while (used > 0 && tag[used - 1] == ' ')
                used--;
        tag[used] = '\0';
        return p[n] ? n + 1 : 0;
}

static int read_element(Domain *d, const char **p)
{
        char tag[MAX_TAG];
        unsigned lines = 0;
        size_t n = read_tag(*p + 1, tag, &lines);
        int r;

        if (n == 0) {
                *p += strlen(*p);
                return 0;
        }
        *p += n + 1;
        r = enter_element(d, tag);
        if (r > 0)
                str_buf_printf(&d->excerpt, "<%s>", tag);
        str_buf_fill(&d->excerpt, '\n', lines);
        d->line += lines;
        return r;
}

static int read_domain(Domain *d, const char *p)
{
        int r = 0;

        while (r >= 0 && *p) {
                const char *end = startswith(p, "<!--") ? strstr(p, "-->") : NULL;

                if (end) {
                        for (; p < end; p++)
                                if (*p == '\n') {
                                        d->line++;
                                        str_buf_add_char(&d->excerpt, '\n');
                                }
                } else if (*p == '<') {
                        r = read_element(d, &p);
                } else {
                        if (*p == '\n') {
                                d->line++;
                                str_buf_add_char(&d->excerpt, '\n');
                        }
                        p++;
                }
        }
        return r < 0 ? r : d->excerpt.failed ? -ENOMEM : 0;
}

/* Read past the observer, which gets the excerpt: a domain may hold passwords. */
static int read_file(Root *root, Machine *m, const char *file)
{
        _cleanup_close_ int fd = root_open_file(root, file, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        Domain d = { .m = m, .file = file, .line = 1 };
        _cleanup_free_ char *text = NULL;
        int r = fd < 0 ? fd : read_all(fd, MAX_XML, &text, NULL);

        if (r < 0)
                return note_unseen(m, file, r);
        r = read_domain(&d, text);
        if (r >= 0)
                r = root_tell_excerpt(root, file, str_buf_get(&d.excerpt), d.excerpt.len);
        str_buf_done(&d.excerpt);
        return r;
}

int foreign_libvirt(Root *root, Machine *m)
{
        static const char folder[] = "etc/libvirt/qemu";
        _cleanup_str_list_ StrList names = {};
        int r = root_list(root, folder, &names);

        if (r < 0)
                return note_unseen(m, folder, r);
        for (size_t i = 0; r >= 0 && i < names.n && i < MAX_FILES; i++) {
                _cleanup_free_ char *file = format_string("%s/%s", folder, names.items[i]);

                if (!file)
                        return -ENOMEM;
                if (endswith(file, ".xml") && text_is_plain(file, ""))
                        r = read_file(root, m, file);
        }
        return r;
}
