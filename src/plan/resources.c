// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/resources.h"

#include "plan/builder.h"
#include "plan/parts.h"
#include "vendor/vendor.h"

DEFINE_ENUM_TABLE(gpu_mode_table,
                  "GPU mode", [GPU_MODE_NONE] = "none", [GPU_MODE_PASSTHROUGH] = "passthrough",
                  [GPU_MODE_VGPU] = "vgpu", [GPU_MODE_MIXED] = "mixed");

void gpu_resources_done(GpuResources *r)
{
        for (size_t i = 0; i < r->n_profiles; i++)
                free(r->profiles[i].name);
        for (size_t i = 0; i < r->n_devices; i++)
                free(r->devices[i].reason);
        free(r->profiles);
        free(r->devices);
        *r = (GpuResources){};
}

/* A type that some GPU offers: once for each id. */
typedef struct KnownType {
        const char *id;
        uint64_t mb;
} KnownType;

typedef struct Counter {
        const Plan *plan;
        const Parts *parts;
        GpuResources *resources;
        KnownType *types;
        size_t n_types;
        bool *parted; /* of each GPU */
} Counter;

static void counter_done(Counter *c)
{
        free(c->types);
        free(c->parted);
}

static uint64_t type_mb(const PciDevice *d, const VgpuType *type)
{
        return vendor_vgpu_framebuffer(vendor_find(d->id.vendor), type);
}

static int add_profile(GpuResources *r, const char *name, uint64_t mb)
{
        for (size_t i = 0; i < r->n_profiles; i++)
                if (streq(r->profiles[i].name, name))
                        return 0;
        if (!GROW(r->profiles, r->n_profiles))
                return -ENOMEM;
        r->profiles[r->n_profiles] =
                (ProfileResource){ .name = strdup(name), .framebuffer_mb = mb };
        return r->profiles[r->n_profiles++].name ? 0 : -ENOMEM;
}

static int note_type(void *userdata, const PciDevice *d, const VgpuType *type)
{
        Counter *c = userdata;
        uint64_t mb;

        for (size_t i = 0; i < c->n_types; i++)
                if (streq(c->types[i].id, type->id))
                        return 0;
        if (!GROW(c->types, c->n_types))
                return -ENOMEM;
        mb = type_mb(d, type);
        c->types[c->n_types++] = (KnownType){ type->id, mb };
        return add_profile(c->resources, vendor_vgpu_name(vendor_find(d->id.vendor), type), mb);
}

static bool offers_types(const Counter *c, size_t gpu)
{
        const Parts *p = c->parts;

        if (c->plan->gpus[gpu].device->mdev_types.n > 0)
                return true;
        for (size_t i = p->first[gpu]; i < p->first[gpu + 1]; i++)
                if (p->vfs[i]->has_vgpu_attributes || p->vfs[i]->mdev_types.n > 0)
                        return true;
        return false;
}

