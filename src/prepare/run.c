// SPDX-License-Identifier: LGPL-2.1-or-later
#include "prepare/run.h"

#include "config/config.h"
#include "host/machine.h"
#include "plan/plan.h"
#include "prepare/record.h"
#include "prepare/roles.h"
#include "prepare/wait.h"
#include "util/log.h"

enum { EXIT_CONFIG = 2 };

/* What bears on roles and on the steps that are done here. */
#define PARTS                                                                                      \
        (MACHINE_GPUS | MACHINE_IOMMU | MACHINE_ARGUMENTS | MACHINE_PROTECTIONS | MACHINE_CLAIMS | \
         MACHINE_DETAILS)

/* A machine and what is planned for it. */
typedef struct View {
        Machine machine;
        Plan plan;
} View;

static void view_done(View *view)
{
        plan_done(&view->plan);
        machine_done(&view->machine);
}

static int view_read(Root *root, const Config *config, View *view)
{
        _cleanup_machine_wants_ MachineWants wants = {};
        int r;

        view_done(view);
        if ((r = plan_wants(config, &wants)) < 0 ||
            (r = machine_read(root, PARTS, &wants, &view->machine)) < 0)
                return r;
        return plan_build(config, &view->machine, PLAN_RUNTIME, &view->plan);
}

static int prepare_configured(Root *root, const Config *config)
{
        _cleanup_(view_done) View view = {};
        _cleanup_prepared_ PreparedList list = {};
        int r = view_read(root, config, &view);

        if (r < 0)
                return r;
        if (view.machine.disarmed) {
                log_notice("gpuhost is off for this boot, by the kernel command line: "
                           "nothing is prepared");
                return 0;
        }
        if (wait_for_drivers(root, &view.plan))
                r = view_read(root, config, &view);
        if (r >= 0)
                r = roles_prepare(root, &view.plan, &config->host, &list);
        if (r < 0)
                return r;
        record_log(&list);
        r = record_write(root, &list);
        if (r < 0)
                log_warning("cannot write /run/gpuhost: %s", strerror(-r));
        return 0;
}

static void report_errors(const Diag *diag)
{
        for (size_t i = 0; i < diag->n; i++) {
                const DiagItem *item = diag->items + i;

                if (item->severity == SEVERITY_ERROR)
                        log_error("%s:%u:%u: %s", item->file, item->line, item->column,
                                  item->message);
        }
}

int prepare_run(Root *root)
{
        _cleanup_config_ Config config = {};
        _cleanup_diag_ Diag diag = {};
        int r;

        r = config_load(root, CONFIG_HOST_ONLY, &config, &diag);
        if (r < 0) {
                log_error("cannot read the configuration: %s: nothing is prepared", strerror(-r));
                return EXIT_FAILURE;
        }
        report_errors(&diag);
        if (!config.host_valid) {
                log_error("host.d has an error: nothing is prepared");
                return EXIT_CONFIG;
        }
        if (!config.host.declared)
                return EXIT_SUCCESS;
        wait_for_binder(root);
        /* Reading attributes of a device that a driver does not come back from would not end either. */
        if (root_exists(root, "run/gpuhost/stuck")) {
                log_error(
                        "a driver does not come back, see /run/gpuhost/stuck: nothing is prepared "
                        "in this boot");
                return EXIT_FAILURE;
        }
        r = prepare_configured(root, &config);
        if (r < 0)
                log_error("nothing is prepared: %s", strerror(-r));
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
