// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/manager.h"

#include <systemd/sd-bus.h>

#include "util/clock.h"

#define SERVICE   "org.freedesktop.systemd1"
#define OBJECT    "/org/freedesktop/systemd1"
#define INTERFACE "org.freedesktop.systemd1.Manager"

enum { CALL_TIMEOUT = 25 * 1000 * 1000 };

struct Manager {
        sd_bus *bus;
};

static int open_private(sd_bus **ret)
{
        sd_bus *bus = NULL;
        int r = sd_bus_new(&bus);

        if (r >= 0)
                r = sd_bus_set_address(bus, "unix:path=/run/systemd/private");
        if (r >= 0)
                r = sd_bus_start(bus);
        if (r < 0)
                sd_bus_unref(bus);
        else
                *ret = bus;
        return r;
}

int manager_open(Manager **ret)
{
        Manager *m = calloc(1, sizeof(Manager));
        int r;

        if (!m)
                return -ENOMEM;
        r = open_private(&m->bus);
        if (r < 0)
                r = sd_bus_open_system(&m->bus);
        if (r >= 0)
                r = sd_bus_set_method_call_timeout(m->bus, CALL_TIMEOUT);
        if (r < 0) {
                manager_close(m);
                return r;
        }
        *ret = m;
        return 0;
}

Manager *manager_close(Manager *m)
{
        if (m)
                sd_bus_flush_close_unref(m->bus);
        free(m);
        return NULL;
}

int manager_find_user(Manager *m, const char *name, uid_t *ret)
{
        sd_bus_error error = SD_BUS_ERROR_NULL;
        sd_bus_message *reply = NULL;
        uint32_t uid;
        int r = sd_bus_call_method(m->bus, SERVICE, OBJECT, INTERFACE, "LookupDynamicUserByName",
                                   &error, &reply, "s", name);

        if (r < 0 && sd_bus_error_has_name(&error, SERVICE ".NoSuchDynamicUser"))
                r = -ESRCH;
        if (r >= 0)
                r = sd_bus_message_read(reply, "u", &uid);
        if (r >= 0)
                *ret = uid;
        sd_bus_error_free(&error);
        sd_bus_message_unref(reply);
        return r < 0 ? r : 0;
}

/* An empty list takes away what stood there, in the unit's file too; another one adds to it. */
static int append_devices(sd_bus_message *m, const StrList *nodes)
{
        int r;

        if ((r = sd_bus_message_open_container(m, 'r', "sv")) < 0 ||
            (r = sd_bus_message_append(m, "s", "DeviceAllow")) < 0 ||
            (r = sd_bus_message_open_container(m, 'v', "a(ss)")) < 0 ||
            (r = sd_bus_message_open_container(m, 'a', "(ss)")) < 0)
                return r;
        for (size_t i = 0; i < nodes->n; i++) {
                r = sd_bus_message_append(m, "(ss)", nodes->items[i], "rw");
                if (r < 0)
                        return r;
        }
        if ((r = sd_bus_message_close_container(m)) < 0 ||
            (r = sd_bus_message_close_container(m)) < 0)
                return r;
        return sd_bus_message_close_container(m);
}

static int fill_request(sd_bus_message *m, const char *unit, const StrList *nodes)
{
        int r;

        if ((r = sd_bus_message_append(m, "sb", unit, 1)) < 0 ||
            (r = sd_bus_message_open_container(m, 'a', "(sv)")) < 0 ||
            (r = append_devices(m, &(StrList){})) < 0 ||
            (nodes->n > 0 && (r = append_devices(m, nodes)) < 0))
                return r;
        return sd_bus_message_close_container(m);
}

int manager_allow_devices(Manager *m, const char *unit, const StrList *nodes)
{
        sd_bus_message *message = NULL;
        int r = sd_bus_message_new_method_call(m->bus, &message, SERVICE, OBJECT, INTERFACE,
                                               "SetUnitProperties");

        if (r >= 0)
                r = fill_request(message, unit, nodes);
        if (r >= 0)
                r = sd_bus_call(m->bus, message, 0, NULL, NULL);
        sd_bus_message_unref(message);
        return r < 0 ? r : 0;
}

typedef struct Job {
        const char *path;
        bool removed, done;
} Job;

static int on_job_removed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        const char *path, *result;
        Job *job = userdata;

        if (sd_bus_message_read(m, "uoss", NULL, &path, NULL, &result) >= 0 &&
            streq(path, job->path)) {
                job->removed = true;
                job->done = streq(result, "done");
        }
        return 0;
}

static int await_job(sd_bus *bus, const Job *job, uint64_t deadline)
{
        while (!job->removed) {
                uint64_t now = clock_now_usec();
                int r = sd_bus_process(bus, NULL);

                if (r == 0)
                        r = now < deadline ? sd_bus_wait(bus, deadline - now) : -ETIMEDOUT;
                if (r < 0 && r != -EINTR)
                        return r;
        }
        return job->done ? 0 : -ECHILD;
}

/* What is told of jobs meanwhile waits in the queue of the connection. */
static int request_job(Manager *m, const char *method, const char *unit, sd_bus_message **ret,
                       const char **ret_path)
{
        int r = sd_bus_call_method(m->bus, SERVICE, OBJECT, INTERFACE, method, NULL, ret, "ss",
                                   unit, "replace");

        return r < 0 ? r : sd_bus_message_read(*ret, "o", ret_path);
}

int manager_restart(Manager *m, const char *unit, uint64_t timeout_usec)
{
        uint64_t deadline = clock_now_usec() + timeout_usec;
        sd_bus_message *reply = NULL;
        sd_bus_slot *slot = NULL;
        Job job = {};
        int r = sd_bus_match_signal(m->bus, &slot, NULL, OBJECT, INTERFACE, "JobRemoved",
                                    on_job_removed, &job);

        /* The system bus hands on what PID 1 tells to those who have asked; its own socket does so always. */
        if (r >= 0)
                (void)sd_bus_call_method(m->bus, SERVICE, OBJECT, INTERFACE, "Subscribe", NULL,
                                         NULL, NULL);
        if (r >= 0)
                r = request_job(m, "RestartUnit", unit, &reply, &job.path);
        if (r >= 0)
                r = await_job(m->bus, &job, deadline);
        sd_bus_slot_unref(slot);
        sd_bus_message_unref(reply);
        return r;
}

int manager_stop(Manager *m, const char *unit)
{
        sd_bus_message *reply = NULL;
        const char *path;
        int r = request_job(m, "StopUnit", unit, &reply, &path);

        sd_bus_message_unref(reply);
        return r < 0 ? r : 0;
}