/* What is parted, or what another tool parted while nothing is declared for it here. */
static int note_gpus(Counter *c)
{
        c->parted = calloc(c->plan->n_gpus + 1, sizeof(*c->parted));
        if (!c->parted)
                return -ENOMEM;
        for (size_t i = 0; i < c->plan->n_gpus; i++) {
                GpuRole role = c->plan->gpus[i].role;
                int r = 0;

                c->parted[i] = role == ROLE_VGPU || (role == ROLE_HOST && offers_types(c, i));
                if (c->parted[i])
                        r = parts_for_types(c->parts, c->plan, i, note_type, c);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* How many vGPUs of one profile could still be made on one GPU. */
typedef struct Room {
        const char *profile;
        uint64_t n;
} Room;

static int count_room(void *userdata, const PciDevice *d, const VgpuType *type)
{
        Room *room = userdata;

        if (!parts_vf_in_use(d) &&
            streq(vendor_vgpu_name(vendor_find(d->id.vendor), type), room->profile))
                room->n += type->available;
        return 0;
}

/* Each VF tells what it could hold, as if it were alone: together they have the card's memory. */
static uint64_t memory_room(const Counter *c, size_t gpu, uint64_t mb)
{
        const Parts *p = c->parts;
        uint64_t used = 0;

        if (mb == 0 || p->card_mb[gpu] == 0 || parts_n_vfs(p, gpu) == 0)
                return UINT64_MAX;
        for (size_t i = p->first[gpu]; i < p->first[gpu + 1]; i++)
                for (size_t k = 0; parts_vf_in_use(p->vfs[i]) && k < c->n_types; k++)
                        if (streq(c->types[k].id, p->vfs[i]->current_vgpu_type))
                                used += c->types[k].mb;
        return used < p->card_mb[gpu] ? (p->card_mb[gpu] - used) / mb : 0;
}

static void count_profile(const Counter *c, ProfileResource *profile)
{
        for (size_t i = 0; i < c->plan->n_gpus; i++) {
                uint64_t most = memory_room(c, i, profile->framebuffer_mb);
                Room room = { .profile = profile->name };

                if (!c->parted[i])
                        continue;
                (void)parts_for_types(c->parts, c->plan, i, count_room, &room);
                profile->available += room.n < most ? room.n : most;
        }
}

typedef struct Slots {
        uint64_t total, used;
} Slots;

static Slots count_slots(const Counter *c, size_t gpu)
{
        const GpuPlan *g = c->plan->gpus + gpu;
        const Parts *p = c->parts;
        Slots s = { .used = p->n_claims[gpu] };
        uint64_t in_use = 0, most = 0;

        if (role_leaves(g->role))
                return (Slots){ .total = 1, .used = s.used > 0 };
        if (!c->parted[gpu])
                return (Slots){};
        for (size_t i = p->first[gpu]; i < p->first[gpu + 1]; i++)
                in_use += parts_vf_in_use(p->vfs[i]);
        if (in_use > s.used)
                s.used = in_use;
        s.total = g->entry && g->entry->vfs > 0 ? g->entry->vfs : parts_n_vfs(p, gpu);
        for (size_t i = 0; s.total == 0 && i < g->device->mdev_types.n; i++)
                if (g->device->mdev_types.items[i].available > most)
                        most = g->device->mdev_types.items[i].available;
        if (s.total == 0)
                s.total = most + s.used;
        return s;
}

/* Why no VM can have it, or one more part of it, now; NULL: one can. */
static char *reason_of(const Counter *c, size_t gpu, Slots slots, bool *ret_available)
{
        const GpuPlan *g = c->plan->gpus + gpu;
        const PciDevice *d = g->device;

        *ret_available = false;
        if (g->guard == GUARD_REFUSED)
                return strdup(g->refusal);
        if (g->role == ROLE_HOST)
                return strdup(g->entry ? "its role is host" : "no gpus: entry gives it away");
        if (gpu_is_cordoned(g))
                return strdup("it is cordoned");
        if (g->role != ROLE_VGPU && g->claimed_by)
                return format_string("%s has it", g->claimed_by);
        if (g->role == ROLE_PASSTHROUGH && !streq_ptr(d->driver, g->driver))
                return format_string("its driver is %s until it is bound to %s",
                                     d->driver ? d->driver : "none", g->driver);
        if (g->role == ROLE_VGPU && parts_n_vfs(c->parts, gpu) == 0 && d->mdev_types.n == 0)
                return strdup("its VFs are not made yet");
        if (slots.used >= slots.total)
                return format_string("all %llu of its vGPUs are in use",
                                     (unsigned long long)slots.total);
        *ret_available = true;
        return NULL;
}

static int add_device(const Counter *c, size_t gpu)
{
        const GpuPlan *g = c->plan->gpus + gpu;
        GpuResources *r = c->resources;
        Slots slots = count_slots(c, gpu);
        DeviceResource device = {
                .gpu = g,
                .name = g->name ? g->name : g->device->device_name,
        };

        device.reason = reason_of(c, gpu, slots, &device.available);
        if ((!device.reason && !device.available) || !GROW(r->devices, r->n_devices)) {
                free(device.reason);
                return -ENOMEM;
        }
        r->devices[r->n_devices++] = device;
        if (g->guard == GUARD_REFUSED)
                return 0;
        r->total_slots += slots.total;
        r->used_slots += slots.used;
        if (slots.total > 0)
                r->mode |= c->parted[gpu] ? GPU_MODE_VGPU : GPU_MODE_PASSTHROUGH;
        return 0;
}

static int compare_profiles(const void *a, const void *b)
{
        return strverscmp(((const ProfileResource *)a)->name, ((const ProfileResource *)b)->name);
}

static int count_all(Counter *c)
{
        GpuResources *resources = c->resources;
        int r = note_gpus(c);

        for (size_t i = 0; r >= 0 && i < c->plan->n_gpus; i++)
                r = add_device(c, i);
        if (r < 0)
                return r;
        for (size_t i = 0; i < resources->n_profiles; i++)
                count_profile(c, resources->profiles + i);
        if (resources->n_profiles > 1)
                qsort(resources->profiles, resources->n_profiles, sizeof(ProfileResource),
                      compare_profiles);
        return 0;
}

int plan_resources(const Plan *plan, const Machine *machine, GpuResources *ret)
{
        _cleanup_gpu_resources_ GpuResources resources = {};
        _cleanup_parts_ Parts parts = {};
        _cleanup_(counter_done) Counter c = {
                .plan = plan,
                .parts = &parts,
                .resources = &resources,
        };
        int r = parts_collect(plan, machine, &parts);

        if (r >= 0)
                r = count_all(&c);
        if (r < 0)
                return r;
        *ret = TAKE_GENERIC(resources, (GpuResources){});
        return 0;
}
