// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal/learn.h"

#include "journal/record.h"

static void file_done(JournalFile *f)
{
        free(f->path);
        free(f->former);
        free(f->wanted);
}

static void function_done(JournalFunction *f)
{
        free(f->driver);
        free(f->override);
        free(f->wanted);
}

static void attribute_done(JournalAttribute *a)
{
        free(a->path);
        free(a->former);
        free(a->wrote);
}

void journal_done(Journal *j)
{
        for (size_t i = 0; i < j->n_files; i++)
                file_done(j->files + i);
        for (size_t i = 0; i < j->n_commands; i++)
                str_list_done(&j->commands[i].argv);
        for (size_t i = 0; i < j->n_functions; i++)
                function_done(j->functions + i);
        for (size_t i = 0; i < j->n_attributes; i++)
                attribute_done(j->attributes + i);
        free(j->files);
        free(j->commands);
        free(j->functions);
        free(j->attributes);
        *j = (Journal){};
}

static JournalFile *find_file(const Journal *j, const char *path)
{
        for (size_t i = 0; i < j->n_files; i++)
                if (streq(j->files[i].path, path))
                        return j->files + i;
        return NULL;
}

static JournalFunction *find_function(const Journal *j, PciAddress address)
{
        for (size_t i = 0; i < j->n_functions; i++)
                if (pci_address_equal(j->functions[i].address, address))
                        return j->functions + i;
        return NULL;
}

static JournalAttribute *find_attribute(const Journal *j, const char *path)
{
        for (size_t i = 0; i < j->n_attributes; i++)
                if (streq(j->attributes[i].path, path))
                        return j->attributes + i;
        return NULL;
}

const JournalFile *journal_find_file(const Journal *j, const char *path)
{
        return find_file(j, path);
}

const JournalFunction *journal_find_function(const Journal *j, PciAddress address)
{
        return find_function(j, address);
}

/* "0644", or 0 for none. */
static int parse_mode(const char *s, mode_t *ret)
{
        char *end = NULL;
        unsigned long mode = s ? strtoul(s, &end, 8) : 0;

        if (mode > 07777 || (s && (!*s || *end)))
                return -EBADMSG;
        *ret = (mode_t)mode;
        return 0;
}

static char *take(Record *record, size_t i)
{
        return TAKE_PTR(record->fields[i]);
}

static void replace(char **p, char *by)
{
        free(*p);
        *p = by;
}

static int learn_file(Journal *j, Record *record)
{
        JournalFile *known = find_file(j, record->fields[0]), file = {};

        if (parse_mode(record->fields[1], &file.former_mode) < 0 ||
            parse_mode(record->fields[3], &file.wanted_mode) < 0)
                return -EBADMSG;
        if (known) {
                replace(&known->wanted, take(record, 4));
                known->wanted_mode = file.wanted_mode;
                return 0;
        }
        if (!GROW(j->files, j->n_files))
                return -ENOMEM;
        file.path = take(record, 0);
        file.former = take(record, 2);
        file.wanted = take(record, 4);
        j->files[j->n_files++] = file;
        return 0;
}

static bool same_words(const StrList *list, char *const words[], size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (list->n != n || !streq_ptr(list->items[i], words[i]))
                        return false;
        return true;
}

bool journal_knows_command(const Journal *j, const StrList *argv)
{
        for (size_t i = 0; i < j->n_commands; i++)
                if (same_words(&j->commands[i].argv, argv->items, argv->n))
                        return true;
        return false;
}

static int learn_command(Journal *j, Record *record)
{
        bool pending = record->kind == RECORD_RUN;
        JournalCommand command = { .pending = pending };
        int r = 0;

        for (size_t i = 0; i < j->n_commands; i++)
                if (same_words(&j->commands[i].argv, record->fields, record->n)) {
                        j->commands[i].pending = pending;
                        return 0;
                }
        for (size_t i = 0; r >= 0 && i < record->n; i++)
                r = record->fields[i] ? str_list_add(&command.argv, record->fields[i]) : -EBADMSG;
        if (r >= 0 && !GROW(j->commands, j->n_commands))
                r = -ENOMEM;
        if (r < 0) {
                str_list_done(&command.argv);
                return r;
        }
        j->commands[j->n_commands++] = command;
        return 0;
}

static int learn_function(Journal *j, Record *record)
{
        JournalFunction *known, function = {};

        if (pci_address_parse(record->fields[0], &function.address) < 0)
                return -EBADMSG;
        known = find_function(j, function.address);
        if (known) {
                replace(&known->wanted, take(record, 3));
                return 0;
        }
        if (!GROW(j->functions, j->n_functions))
                return -ENOMEM;
        function.driver = take(record, 1);
        function.override = take(record, 2);
        function.wanted = take(record, 3);
        j->functions[j->n_functions++] = function;
        return 0;
}

static int learn_attribute(Journal *j, Record *record)
{
        JournalAttribute *known = find_attribute(j, record->fields[0]);

        if (!record->fields[1] || !record->fields[2])
                return -EBADMSG;
        if (known) {
                replace(&known->wrote, take(record, 2));
                return 0;
        }
        if (!GROW(j->attributes, j->n_attributes))
                return -ENOMEM;
        j->attributes[j->n_attributes++] = (JournalAttribute){ .path = take(record, 0),
                                                               .former = take(record, 1),
                                                               .wrote = take(record, 2) };
        return 0;
}

#define REMOVE(array, n, item)                                                                     \
        memmove((item), (item) + 1, (size_t)((array) + --(n) - (item)) * sizeof(*(array)))

static int learn_undone(Journal *j, Record *record)
{
        const char *what = record->fields[0];
        JournalFile *file = find_file(j, what);
        JournalAttribute *attribute = find_attribute(j, what);
        JournalFunction *function = NULL;
        PciAddress address;

        if (pci_address_parse(what, &address) >= 0)
                function = find_function(j, address);
        if (file) {
                file_done(file);
                REMOVE(j->files, j->n_files, file);
        }
        if (attribute) {
                attribute_done(attribute);
                REMOVE(j->attributes, j->n_attributes, attribute);
        }
        if (function) {
                function_done(function);
                REMOVE(j->functions, j->n_functions, function);
        }
        return 0;
}

int journal_learn(Journal *j, const char *line)
{
        static int (*const learners[])(Journal *, Record *) = {
                [RECORD_FILE] = learn_file,           [RECORD_RUN] = learn_command,
                [RECORD_RAN] = learn_command,         [RECORD_FUNCTION] = learn_function,
                [RECORD_ATTRIBUTE] = learn_attribute, [RECORD_UNDONE] = learn_undone,
        };
        _cleanup_record_ Record record = {};
        int r = record_parse(line, &record);

        return r < 0 ? r : learners[record.kind](j, &record);
}
