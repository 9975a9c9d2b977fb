/*
 * Every operation, asked by somebody who means no good: whatever is handed over, it is answered or refused,
 * and never the fault of the library.
 *
 *     hostile MODELS
 *
 * MODELS is the folder of saved models: operations of objects are also asked of a right one.
 */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <dirent.h>

enum { MOST_OBJECTS = 100, MOST_NAMES = 16, NAME = 64 };

static cmy_object *objects[MOST_OBJECTS];
static size_t objects_count;
static cmy_table *rows_of_three, *no_rows, *no_columns;
static int calls;

/* Values of JSON that fit next to nothing. */
static const char *const values[] = {
    "null", "true", "-1", "0", "3", "0.5", "1e308", "18446744073709551615", "\"\"", "\"x\"", "\"9999-12-31\"",
    "[]", "[null]", "[1,1]", "[\"x\",\"x\"]", "[[]]", "[[1,2],[3]]", "{}", "{\"x\":1}",
};

/* Ways of setting an argument: the values, and six more. */
enum { VALUES = sizeof values / sizeof values[0], WAYS = VALUES + 6 };

static void set(cmy_arguments *arguments, const char *name, int way)
{
    const cmy_object *list[] = {objects[0], objects[objects_count - 1]};
    const cmy_table *tables[] = {rows_of_three, no_rows};
    if (way < VALUES)
        OK(cmy_arguments_set_json(arguments, name, CMY_NTS, values[way], CMY_NTS));
    else if (way == VALUES)
        OK(cmy_arguments_set_object(arguments, name, CMY_NTS, objects[0]));
    else if (way == VALUES + 1)
        OK(cmy_arguments_set_objects(arguments, name, CMY_NTS, list, 2));
    else if (way == VALUES + 2)
        OK(cmy_arguments_set_table(arguments, name, CMY_NTS, rows_of_three));
    else if (way == VALUES + 3)
        OK(cmy_arguments_set_table(arguments, name, CMY_NTS, no_rows));
    else if (way == VALUES + 4)
        OK(cmy_arguments_set_table(arguments, name, CMY_NTS, no_columns));
    else
        OK(cmy_arguments_set_tables(arguments, name, CMY_NTS, tables, 2));
}

/* Asks an operation with all of its arguments set one way, `self` to an object if there is one. */
static void ask(const char *operation, char names[][NAME], size_t count, const cmy_object *self)
{
    for (int way = 0; way < WAYS; way++) {
        cmy_arguments *arguments;
        cmy_answer *answer;
        int free_ones = 0;
        OK(cmy_arguments_new(&arguments));
        for (size_t i = 0; i < count; i++)
            if (self != NULL && strcmp(names[i], "self") == 0) {
                OK(cmy_arguments_set_object(arguments, names[i], CMY_NTS, self));
            } else {
                set(arguments, names[i], way);
                free_ones++;
            }
        const cmy_status status = cmy_call(operation, CMY_NTS, arguments, NULL, NULL, &answer);
        if (status >= CMY_STATUS_PANIC) {
            fprintf(stderr, "%s, way %d: %s\n", operation, way, cmy_last_error_message());
            failures++;
        }
        CHECK((status == CMY_STATUS_OK) == (answer != NULL));
        cmy_answer_free(answer);
        cmy_arguments_free(arguments);
        calls++;
        if (free_ones == 0)
            return;
    }
}

/* A text in quotes, from where they open; the place behind it. */
static const char *quoted(const char *from, char *into)
{
    const char *start = strchr(from, '"') + 1, *end = strchr(start, '"');
    snprintf(into, NAME, "%.*s", (int)(end - start), start);
    return end + 1;
}

static void load(const char *folder)
{
    DIR *models = opendir(folder);
    CHECK(models != NULL);
    for (struct dirent *entry; models != NULL && (entry = readdir(models)) != NULL;) {
        char path[4096];
        size_t len;
        if (strstr(entry->d_name, ".json") == NULL || objects_count == MOST_OBJECTS)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        char *text = read_file(path, &len);
        OK(cmy_load(text, len, &objects[objects_count++]));
        /* A file that ends early, or is no text any more. */
        cmy_object *none;
        for (size_t part = 1; part < 20; part++)
            GIVES(CMY_STATUS_MODEL_FORMAT, cmy_load(text, (len - 1) * part / 20, &none));
        text[len / 2] = '\xff';
        GIVES(CMY_STATUS_BAD_UTF8, cmy_load(text, len, &none));
        CHECK(none == NULL);
        free(text);
    }
    if (models != NULL)
        closedir(models);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: hostile MODELS\n");
        return 2;
    }
    objects[objects_count++] = small_log();
    load(argv[1]);
    rows_of_three = small_table();
    OK(cmy_table_new(&no_columns));
    OK(cmy_table_new(&no_rows));
    OK(cmy_table_add_strings(no_rows, "customer", CMY_NTS, NULL, NULL, 0));

    /* [{"operation":"value.BgNbd.fit","takes":["histories","params"]}, ...] */
    const char *at;
    size_t len;
    OK(cmy_operations(&at, &len));
    for (const char *end = at + len - 2; at < end;) {
        char operation[NAME], kind[NAME], names[MOST_NAMES][NAME];
        size_t count = 0;
        at = quoted(strchr(at, ':'), operation);
        for (at = strchr(at, '[') + 1; *at != ']' && count < MOST_NAMES; at += strspn(at, ","))
            at = quoted(at, names[count++]);
        at = strchr(at, '}') + 1;

        ask(operation, names, count, NULL);
        snprintf(kind, sizeof kind, "%.*s", (int)(strrchr(operation, '.') - operation), operation);
        for (size_t i = 0; i < objects_count; i++) {
            const char *found;
            OK(cmy_object_kind(objects[i], &found));
            if (strcmp(kind, found) == 0)
                ask(operation, names, count, objects[i]);
        }
    }
    CHECK(calls > 20000);

    for (size_t i = 0; i < objects_count; i++)
        cmy_object_free(objects[i]);
    cmy_table_free(rows_of_three);
    cmy_table_free(no_columns);
    cmy_table_free(no_rows);
    printf("%d calls\n", calls);
    return checked("hostile");
}
