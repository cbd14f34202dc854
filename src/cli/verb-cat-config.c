// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/config-json.h"
#include "cli/object.h"
#include "cli/verb.h"
#include "emit/finding.h"
#include "util/near.h"

/* One object as a YAML document. */
typedef struct Document {
        const char *kind, *name; /* "host" has no name */
        const Instance *instance;
} Document;

typedef int (*DocumentFunction)(const Session *s, const Document *document, void *userdata);

static int for_instances(const Session *s, Instance *const *instances, size_t n, const char *name,
                         DocumentFunction function, void *userdata)
{
        int found = 0;

        for (size_t i = 0; i < n; i++) {
                Document d = {
                        .kind = enum_to_string(&instance_kind_table, (int)instances[i]->kind),
                        .name = instances[i]->name,
                        .instance = instances[i],
                };
                int r;

                if (name && !object_is_instance(instances[i], name))
                        continue;
                r = function(s, &d, userdata);
                if (r < 0)
                        return r;
                found = 1;
        }
        return found;
}

/* All that `name` means, or everything for NULL: the host, profiles, instances. 0: nothing. */
static int for_documents(const Session *s, const char *name, DocumentFunction function,
                         void *userdata)
{
        const Config *c = &s->config;
        int host = 0, profiles, instances;

        if (!name) {
                host = function(s, &(Document){ .kind = "host" }, userdata);
                if (host < 0)
                        return host;
        }
        profiles = for_instances(s, c->profiles, c->n_profiles, name, function, userdata);
        if (profiles < 0)
                return profiles;
        instances = for_instances(s, c->instances, c->n_instances, name, function, userdata);
        return instances < 0 ? instances : profiles || instances || !name;
}

static int print_yaml(const Session *s, const Document *d, void *userdata)
{
        _cleanup_str_buf_ StrBuf yaml = {};
        StrBuf *out = userdata;
        int r = d->instance ? config_print_instance(d->instance, &yaml)
                            : config_print_host(&s->config.host, &yaml);

        if (r < 0)
                return r;
        str_buf_add(out, out->len > 0 ? "---\n" : "");
        text_begin_style(out, &s->format, STYLE_BOLD);
        str_buf_add(out, "# ");
        text_add(out, d->kind);
        if (d->name) {
                str_buf_add_char(out, ' ');
                text_add(out, d->name);
        }
        text_end_style(out, &s->format, STYLE_BOLD);
        str_buf_add_char(out, '\n');
        if (yaml.len == 0)
                str_buf_add(out, "{}\n");
        text_add_lines(out, 0, str_buf_get(&yaml));
        return 0;
}

static int add_json(const Session *s, const Document *d, void *userdata)
{
        Json **array = userdata;
        Json *object =
                d->instance ? config_json_instance(d->instance) : config_json_host(&s->config.host);

        json_put(&object, "kind", json_text(d->kind));
        json_put(&object, "name", json_text(d->name));
        json_put(&object, "file", json_text(d->instance ? d->instance->file : NULL));
        json_add(array, object);
        return *array ? 0 : -ENOMEM;
}

static int print_json(Session *s, const char *name, StrBuf *out)
{
        Json *object = json_map(), *array = json_list();
        int r = for_documents(s, name, add_json, &array);

        json_put(&object, "documents", array);
        json_put(&object, "findings", findings_json(&s->findings, SEVERITY_INFO));
        if (r > 0)
                json_print(object, (JsonMode)s->arguments->json, out);
        else
                (void)json_free(object);
        return r;
}

/* Wrong files matter to who asks for everything, or for what they declare. */
static ExitStatus files_status(const Session *s, const char *name)
{
        ExitStatus status = STATUS_DONE;

        if (!name)
                return session_files_status(s);
        for (size_t i = 0; i < s->config.n_profiles; i++)
                if (streq(s->config.profiles[i]->name, name) && !s->config.profiles[i]->valid)
                        status = STATUS_WRONG;
        for (size_t i = 0; i < s->config.n_instances; i++)
                if (object_is_instance(s->config.instances[i], name) &&
                    !s->config.instances[i]->valid)
                        status = STATUS_WRONG;
        return status;
}

static void say_unknown(const Session *s, const char *name)
{
        Near near = { .word = name };

        for (size_t i = 0; i < s->config.n_instances; i++)
                near_offer(&near, s->config.instances[i]->name);
        for (size_t i = 0; i < s->config.n_profiles; i++)
                near_offer(&near, s->config.profiles[i]->name);
        object_unknown(s, "instance or profile", name, near.best);
}

int verb_cat_config(Session *s, StrBuf *out)
{
        const char *name = s->arguments->n_words > 0 ? s->arguments->words[0] : NULL;
        ExitStatus status = files_status(s, name);
        int r = s->arguments->json != JSON_OFF ? print_json(s, name, out)
                                               : for_documents(s, name, print_yaml, out);

        if (r < 0)
                return r;
        if (r == 0) {
                say_unknown(s, name);
                return -ENOENT;
        }
        if (status != STATUS_DONE && s->arguments->json == JSON_OFF)
                session_say_files(s);
        return (int)status;
}
