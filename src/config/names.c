// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/load.h"
#include "util/parse.h"
#include "util/str.h"

/* Names are unique over vm.d and container.d, those of replicas included. */

static void tell_clash(ConfigReader *c, Instance *own, Origin origin, const char *format, ...)
        _printf_(4, 5);
static void tell_clash(ConfigReader *c, Instance *own, Origin origin, const char *format, ...)
{
        va_list ap;

        own->valid = false;
        va_start(ap, format);
        diag_hint(diag_add_v(c->diag, SEVERITY_ERROR, "name-clash", origin, format, ap),
                  "names are unique over vm.d and container.d: rename one");
        va_end(ap);
}

/* The file of that name in the listing, unless there is none or it is masked. */
static int find_file(const ConfigReader *c, const Listing *listing, const char *name, Entry **ret,
                     char **ret_path)
{
        Entry *entry = listing_find(listing, name);
        _cleanup_free_ char *path = entry ? entry_path(listing, entry) : NULL;
        int r;

        if (!entry)
                return 0;
        if (!path)
                return -ENOMEM;
        r = entry_is_masked(c->root, path);
        if (r != 0)
                return r < 0 ? r : 0;
        *ret = entry;
        *ret_path = TAKE_PTR(path);
        return 1;
}

/* Are there two files of one name? */
static int check_same(ConfigReader *c, const Listing *other, const char *path, Instance *own)
{
        _cleanup_free_ char *their_path = NULL;
        Entry *entry;
        int r = find_file(c, other, own->name, &entry, &their_path);

        if (r > 0)
                tell_clash(c, own, (Origin){ .file = path }, "the name '%s' is also that of %s",
                           own->name, their_path);
        return r;
}

/* Has one of its replicas the name of a file? */
static int check_own_replicas(ConfigReader *c, const Listing *listing, Instance *own)
{
        int r = 0;

        for (uint32_t i = 1; r >= 0 && own->has_replicas && i <= own->replicas; i++) {
                _cleanup_free_ char *name = format_string("%s-%u", own->name, i), *path = NULL;
                Entry *entry;

                r = name ? find_file(c, listing, name, &entry, &path) : -ENOMEM;
                if (r > 0)
                        tell_clash(c, own, *object_origin(&instance_table, own, &own->replicas),
                                   "replica '%s' has the name of %s", name, path);
        }
        return r;
}

bool names_split_replica(const char *name, char base[static INSTANCE_NAME_MAX + 1],
                         uint32_t *ret_number)
{
        const char *dash = strrchr(name, '-');
        uint64_t number;

        if (!dash || dash == name || dash - name > INSTANCE_NAME_MAX || dash[1] == '0' ||
            parse_u64(dash + 1, &number) < 0 || number > UINT16_MAX)
                return false;
        memcpy(base, name, (size_t)(dash - name));
        base[dash - name] = '\0';
        *ret_number = (uint32_t)number;
        return true;
}

/* How many replicas a file makes. It sorts before them, so in a row it was read before; else now. */
static int learn_replicas(ConfigReader *c, Entry *entry, const char *path, InstanceKind kind)
{
        _cleanup_(instance_freep) Instance *own = NULL;
        _cleanup_diag_ Diag quiet = {};
        Diag *diag = c->diag;
        int r;

        if (entry->seen)
                return 0;
        c->diag = &quiet;
        r = load_file(c, entry, path, kind, &own);
        c->diag = diag;
        entry->seen = true;
        entry->replicas = r > 0 && own->has_replicas ? (uint16_t)own->replicas : 0;
        return r;
}

/* Has a replica of another file its name? */
static int check_as_replica(ConfigReader *c, const Listing *listing, InstanceKind kind,
                            const char *path, Instance *own)
{
        char base[INSTANCE_NAME_MAX + 1];
        _cleanup_free_ char *their_path = NULL;
        Entry *entry;
        uint32_t number;
        int r;

        if (!names_split_replica(own->name, base, &number))
                return 0;
        r = find_file(c, listing, base, &entry, &their_path);
        if (r <= 0)
                return r;
        r = learn_replicas(c, entry, their_path, kind);
        if (r >= 0 && number <= entry->replicas)
                tell_clash(c, own, (Origin){ .file = path },
                           "the name '%s' is also that of a replica of %s", own->name, their_path);
        return r;
}

int names_check(ConfigReader *c, const char *path, Instance *own)
{
        const Listing *other = own->kind == INSTANCE_VM ? &c->containers : &c->vms;
        int r = check_same(c, other, path, own);

        if (r >= 0)
                r = check_own_replicas(c, &c->vms, own);
        if (r >= 0)
                r = check_own_replicas(c, &c->containers, own);
        if (r >= 0)
                r = check_as_replica(c, &c->vms, INSTANCE_VM, path, own);
        if (r >= 0)
                r = check_as_replica(c, &c->containers, INSTANCE_CONTAINER, path, own);
        return r < 0 ? r : 0;
}
