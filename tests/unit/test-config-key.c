// SPDX-License-Identifier: LGPL-2.1-or-later
/* The tables themselves: what the man page, completion and messages take from them. */
#include "config/type.h"

#include "unit.h"
#include "util/str.h"

static size_t n_rows;

static void check_name(const char *name)
{
        assert_true(strlen(name) > 0);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(name));
}

static void check_row(const KeyTable *table, const KeySpec *key)
{
        const Type *type = key->type;

        print_message("# %s %s\n", table->where, key->name);
        n_rows++;
        check_name(key->name);
        assert_non_null(key->about);
        assert_true(strlen(key->about) > 0 && key->about[strlen(key->about) - 1] != '.');
        assert_true(key->kinds != 0 && (key->kinds & ~(unsigned)KEY_EVERYWHERE) == 0);
        assert_true(key->offset >= sizeof(Keys) && key->offset + type->size <= table->size);
        assert_non_null(key_type_name(type));
        assert_true(type->expected || key_type_values(type));
        assert_true(type->ops->read && type->ops->merge && type->ops->walk);
}

/* No two rows have one name, or one member. */
static void check_table(const KeyTable *table)
{
        assert_non_null(table->what);
        assert_true(table->n_keys > 0 && table->n_keys <= 64);
        for (size_t i = 0; i < table->n_keys; i++) {
                const KeySpec *key = table->keys + i;

                check_row(table, key);
                for (size_t j = 0; j < i; j++) {
                        const KeySpec *other = table->keys + j;

                        assert_string_not_equal(key->name, other->name);
                        assert_true(key->offset >= other->offset + other->type->size ||
                                    other->offset >= key->offset + key->type->size);
                }
                if (key_type_table(key->type))
                        check_table(key_type_table(key->type));
        }
}

static void tables(void **state)
{
        check_table(&host_table);
        check_table(&instance_table);
        assert_true(n_rows > 90);
}

/* What is a key of ours is not at the same time passed over. */
static void foreign_keys(void **state)
{
        for (const char *const *name = instance_table.foreign; *name; name++)
                for (size_t i = 0; i < instance_table.n_keys; i++)
                        if (streq(*name, instance_table.keys[i].name))
                                assert_int_equal(instance_table.keys[i].kinds & KEY_VM, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(tables),
                cmocka_unit_test(foreign_keys),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
