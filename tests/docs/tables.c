// SPDX-License-Identifier: LGPL-2.1-or-later

/* Prints the tables that help, parsing and findings come from, as JSON: what documents must agree with. */

#include "cli/verb.h"
#include "config/key.h"
#include "supervise/ending.h"

static Json *words_json(const EnumTable *table)
{
        Json *array = json_list();

        for (size_t i = 0; table && i < table->n; i++)
                json_add(&array, json_text(table->names[i]));
        return array;
}

static Json *option_json(OptionId id)
{
        const OptionSpec *spec = option_specs + id;
        const char letter[] = { spec->letter, '\0' };
        Json *object = json_map();

        json_put(&object, "name", json_text(spec->name));
        json_put(&object, "letter", json_text(letter));
        json_put(&object, "own", json_bool(spec->own));
        json_put(&object, "words", words_json(spec->words));
        json_put(&object, "value", json_text(spec->value));
        json_put(&object, "value_optional", json_bool(spec->by_default != NULL));
        return object;
}

static Json *verb_json(const Verb *verb)
{
        Json *object = json_map(), *options = json_list();

        for (OptionId id = 0; id < _OPTION_MAX; id++)
                if (option_fits(id, verb))
                        json_add(&options, json_text(option_specs[id].name));
        json_put(&object, "name", json_text(verb->name));
        json_put(&object, "arguments", json_text(verb->arguments));
        json_put(&object, "options", options);
        return object;
}

static Json *finding_json(const FindingSpec *spec)
{
        Json *object = json_map();

        json_put(&object, "code", json_text(spec->code));
        json_put(&object, "severity",
                 json_text(enum_to_string(&severity_table, (int)spec->severity)));
        return object;
}

static Json *ending_json(const EndingRow *row)
{
        Json *object = json_map();

        json_put(&object, "code", json_number((uint64_t)row->code));
        json_put(&object, "final", json_bool(row->final));
        return object;
}

/* Adds the keys of a table under its path, then the tables below it, each table once. */
static void add_table(Json **tables, const char *path, const KeyTable *table, const KeyTable **seen,
                      size_t *n_seen)
{
        Json *keys = json_map();

        for (size_t i = 0; i < *n_seen; i++)
                if (seen[i] == table) {
                        (void)json_free(keys);
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

static Json *tables_json(void)
{
        const KeyTable *seen[64];
        size_t n = 0;
        Json *tables = json_map();

        add_table(&tables, "host", &host_table, seen, &n);
        add_table(&tables, "instance", &instance_table, seen, &n);
        return tables;
}

int main(void)
{
        _cleanup_str_buf_ StrBuf out = {};
        Json *all = json_map(), *list = json_list(), *options = json_list(),
             *findings = json_list(), *endings = json_list();

        for (size_t i = 0; i < n_verbs; i++)
                if (!verbs[i].hidden)
                        json_add(&list, verb_json(verbs + i));
        for (OptionId id = 0; id < _OPTION_MAX; id++)
                json_add(&options, option_json(id));
        for (size_t i = 0; i < _FINDING_MAX; i++)
                json_add(&findings, finding_json(finding_specs + i));
        for (size_t i = 0; i < ending_table_size; i++)
                json_add(&endings, ending_json(ending_table + i));
        json_put(&all, "verbs", list);
        json_put(&all, "options", options);
        json_put(&all, "findings", findings);
        json_put(&all, "steps", words_json(&step_code_table));
        json_put(&all, "endings", endings);
        json_put(&all, "claim_refused", json_number(CLAIM_EXIT_REFUSED));
        json_put(&all, "tables", tables_json());
        json_print(all, JSON_PRETTY, &out);
        return fputs(str_buf_get(&out), stdout) < 0 || out.failed;
}
