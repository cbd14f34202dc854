// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/pci.h"
#include "util/buf.h"
#include "util/str.h"

/*
 * JSON to be printed; there is nothing in here to read any. `gpuhost list` starts in a millisecond, of
 * which loading a library for this would be a tenth.
 */
typedef struct Json Json;

typedef enum JsonMode {
        JSON_OFF,
        JSON_PRETTY,
        JSON_SHORT,
} JsonMode;

/*
 * NULL is "memory was short" throughout: whoever is given one frees what it has and becomes NULL too,
 * so that a long construction needs one look, at its end.
 */
Json *json_map(void);
Json *json_list(void);
Json *json_text(const char *s); /* null for NULL; bytes that are no UTF-8 become U+FFFD */
Json *json_number(int64_t n);
Json *json_bool(bool value);
Json *json_nothing(void);
Json *json_free(Json *json);

void json_put(Json **map, const char *key, Json *value); /* takes value; keys are in this order */
void json_add(Json **list, Json *value);                 /* takes value */

/* The same to a container that stands in another one already: false when memory is short. */
bool json_append(Json *container, const char *key, Json *value);
size_t json_size(const Json *container);

Json *json_number_or_null(int64_t n); /* null below 0 */
Json *json_address(PciAddress address);
Json *json_hex16(uint16_t n); /* "10de" */
Json *json_texts(const StrList *list);

/* Takes `value`. ASCII only, so that no terminal can be steered by it. */
void json_print(Json *value, JsonMode mode, StrBuf *out);
