// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/run-record.h"

void run_record_done(RunRecord *record)
{
        free(record->name);
        free(record->file);
        str_list_done(&record->argv);
        str_list_done(&record->fds);
        for (size_t i = 0; i < record->n_cpus; i++)
                free(record->cpus[i].items);
        free(record->cpus);
        str_list_done(&record->gpus);
        free(record->health.address);
        free(record->health.endpoint);
        *record = (RunRecord){};
}

char *run_record_path(const char *name)
{
        return format_string(RUN_RECORD_FOLDER "/%s.json", name);
}

const char *run_fd_helper(const char *name)
{
        static const struct {
                const char *name, *program;
        } helpers[] = {
                { "share", "virtiofsd" },
                { "tpm",   "swtpm"     },
        };

        for (size_t i = 0; i < ARRAY_SIZE(helpers); i++) {
                const char *rest = startswith(name, helpers[i].name);

                if (rest && (*rest == '\0' || ascii_isdigit(*rest)))
                        return helpers[i].program;
        }
        return NULL;
}
