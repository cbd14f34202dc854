// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define _cleanup_(f)   __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))
#define _must_check_   __attribute__((warn_unused_result))
#define _unused_       __attribute__((unused))
#define _pure_         __attribute__((pure))

/* Hands an owned value over and leaves `null` behind, so that the cleanup attribute finds nothing. */
#define TAKE_GENERIC(var, null)                                                                    \
        ({                                                                                         \
                typeof(var) *_p = &(var);                                                          \
                typeof(var) _v = *_p;                                                              \
                *_p = (null);                                                                      \
                _v;                                                                                \
        })
#define TAKE_PTR(ptr) TAKE_GENERIC(ptr, NULL)
#define TAKE_FD(fd)   TAKE_GENERIC(fd, -EBADF)

/* For `type` a pointer type: funcp(), as _cleanup_ wants it. */
#define DEFINE_CLEANUP(type, func)                                                                 \
        static inline _unused_ void func##p(type *p)                                               \
        {                                                                                          \
                if (*p)                                                                            \
                        func(*p);                                                                  \
        }

static inline void freep(void *p)
{
        free(*(void **)p);
}

static inline void fclosep(FILE **f)
{
        if (*f)
                (void)fclose(*f);
}

static inline void closedirp(DIR **d)
{
        if (*d)
                (void)closedir(*d);
}

#define _cleanup_free_     _cleanup_(freep)
#define _cleanup_fclose_   _cleanup_(fclosep)
#define _cleanup_closedir_ _cleanup_(closedirp)

/* Makes room for one more element of an array that holds `n`. Capacity doubles at powers of two, so
 * nobody needs to keep it. False when memory is short; the array stays as it was. */
#define GROW(array, n)                                                                             \
        ({                                                                                         \
                size_t _n = (n);                                                                   \
                bool _ok = true;                                                                   \
                if ((_n & (_n - 1)) == 0) {                                                        \
                        void *_a = reallocarray((array), _n ? _n * 2 : 1, sizeof(*(array)));       \
                        if (_a)                                                                    \
                                (array) = _a;                                                      \
                        else                                                                       \
                                _ok = false;                                                       \
                }                                                                                  \
                _ok;                                                                               \
        })
