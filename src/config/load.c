// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/load.h"

#include "config/file.h"
#include "config/host.h"
#include "config/source.h"
#include "util/str.h"

ConfigReader *config_close(ConfigReader *c)
{
        if (!c)
                return NULL;
        for (size_t i = 0; i < c->n_profiles; i++)
                instance_free(c->profiles[i]);
        free(c->profiles);
        object_done(&host_table, &c->host);
        str_list_done(&c->files);
        str_list_done(&c->profile_names);
        listing_done(&c->vms);
        listing_done(&c->containers);
        doc_done(&c->doc);
        free(c->current);
        free(c);
        return NULL;
}

const HostConfig *config_host(const ConfigReader *reader)
{
        return &reader->host;
}

bool config_host_valid(const ConfigReader *reader)
{
        return reader->host_valid;
}

/* The name of a file that origins may borrow as long as the reader lives. */
static int keep_path(ConfigReader *c, const Listing *listing, const Entry *entry, const char **ret)
{
        int r = str_list_take(&c->files, entry_path(listing, entry));

        if (r >= 0)
                *ret = c->files.items[c->files.n - 1];
        return r;
}

static int read_host_file(ConfigReader *c, const Listing *listing, const Entry *entry)
{
        Reader reader = { .diag = c->diag, .kind = KEY_HOST };
        HostConfig part;
        int r = keep_path(c, listing, entry, &reader.file);

        if (r < 0)
                return r;
        object_init(&host_table, &part);
        r = file_read_object(c->root, entry, &reader, &c->doc, &host_table, &part);
        if (r >= 0) {
                c->host_valid = c->host_valid && reader.n_errors == 0;
                c->host.declared = c->host.declared || part.keys.set;
                r = object_merge(&host_table, &c->host, &part, KEY_HOST);
        }
        object_done(&host_table, &part);
        return r;
}

static int read_host(ConfigReader *c)
{
        Listing listing = {};
        int r = listing_read(c->root, c->trees, "host.d", c->diag, &listing);

        if (r < 0)
                return r;
        c->host_valid = !listing.failed;
        object_init(&host_table, &c->host);
        for (size_t i = 0; r >= 0 && i < listing.n; i++)
                r = read_host_file(c, &listing, listing.items + i);
        listing_done(&listing);
        if (r >= 0)
                c->host_valid = host_names_valid(&c->host, c->diag) && c->host_valid &&
                                host_pages_valid(&c->host, c->diag);
        return r;
}

/* A name that can't stand in unit names and become a user's. */
static int tell_bad_name(ConfigReader *c, const Entry *entry, const char *path)
{
        int r = entry_is_masked(c->root, path);
        DiagItem *item;

        if (r != 0)
                return r < 0 ? r : 0;
        item = diag_add(c->diag, SEVERITY_ERROR, "config-schema", (Origin){ .file = path },
                        "'%s' cannot be a name", entry->name);
        diag_hint(item, "a name begins with a-z or 0-9 and holds at most %d of a-z, 0-9, _ and -",
                  INSTANCE_NAME_MAX);
        return 0;
}

int load_file(ConfigReader *c, const Entry *entry, const char *path, InstanceKind kind,
              Instance **ret)
{
        _cleanup_(instance_freep) Instance *instance = NULL;
        Reader reader = {
                .diag = c->diag,
                .file = path,
                .profiles = c->profiles_known ? &c->profile_names : NULL,
        };
        int r;

        if (!instance_name_valid(entry->name))
                return tell_bad_name(c, entry, path);
        instance = instance_new(kind, entry->name, path);
        if (!instance)
                return -ENOMEM;
        reader.kind = instance_key_kind(instance);
        r = file_read_object(c->root, entry, &reader, &c->doc, &instance_table, instance);
        if (r <= 0)
                return r;
        instance->valid = reader.n_errors == 0;
        *ret = TAKE_PTR(instance);
        return 1;
}

