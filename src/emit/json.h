// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <jansson.h>

#include "model/pci.h"
#include "util/buf.h"
#include "util/str.h"

typedef enum JsonMode {
        JSON_OFF,
        JSON_PRETTY,
        JSON_SHORT,
} JsonMode;

/*
 * NULL is "memory was short" throughout: whoever is given one frees what it has and becomes NULL too,
 * so that a long construction needs one look, at its end.
 */
void json_put(json_t **object, const char *key, json_t *value); /* takes value */
void json_add(json_t **array, json_t *value);                   /* takes value */

json_t *json_text(const char *s);       /* null for NULL; bytes that are no UTF-8 become U+FFFD */
json_t *json_number_or_null(int64_t n); /* null below 0 */
json_t *json_address(PciAddress address);
json_t *json_hex16(uint16_t n); /* "10de" */
json_t *json_texts(const StrList *list);

/* Takes `value`. ASCII only, so that no terminal can be steered by it. */
void json_print(json_t *value, JsonMode mode, StrBuf *out);
