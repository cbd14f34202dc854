// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/verb.h"
#include "emit/gpu.h"

/* A candidate a line, with what it means behind a tab. Shells are told nothing else: which words there
 * are stands in the tables alone. A line ":file" asks the shell to complete file names. */
typedef struct Completion {
        Session *session;
        const char *prefix; /* the word that is being typed */
        StrBuf *out;
} Completion;

static void offer(const Completion *c, const char *before, const char *word, const char *about)
{
        _cleanup_free_ char *whole = format_string("%s%s", before, word);

        if (!whole) {
                c->out->failed = true;
                return;
        }
        if (!startswith(whole, c->prefix))
                return;
        text_add(c->out, whole);
        str_buf_add_char(c->out, '\t');
        text_add(c->out, about);
        str_buf_add_char(c->out, '\n');
}

static void offer_verbs(const Completion *c)
{
        for (size_t i = 0; i < n_verbs; i++)
                if (!verbs[i].hidden)
                        offer(c, "", verbs[i].name, verbs[i].help);
}

static void offer_options(const Completion *c, const Verb *verb)
{
        for (OptionId id = 0; id < _OPTION_MAX; id++) {
                const OptionSpec *spec = option_specs + id;
                _cleanup_str_buf_ StrBuf name = {};

                if (!option_fits(id, verb))
                        continue;
                str_buf_add(&name, spec->name);
                if (spec->value && !spec->by_default)
                        str_buf_add_char(&name, '=');
                c->out->failed |= name.failed;
                offer(c, "--", str_buf_get(&name), spec->help);
        }
}

/* --NAME=… */
static void offer_values(const Completion *c)
{
        for (OptionId id = 0; id < _OPTION_MAX; id++) {
                const OptionSpec *spec = option_specs + id;
                _cleanup_free_ char *before = format_string("--%s=", spec->name);

                c->out->failed |= !before;
                if (!before || !spec->value || !startswith(c->prefix, before))
                        continue;
                for (size_t i = 0; spec->words && i < spec->words->n; i++)
                        offer(c, before, spec->words->names[i], "");
                if (spec->candidates == CANDIDATES_FILE)
                        str_buf_add(c->out, ":file\n");
        }
}

static void offer_gpus(const Completion *c)
{
        for (size_t i = 0; i < c->session->plan.n_gpus; i++) {
                const GpuPlan *gpu = c->session->plan.gpus + i;
                _cleanup_free_ char *label = pci_device_label(gpu->device);
                char address[PCI_ADDRESS_MAX];

                c->out->failed |= !label;
                offer(c, "", pci_address_format(gpu->device->address, address), label ? label : "");
                if (gpu->name)
                        offer(c, "", gpu->name, label ? label : "");
        }
}

static void offer_instances(const Completion *c)
{
        const Config *config = &c->session->config;

        for (size_t i = 0; i < config->n_instances; i++)
                offer(c, "", config->instances[i]->name,
                      enum_to_string(&instance_kind_table, (int)config->instances[i]->kind));
}

static int offer_arguments(const Completion *c, const Verb *verb)
{
        int r = 0;

        if (verb->candidates == CANDIDATES_VERB)
                offer_verbs(c);
        if (verb->candidates == CANDIDATES_FILE)
                str_buf_add(c->out, ":file\n");
        if (verb->candidates < CANDIDATES_GPU)
                return 0;
        r = session_load(c->session, NEED_PLAN, MACHINE_GPUS | MACHINE_NAMES);
        if (r < 0)
                return r;
        if (verb->candidates != CANDIDATES_INSTANCE)
                offer_gpus(c);
        if (verb->candidates != CANDIDATES_GPU)
                offer_instances(c);
        return 0;
}

int verb_complete(Session *s, StrBuf *out)
{
        const Arguments *a = s->arguments;
        unsigned last = a->n_words - 1, given = 0;
        Completion c = { .session = s, .out = out };
        const Verb *verb = NULL;

        if (a->n_words == 0)
                return STATUS_DONE;
        c.prefix = a->words[last];
        for (unsigned i = 0; i < last; i++) {
                if (a->words[i][0] == '-')
                        continue;
                given += verb != NULL;
                verb = verb ? verb : verb_find(a->words[i]);
        }
        if (startswith(c.prefix, "--") && strchr(c.prefix, '='))
                offer_values(&c);
        else if (c.prefix[0] == '-')
                offer_options(&c, verb);
        else if (!verb)
                offer_verbs(&c);
        else if (given < verb->most)
                return offer_arguments(&c, verb);
        return STATUS_DONE;
}