static int read_profile(ConfigReader *c, const Listing *listing, const Entry *entry)
{
        Instance *profile = NULL;
        const char *path;
        int r = keep_path(c, listing, entry, &path);

        if (r >= 0)
                r = load_file(c, entry, path, INSTANCE_PROFILE, &profile);
        if (r <= 0)
                return r;
        if (!GROW(c->profiles, c->n_profiles)) {
                instance_free(profile);
                return -ENOMEM;
        }
        c->profiles[c->n_profiles++] = profile;
        return str_list_add(&c->profile_names, profile->name);
}

static Instance *find_profile(const ConfigReader *c, const char *name)
{
        for (size_t i = 0; i < c->n_profiles; i++)
                if (streq(c->profiles[i]->name, name))
                        return c->profiles[i];
        return NULL;
}

static int read_profiles(ConfigReader *c)
{
        Listing listing = {};
        int r = listing_read(c->root, c->trees, "profile.d", c->diag, &listing);

        if (r < 0)
                return r;
        for (size_t i = 0; r >= 0 && i < listing.n; i++)
                r = read_profile(c, &listing, listing.items + i);
        c->profiles_known = !listing.failed;
        listing_done(&listing);
        /* There always is one, be it empty. */
        if (r >= 0 && !find_profile(c, "default"))
                r = str_list_add(&c->profile_names, "default");
        return r;
}

int config_open(Root *root, ConfigFlags flags, Diag *diag, ConfigReader **ret)
{
        _cleanup_(config_closep) ConfigReader *c = calloc(1, sizeof(ConfigReader));
        size_t first = diag->n;
        int r;

        if (!c)
                return -ENOMEM;
        c->root = root;
        c->diag = diag;
        c->trees = config_trees_find(root);
        r = read_host(c);
        if (r >= 0 && !(flags & CONFIG_HOST_ONLY)) {
                r = read_profiles(c);
                if (r >= 0)
                        r = listing_read(root, c->trees, "vm.d", diag, &c->vms);
                if (r >= 0)
                        r = listing_read(root, c->trees, "container.d", diag, &c->containers);
        }
        if (r < 0)
                return r;
        diag_add_sources(diag, first, root);
        *ret = TAKE_PTR(c);
        return diag->failed ? -ENOMEM : 0;
}

/* Without `profiles:` an instance has the one that is called default. */
static int add_default_profile(const ConfigReader *c, Instance *own, const char *path)
{
        const Origin origin = { .file = path };
        int r;

        if (object_has(&instance_table, own, &own->profiles) || !find_profile(c, "default"))
                return 0;
        r = texts_add(&own->profiles, "default", origin);
        return r < 0 ? r : object_set(&instance_table, own, &own->profiles, origin);
}

static int merge_profile(ConfigReader *c, Instance *instance, const Instance *own, size_t i)
{
        const Instance *profile = find_profile(c, own->profiles.items[i]);
        DiagItem *item;

        if (!profile)
                return 0; /* the empty default, or one that was told to be missing */
        if (!profile->valid) {
                instance->valid = false;
                item = diag_add(c->diag, SEVERITY_ERROR, "config-reference",
                                own->profiles.origins[i], "profile '%s' is wrong itself",
                                profile->name);
                diag_hint(item, "correct %s", profile->file);
        }
        return instance_merge(instance, profile);
}

/* Do its profiles say anything? The shipped default does not. */
static bool has_profiles(const ConfigReader *c, const Instance *own)
{
        for (size_t i = 0; i < own->profiles.n; i++) {
                const Instance *profile = find_profile(c, own->profiles.items[i]);

                if (profile && (profile->keys.set || !profile->valid))
                        return true;
        }
        return false;
}

