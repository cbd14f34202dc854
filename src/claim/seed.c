// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/folder.h"
#include "claim/start.h"
#include "guest/guest.h"

/* What a guest is told of itself by files: cloud-init's NoCloud seed, and credentials of systemd. They are
 * read by root, and copied to where the VM's user may read them too. */

enum { MAX_FILE = 1024 * 1024 };

static char *folder_of(const Stage *s, const char *what)
{
        return format_string(RUN_RECORD_FOLDER "/%s.%s", s->name, what);
}

static int read_file(Stage *s, const char *key, const char *path, char **ret, size_t *ret_n)
{
        int r = root_read_file(s->root, path + 1, MAX_FILE, ret, ret_n);

        return r < 0 ? refuse_error(s, r, "%s: %s: cannot read %s", s->instance->file, key, path)
                     : 0;
}

/* `fallback` where the file says nothing. */
static int copy(Stage *s, const char *folder, const char *name, const char *path,
                const char *fallback)
{
        _cleanup_free_ char *text = NULL;
        size_t n = 0;
        int r = path ? read_file(s, "cloud_init", path, &text, &n) : 0;

        if (r < 0)
                return r;
        if (!text && !fallback)
                return 0;
        r = folder_write(s->root, folder, name, text ? text : fallback, text ? n : strlen(fallback),
                         s->uid);
        return r < 0 ? refuse_error(s, r, "cannot write /%s/%s", folder, name) : 0;
}

static int make_seed(Stage *s, const CloudInit *c)
{
        _cleanup_free_ char *folder = folder_of(s, "seed"), *meta = NULL;
        int r;

        if (!folder ||
            !(meta = format_string("instance-id: %s\nlocal-hostname: %s\n", s->name, s->name)))
                return -ENOMEM;
        r = folder_make(s->root, folder, s->uid);
        if (r < 0)
                return refuse_error(s, r, "cannot make /%s", folder);
        if ((r = copy(s, folder, "user-data", c->user_data, "#cloud-config\n")) < 0 ||
            (r = copy(s, folder, "meta-data", c->meta_data, meta)) < 0)
                return r;
        return copy(s, folder, "network-config", c->network_config, NULL);
}

static int make_credential(Stage *s, const char *folder, const KeyValue *credential, size_t i)
{
        _cleanup_free_ char *value = NULL, *text = NULL;
        char name[32];
        size_t n = 0;
        int r = read_file(s, "credentials", credential->value, &value, &n);

        if (r < 0)
                return r;
        (void)snprintf(name, sizeof(name), "%zu", i);
        r = guest_credential(credential->key, value, n, &text);
        if (r >= 0)
                r = folder_write(s->root, folder, name, text, strlen(text), s->uid);
        return r < 0 ? refuse_error(s, r, "%s: credentials: cannot pass '%s' on", s->instance->file,
                                    credential->key)
                     : 0;
}

static int make_credentials(Stage *s)
{
        const KeyValueList *list = &s->instance->credentials;
        _cleanup_free_ char *folder = folder_of(s, "credentials");
        int r = folder ? folder_make(s->root, folder, s->uid) : -ENOMEM;

        if (r < 0)
                return refuse_error(s, r, "cannot make /" RUN_RECORD_FOLDER "/%s.credentials",
                                    s->name);
        for (size_t i = 0; r >= 0 && i < list->n; i++)
                r = make_credential(s, folder, list->items + i, i);
        return r;
}

int seed_decide(Stage *s)
{
        const CloudInit *c = &s->instance->cloud_init;
        _cleanup_free_ char *seed = folder_of(s, "seed"),
                            *credentials = folder_of(s, "credentials");
        int r = seed && credentials ? 0 : -ENOMEM;

        if (r >= 0 && (c->user_data || c->meta_data || c->network_config)) {
                s->start.seed = format_string("/%s", seed);
                r = s->start.seed ? 0 : -ENOMEM;
        }
        for (size_t i = 0; r >= 0 && i < s->instance->credentials.n; i++)
                r = str_list_take(&s->start.credentials, format_string("/%s/%zu", credentials, i));
        return r;
}

int seed_make(Stage *s)
{
        int r = s->start.seed ? make_seed(s, &s->instance->cloud_init) : 0;

        return r < 0 || s->instance->credentials.n == 0 ? r : make_credentials(s);
}

int seed_remove(Stage *s)
{
        _cleanup_free_ char *seed = folder_of(s, "seed"),
                            *credentials = folder_of(s, "credentials");
        int r = seed && credentials ? folder_remove(s->root, seed) : -ENOMEM;

        return r < 0 ? r : folder_remove(s->root, credentials);
}
