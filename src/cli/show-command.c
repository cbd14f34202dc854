// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/show-command.h"

#include "cli/object.h"
#include "guest/guest.h"

static Json *words_json(const StrList *words)
{
        Json *list = json_list();

        for (size_t i = 0; i < words->n; i++)
                json_add(&list, json_text(words->items[i]));
        return list;
}

/* Descriptors are part of it: QEMU knows them by number, and people by name. */
static Json *record_json(const RunRecord *record, bool runs)
{
        Json *object = json_map();

        json_put(&object, "name", json_text(record->name));
        json_put(&object, "file", json_text(record->file));
        json_put(&object, "runs", json_bool(runs));
        json_put(&object, "command", words_json(&record->argv));
        json_put(&object, "descriptors", words_json(&record->fds));
        json_put(&object, "first_descriptor", json_number(VMM_FD_FIRST));
        return object;
}

static int say_why_not(const Session *s, const char *name)
{
        int r = s->started_error;

        if (s->foreseen)
                session_error(s, "'%s' does not run, and would not start: %s", name,
                              s->started_why.len > 0 ? str_buf_get(&s->started_why) : strerror(-r));
        else if (r == -EACCES)
                session_error(s,
                              "what '%s' runs is for root to see: sudo gpuhost show --command %s",
                              name, name);
        else
                session_error(s, "cannot read /" RUN_RECORD_FOLDER "/%s.json: %s", name,
                              s->started_why.len > 0 ? str_buf_get(&s->started_why) : strerror(-r));
        return r == -EBADMSG || s->foreseen ? -EIO : r;
}

int show_command(const Session *s, const char *name, StrBuf *out)
{
        /* borrowed */
        const GuestCommand command = { .argv = s->started.argv };
        const Instance *instance;
        int r = object_find_vm(s, name, &instance);

        if (r < 0)
                return r;
        if (s->started_error < 0)
                return say_why_not(s, name);
        if (s->foreseen && !s->arguments->quiet)
                session_error(s, "'%s' does not run: this is what its start would be now", name);
        if (s->arguments->json != JSON_OFF)
                json_print(record_json(&s->started, !s->foreseen), (JsonMode)s->arguments->json,
                           out);
        else
                guest_command_print(&command, out);
        return STATUS_DONE;
}