static int merge_profiles(ConfigReader *c, const Instance *own, Instance **ret)
{
        _cleanup_(instance_freep) Instance *instance =
                instance_new(own->kind, own->name, own->file);
        int r = instance ? 0 : -ENOMEM;

        if (r < 0)
                return r;
        instance->valid = own->valid;
        for (size_t i = 0; r >= 0 && i < own->profiles.n; i++)
                r = merge_profile(c, instance, own, i);
        if (r >= 0)
                r = instance_merge(instance, own);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(instance);
        return 0;
}

/* From what its file says to what it is. */
static int complete(ConfigReader *c, const char *path, Instance **instance)
{
        Instance *merged;
        int r = add_default_profile(c, *instance, path);

        if (r < 0)
                return r;
        if (has_profiles(c, *instance)) {
                r = merge_profiles(c, *instance, &merged);
                if (r < 0)
                        return r;
                instance_free(*instance);
                *instance = merged;
        }
        return instance_validate(*instance, c->host_valid ? &c->host : NULL, c->diag);
}

static int load_entry(ConfigReader *c, const Listing *listing, Entry *entry, InstanceKind kind,
                      Instance **ret)
{
        _cleanup_(instance_freep) Instance *own = NULL;
        const char *path;
        int r;

        if (c->keep) {
                r = keep_path(c, listing, entry, &path);
                if (r < 0)
                        return r;
        } else {
                free(c->current);
                path = c->current = entry_path(listing, entry);
                if (!path)
                        return -ENOMEM;
        }
        r = load_file(c, entry, path, kind, &own);
        if (r <= 0)
                return r;
        entry->seen = true;
        entry->replicas = own->has_replicas ? (uint16_t)own->replicas : 0;
        r = names_check(c, path, own);
        if (r >= 0)
                r = complete(c, path, &own);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(own);
        return 1;
}

/* The same with the lines of what was wrong. */
static int load_instance(ConfigReader *c, const Listing *listing, Entry *entry, InstanceKind kind,
                         Instance **ret)
{
        size_t first = c->diag->n;
        int r = load_entry(c, listing, entry, kind, ret);

        if (r < 0)
                return r;
        diag_add_sources(c->diag, first, c->root);
        if (!c->diag->failed)
                return r;
        if (r > 0)
                *ret = instance_free(*ret);
        return -ENOMEM;
}

int config_next(ConfigReader *c, Instance **ret)
{
        int r = 0;

        while (r == 0) {
                Entry *vm = c->next_vm < c->vms.n ? c->vms.items + c->next_vm : NULL;
                Entry *box = c->next_container < c->containers.n
                                     ? c->containers.items + c->next_container
                                     : NULL;

                if (vm && (!box || strcmp(vm->name, box->name) <= 0)) {
                        c->next_vm++;
                        r = load_instance(c, &c->vms, vm, INSTANCE_VM, ret);
                } else if (box) {
                        c->next_container++;
                        r = load_instance(c, &c->containers, box, INSTANCE_CONTAINER, ret);
                } else {
                        break;
                }
        }
        return r;
}

static int find_declaration(ConfigReader *c, const char *name, Instance **ret)
{
        Entry *entry = listing_find(&c->vms, name);
        int r = entry ? load_instance(c, &c->vms, entry, INSTANCE_VM, ret) : 0;

        if (r != 0)
                return r;
        entry = listing_find(&c->containers, name);
        return entry ? load_instance(c, &c->containers, entry, INSTANCE_CONTAINER, ret) : 0;
}

int config_find(ConfigReader *c, const char *name, Instance **ret)
{
        _cleanup_(instance_freep) Instance *declaration = NULL;
        char base[INSTANCE_NAME_MAX + 1];
        uint32_t number;
        int r = find_declaration(c, name, ret);

        if (r != 0)
                return r < 0 ? r : 0;
        if (!names_split_replica(name, base, &number))
                return -ENOENT;
        r = find_declaration(c, base, &declaration);
        if (r < 0)
                return r;
        if (r == 0 || !declaration->has_replicas || number > declaration->replicas)
                return -ENOENT;
        return instance_replica(declaration, number, ret);
}
