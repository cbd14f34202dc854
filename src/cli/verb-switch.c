// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/change.h"
#include "cli/object.h"
#include "cli/service.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "host/claims.h"
#include "plan/turn.h"

static int find(const Session *s, const char *name, const Assignment **ret)
{
        const Instance *instance;
        int r = object_find_vm(s, name, &instance);

        if (r < 0)
                return r;
        *ret = plan_find_assignment(&s->plan, name);
        if (*ret)
                return 0;
        session_error(s, "the plan does not know '%s'", name);
        return -ENOENT;
}

/* Before anybody is stopped for it. */
static int check_may_start(const Session *s, const Assignment *a)
{
        const char *name = a->instance->name;

        if (s->machine.disarmed)
                session_error(
                        s,
                        "'%s' cannot start: gpuhost is off for this boot: gpuhost rearm, then reboot",
                        name);
        else if (!a->instance->valid || !s->config.host_valid)
                session_error(s, "'%s' cannot start: a file is wrong: gpuhost show %s says where",
                              name, name);
        else if (a->refused)
                session_error(s, "'%s' cannot start: %s", name, a->refusal);
        else
                return 0;
        return a->instance->valid && s->config.host_valid ? -EPERM : -EBADMSG;
}

/* Of another root the claims alone are known. */
static int is_running(const Session *s, const Assignment *a, bool *ret)
{
        int r;

        *ret = false;
        if (!s->arguments->root) {
                r = service_is_active(a->instance->name, ret);
                if (r < 0)
                        session_error(s, "cannot ask systemctl for '%s': %s", a->instance->name,
                                      strerror(-r));
                return r;
        }
        for (size_t i = 0; i < a->n_gpus; i++)
                *ret = *ret || streq_ptr(s->plan.gpus[a->gpus[i]].claimed_by, a->instance->name);
        return 0;
}

static bool is_json(const Session *s)
{
        return s->arguments->json != JSON_OFF;
}

static void report_json(const Session *s, const char *name, bool running, const StrList *holders,
                        StrBuf *out)
{
        Json *object = json_map(), *list = json_list();

        for (size_t i = 0; i < holders->n; i++)
                json_add(&list, json_text(holders->items[i]));
        json_put(&object, "name", json_text(name));
        json_put(&object, "running", json_bool(running));
        json_put(&object, "stops", list);
        json_print(object, (JsonMode)s->arguments->json, out);
}

static void add_line(StrBuf *out, const char *name, const char *what)
{
        text_add(out, name);
        str_buf_printf(out, " %s.\n", what);
}

static void intent_text(const char *name, const StrList *holders, StrBuf *out)
{
        for (size_t i = 0; i < holders->n; i++)
                add_line(out, holders->items[i], "has what is needed, and is stopped");
        add_line(out, name, holders->n > 0 ? "is started in its place" : "is started");
}

/* What is going to be done has to be on the terminal before the question is. */
static int say_intent(const Session *s, const char *name, const StrList *holders)
{
        _cleanup_str_buf_ StrBuf text = {};

        if (is_json(s) || s->arguments->quiet)
                return 0;
        intent_text(name, holders, &text);
        return terminal_write(&text, false);
}

static uint64_t stop_timeout(const Session *s, const char *holder)
{
        const Assignment *a = plan_find_assignment(&s->plan, holder);

        return a ? a->instance->stop_timeout : 0;
}

/* A unit that has ended without giving back what it had is not to be followed by another. */
static int check_given_back(const Session *s, const StrList *holders)
{
        _cleanup_(root_freep) Root *root = NULL;
        Machine now = {};
        int r = root_open("/", &root);

        if (r >= 0)
                r = claims_read(root, NULL, &now);
        if (r < 0)
                session_error(s, "cannot look at the claims: %s", strerror(-r));
        for (size_t i = 0; r >= 0 && i < now.n_claims; i++) {
                const Claim *claim = now.claims + i;

                if (!str_list_contains(holders, claim->instance))
                        continue;
                session_error(s,
                              "'%s' was stopped and still has %s: nothing is started; gpuhost "
                              "logs %s says why",
                              claim->instance,
                              pci_address_format(claim->address, (char[PCI_ADDRESS_MAX]){}),
                              claim->instance);
                r = -EBUSY;
        }
        machine_done(&now);
        return r;
}

static int stop_all(const Session *s, const StrList *holders)
{
        for (size_t i = 0; i < holders->n; i++) {
                const char *holder = holders->items[i];
                _cleanup_str_buf_ StrBuf why = {};
                int r = instance_name_valid(holder)
                                ? service_stop(holder, stop_timeout(s, holder), &why)
                                : -EINVAL;

                if (r >= 0)
                        continue;
                session_error(s, "'%s' does not stop, so nothing is started: %s", holder,
                              why.len > 0 ? str_buf_get(&why) : strerror(-r));
                return r;
        }
        return holders->n > 0 ? check_given_back(s, holders) : 0;
}

static int start(const Session *s, const Instance *instance, const StrList *stopped)
{
        _cleanup_str_buf_ StrBuf why = {};
        int r = service_start(instance->name, instance->start_timeout, &why);

        if (r >= 0)
                return 0;
        session_error(s, "'%s' did not start: %s; gpuhost logs %s has more", instance->name,
                      why.len > 0 ? str_buf_get(&why) : strerror(-r), instance->name);
        for (size_t i = 0; i < stopped->n; i++)
                session_error(s, "'%s' stays stopped: systemctl start gpu-vm@%s", stopped->items[i],
                              stopped->items[i]);
        return r;
}

static int turn(Session *s, const Instance *instance, const StrList *holders, StrBuf *out)
{
        char question[128];
        int r = say_intent(s, instance->name, holders);

        if (r < 0)
                return r;
        (void)snprintf(question, sizeof(question),
                       holders->n == 1 ? "Stop it now?" : "Stop these %zu now?", holders->n);
        if (holders->n > 0 && !is_json(s) && !change_confirmed(s, question)) {
                str_buf_add(out, "Nothing has been changed.\n");
                return STATUS_FAILED;
        }
        r = stop_all(s, holders);
        if (r >= 0)
                r = start(s, instance, holders);
        if (r >= 0 && s->format.hints && !is_json(s))
                add_line(out, instance->name, "runs");
        return r;
}

static int find_holders(const Session *s, const Assignment *a, StrList *ret)
{
        _cleanup_free_ char *refusal = NULL;
        int r = plan_turn(&s->plan, &s->config, &s->machine, a, ret, &refusal);

        if (refusal)
                session_error(s, "'%s' cannot start: %s", a->instance->name, refusal);
        return r;
}

int verb_switch(Session *s, StrBuf *out)
{
        const char *name = s->arguments->words[0];
        _cleanup_str_list_ StrList holders = {};
        const Assignment *a;
        bool running;
        int r = find(s, name, &a);

        if (r < 0 || (r = is_running(s, a, &running)) < 0)
                return r;
        if (!running && ((r = check_may_start(s, a)) < 0 || (r = find_holders(s, a, &holders)) < 0))
                return r;
        if (running && !is_json(s))
                add_line(out, name, "runs already");
        else if (s->arguments->dry_run && !is_json(s))
                intent_text(name, &holders, out);
        else if (!running && !s->arguments->dry_run)
                r = turn(s, a->instance, &holders, out);
        if (r >= 0 && is_json(s))
                report_json(s, name, running, &holders, out);
        return r;
}
