// SPDX-License-Identifier: LGPL-2.1-or-later
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "run/supervisor.h"

/*
 * Most of what is resident by now are pages of shared libraries that the loader has touched, of libraries
 * that libsystemd alone links: two thirds of all. They are let go; what is needed again comes back from the
 * page cache. Only segments that cannot be written hold nothing of our own.
 */
static int let_go(struct dl_phdr_info *object, size_t size, void *data)
{
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

        for (size_t i = 0; i < object->dlpi_phnum; i++) {
                const ElfW(Phdr) *segment = object->dlpi_phdr + i;
                uintptr_t from = object->dlpi_addr + segment->p_vaddr;
                uintptr_t to = (from + segment->p_filesz) & ~(page - 1);

                from = (from + page - 1) & ~(page - 1);
                if (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W) && from < to)
                        (void)madvise((void *)from, to - from, MADV_DONTNEED);
        }
        return 0;
}

void resident_let_go(void)
{
        (void)dl_iterate_phdr(let_go, NULL);
        (void)malloc_trim(0);
}
