// SPDX-License-Identifier: LGPL-2.1-or-later
#include "prepare/roles.h"

#include "device/bind.h"
#include "device/prepare.h"
#include "prepare/wait.h"

static int add_role(PreparedList *list, const char *role, const GpuPlan *gpu)
{
        Prepared p = { .role = strdup(role) };

        if (gpu) {
                p.has_address = true;
                p.address = gpu->device->address;
        }
        if (!p.role || free_and_strdup(&p.name, gpu ? gpu->name : NULL) < 0 ||
            !GROW(list->items, list->n)) {
                free(p.role);
                free(p.name);
                return -ENOMEM;
        }
        list->items[list->n++] = p;
        return 0;
}

/* Takes the message; the first one stays. */
static int fail(Prepared *p, char *message)
{
        if (!message)
                return -ENOMEM;
        if (p->message)
                free(message);
        else
                p->message = message;
        p->result = PREPARED_FAILED;
        return 0;
}

/* False once a driver does not come back: whatever touches its device next would not either. */
static bool may_go_on(const Prepared *p, int error)
{
        return !p->has_address || error != -ETIMEDOUT;
}

/* The steps about one target: a GPU's address, or "hugepages". */
static int do_steps(Root *root, const Plan *plan, const char *target, Prepared *p)
{
        for (size_t i = 0; i < plan->n_steps; i++) {
                const Step *step = plan->steps + i;
                char *problem;
                int r;

                if (!step_is_prepared(step->code) || step->when != STEP_NOW ||
                    !streq(step->target, target))
                        continue;
                r = step_prepare(root, step, &problem);
                if (r < 0 && fail(p, problem) < 0)
                        return -ENOMEM;
                if (!may_go_on(p, r))
                        return 0;
        }
        return 0;
}

/* What gpuhost-bind was there for. */
static int check_driver(Root *root, const GpuPlan *g, Prepared *p)
{
        char driver[DRIVER_NAME_MAX];
        int r = function_driver(root, g->device->address, driver);

        if (r < 0)
                return fail(p, format_string("cannot tell its driver: %s", strerror(-r)));
        if (streq(driver, g->driver))
                return 0;
        return fail(p, format_string("its driver is %s, and not %s", *driver ? driver : "none",
                                     g->driver));
}

static int prepare_gpu(Root *root, const Plan *plan, const GpuPlan *g, Prepared *p)
{
        char address[PCI_ADDRESS_MAX];
        int r;

        if (g->guard == GUARD_REFUSED) {
                p->result = PREPARED_REFUSED;
                return free_and_strdup(&p->message, g->refusal);
        }
        if (g->role == ROLE_PASSTHROUGH && g->driver)
                r = check_driver(root, g, p);
        else
                r = 0;
        if (r >= 0)
                r = do_steps(root, plan, pci_address_format(g->device->address, address), p);
        if (r >= 0 && g->role == ROLE_VGPU && p->result == PREPARED_READY &&
            !wait_for_functions(root, g->device->address))
                r = fail(p, strdup("udev has not come to its VFs in time"));
        return r;
}

static bool has_small_pages(const HostConfig *host)
{
        for (size_t i = 0; i < host->n_hugepages; i++)
                if (host->hugepages[i].size == UINT64_C(2) << 20)
                        return true;
        return false;
}

int roles_prepare(Root *root, const Plan *plan, const HostConfig *host, PreparedList *ret)
{
        _cleanup_prepared_ PreparedList list = {};
        int r = 0;

        if (has_small_pages(host)) {
                r = add_role(&list, "hugepages", NULL);
                if (r >= 0)
                        r = do_steps(root, plan, "hugepages", list.items);
        }
        for (size_t i = 0; r >= 0 && i < plan->n_gpus; i++) {
                const GpuPlan *g = plan->gpus + i;

                if (!g->entry)
                        continue;
                r = add_role(&list, enum_to_string(&gpu_role_table, (int)g->role), g);
                if (r >= 0)
                        r = prepare_gpu(root, plan, g, list.items + list.n - 1);
        }
        if (r < 0)
                return r;
        *ret = TAKE_GENERIC(list, (PreparedList){});
        return 0;
}
