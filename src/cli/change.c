// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/change.h"

#include <unistd.h>

#include "cli/terminal.h"
#include "device/load.h"

static void command_begins(void *userdata, const StrList *argv)
{
        const Session *s = userdata;
        _cleanup_str_buf_ StrBuf line = {};

        if (s->arguments->quiet || s->arguments->json != JSON_OFF)
                return;
        str_buf_add(&line, "running");
        for (size_t i = 0; i < argv->n; i++)
                str_buf_printf(&line, " %s", argv->items[i]);
        str_buf_add(&line, " …\n");
        terminal_say(&line);
}

static int load_driver(void *userdata, const char *driver)
{
        _cleanup_str_buf_ StrBuf why = {};
        int r = driver_load_apart(driver, &why);

        if (r < 0)
                session_error(userdata, "cannot load %s: %s", driver, str_buf_get(&why));
        return r;
}

static int open_journal(Change *c)
{
        unsigned line = 0;
        int r = root_open("/", &c->root);

        if (r >= 0)
                r = journal_open(c->root, &c->journal, &line);
        if (r == -EBADMSG)
                session_error(c->session,
                              "/" JOURNAL_FILE ":%u is no line of a journal: nothing is done",
                              line);
        else if (r < 0)
                session_error(c->session, "cannot read /" JOURNAL_FILE ": %s", strerror(-r));
        return r == -EBADMSG ? -EIO : r;
}

int change_begin(Change *c, Session *session)
{
        int r;

        *c = (Change){ .session = session };
        r = open_journal(c);
        if (r < 0)
                return r;
        c->listener = (JournalListener){ .begins = command_begins, .userdata = session };
        c->executor = (Executor){
                .journal = &c->journal,
                .machine = &session->machine,
                .plan = &session->plan,
                .listener = &c->listener,
                .load_driver = load_driver,
                .userdata = session,
        };
        return 0;
}

void change_done(Change *c)
{
        executor_done(&c->executor);
        journal_done(&c->journal);
        c->root = root_free(c->root);
}

bool change_confirmed(const Session *s, const char *question)
{
        _cleanup_str_buf_ StrBuf line = {};
        char answer[16];

        if (s->arguments->yes || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
                return true;
        str_buf_printf(&line, "%s [y/N] ", question);
        terminal_say(&line);
        return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static const TextStyle styles[] = {
        [OUTCOME_DONE] = STYLE_GOOD, [OUTCOME_REBOOT] = STYLE_PLAIN, [OUTCOME_LEFT] = STYLE_WARN,
        [OUTCOME_HELD] = STYLE_BAD,  [OUTCOME_STUCK] = STYLE_BAD,    [OUTCOME_FAILED] = STYLE_BAD,
};

static void outcome_text(const Outcome *o, const TextFormat *format, StrBuf *out)
{
        text_add_styled(out, format, STYLE_BOLD, o->target);
        str_buf_add(out, "  ");
        text_add_styled(out, format, styles[o->kind], o->message);
        str_buf_add_char(out, '\n');
        if (o->detail && *o->detail)
                text_add_lines(out, 4, o->detail);
}

/* What the next boot does is said together, at the end. */
void outcomes_text(const OutcomeList *outcomes, const TextFormat *format, StrBuf *out)
{
        for (size_t i = 0; i < outcomes->n; i++)
                if (outcomes->items[i].kind != OUTCOME_REBOOT)
                        outcome_text(outcomes->items + i, format, out);
}

Json *outcomes_json(const OutcomeList *outcomes)
{
        Json *list = json_list();

        for (size_t i = 0; i < outcomes->n; i++) {
                const Outcome *o = outcomes->items + i;
                Json *object = json_map();

                json_put(&object, "code", json_text(o->code));
                json_put(&object, "target", json_text(o->target));
                json_put(&object, "outcome",
                         json_text(enum_to_string(&outcome_table, (int)o->kind)));
                json_put(&object, "message", json_text(o->message));
                json_put(&object, "detail", json_text(o->detail));
                json_add(&list, object);
        }
        return list;
}
