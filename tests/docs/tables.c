// SPDX-License-Identifier: LGPL-2.1-or-later

/* Prints the tables that help, parsing and findings come from, as JSON: what documents must agree with. */

#include "cli/verb.h"
#include "config/key.h"

static json_t *words_json(const EnumTable *table)
{
        json_t *array = json_array();

        for (size_t i = 0; table && i < table->n; i++)
                json_add(&array, json_string(table->names[i]));
        return array;
}

static json_t *option_json(OptionId id)
{
        const OptionSpec *spec = option_specs + id;
        const char letter[] = { spec->letter, '\0' };
        json_t *object = json_object();

        json_put(&object, "name", json_string(spec->name));
        json_put(&object, "letter", json_string(letter));
        json_put(&object, "own", json_boolean(spec->own));
        json_put(&object, "words", words_json(spec->words));
        json_put(&object, "value", json_text(spec->value));
        json_put(&object, "value_optional", json_boolean(spec->by_default != NULL));
        return object;
}

static json_t *verb_json(const Verb *verb)
{
        json_t *object = json_object(), *options = json_array();

        for (OptionId id = 0; id < _OPTION_MAX; id++)
                if (option_fits(id, verb))
                        json_add(&options, json_string(option_specs[id].name));
        json_put(&object, "name", json_string(verb->name));
        json_put(&object, "arguments", json_string(verb->arguments));
        json_put(&object, "options", options);
        return object;
}

static json_t *finding_json(const FindingSpec *spec)
{
        json_t *object = json_object();

        json_put(&object, "code", json_string(spec->code));
        json_put(&object, "severity",
                 json_string(enum_to_string(&severity_table, (int)spec->severity)));
        return object;
}

/* Adds the keys of a table under its path, then the tables below it, each table once. */
static void add_table(json_t **tables, const char *path, const KeyTable *table,
                      const KeyTable **seen, size_t *n_seen)
{
        json_t *keys = json_object();

        for (size_t i = 0; i < *n_seen; i++)
                if (seen[i] == table) {
                        json_decref(keys);
                        return;
                }
        seen[(*n_seen)++] = table;
        for (size_t i = 0; i < table->n_keys; i++)
                json_put(&keys, table->keys[i].name,
                         words_json(key_type_values(table->keys[i].type)));
        json_put(tables, path, keys);
        for (size_t i = 0; i < table->n_keys; i++) {
                const KeyTable *below = key_type_table(table->keys[i].type);

                if (below)
                        add_table(tables, table->keys[i].name, below, seen, n_seen);
        }
}

static json_t *tables_json(void)
{
        const KeyTable *seen[64];
        size_t n = 0;
        json_t *tables = json_object();

        add_table(&tables, "host", &host_table, seen, &n);
        add_table(&tables, "instance", &instance_table, seen, &n);
        return tables;
}

int main(void)
{
        _cleanup_str_buf_ StrBuf out = {};
        json_t *all = json_object(), *list = json_array(), *options = json_array(),
               *findings = json_array();

        for (size_t i = 0; i < n_verbs; i++)
                if (!verbs[i].hidden)
                        json_add(&list, verb_json(verbs + i));
        for (OptionId id = 0; id < _OPTION_MAX; id++)
                json_add(&options, option_json(id));
        for (size_t i = 0; i < _FINDING_MAX; i++)
                json_add(&findings, finding_json(finding_specs + i));
        json_put(&all, "verbs", list);
        json_put(&all, "options", options);
        json_put(&all, "findings", findings);
        json_put(&all, "steps", words_json(&step_code_table));
        json_put(&all, "tables", tables_json());
        json_print(all, JSON_PRETTY, &out);
        return fputs(str_buf_get(&out), stdout) < 0 || out.failed;
}
