// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/session.h"

/* The GPU that a word of the command line means: an address, the name of an entry, a part of either's
 * name. -ENOENT when there is none, with the nearest name in *ret_near; -ENOTUNIQ when several are. */
int object_find_gpu(const Session *session, const char *word, const GpuPlan **ret,
                    const char **ret_near) _must_check_;

/* The last gpus: entry of that name, whether or not it matches a GPU; NULL if there is none. */
const GpuEntry *object_find_entry(const Session *session, const char *name) _pure_;

/* Is this the instance of that name, or one of its replicas? */
bool object_is_instance(const Instance *instance, const char *name);

/* The one VM of that name. -ENOENT after saying what there is instead. */
int object_find_vm(const Session *session, const char *name, const Instance **ret) _must_check_;

/* "gpuhost: no KIND 'WORD'…", with the nearest name if there is one. */
void object_unknown(const Session *session, const char *what, const char *word, const char *near);
void object_ambiguous(const Session *session, const char *word);

/* The same of a word that means neither an instance nor, as `r` and `near` of object_find_gpu() say, a
 * GPU. Returns `r`. */
int object_unresolved(const Session *session, const char *word, int r, const char *near);

/* An object, as findings may mean it. */
typedef struct Subject {
        const char *name;    /* of an instance; the address of a GPU */
        const char *file;    /* that declares it; may be NULL */
        const char *refusal; /* as the plan has it; may be NULL */
        unsigned line;       /* of `file`; 0: any */
} Subject;

/* What the findings say about it, and about host.d as a whole where that is wrong. Borrowed from the
 * session, but for the array. */
int object_findings(const Session *session, const Subject *subject, FindingList *ret) _must_check_;
