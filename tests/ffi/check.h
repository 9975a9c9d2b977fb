/*
 * What the programs here share: checks that name the line, and a small purchase log.
 */
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "custometry.h"

static int failures;

/* Something must be so. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

/* A call must end with a status. */
#define GIVES(status, call)                                                                        \
    do {                                                                                           \
        cmy_status given_ = (call);                                                                \
        if (given_ != (status)) {                                                                  \
            fprintf(stderr, "%s:%d: %s, expected %s: %s\n  %s\n", __FILE__, __LINE__,              \
                    cmy_status_name(given_), cmy_status_name(status), #call,                       \
                    cmy_last_error_message());                                                     \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

/* A call must succeed; nothing after it makes sense otherwise. */
#define OK(call)                                                                                   \
    do {                                                                                           \
        cmy_status given_ = (call);                                                                \
        if (given_ != CMY_STATUS_OK) {                                                             \
            fprintf(stderr, "%s:%d: %s: %s\n  %s\n", __FILE__, __LINE__, cmy_status_name(given_),  \
                    #call, cmy_last_error_message());                                              \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* The last message must have words in it. */
#define SAYS(words)                                                                                \
    do {                                                                                           \
        if (strstr(cmy_last_error_message(), (words)) == NULL) {                                   \
            fprintf(stderr, "%s:%d: the message is \"%s\", without \"%s\"\n", __FILE__, __LINE__,  \
                    cmy_last_error_message(), (words));                                            \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

static inline int close_to(double got, double expected, double relative)
{
    if (fabs(got - expected) <= relative * fabs(expected))
        return 1;
    fprintf(stderr, "%.17g, expected %.17g\n", got, expected);
    return 0;
}

/* Whether a text that is lent is this one. */
static inline int is_text(const char *text, size_t len, const char *expected)
{
    return text != NULL && len == strlen(expected) && memcmp(text, expected, len) == 0;
}

/* Seven purchases of three customers. */
static inline cmy_table *small_table(void)
{
    static const char *const who[] = {"ann", "bob", "ann", "cid", "ann", "bob", "cid"};
    static const int32_t day[] = {0, 3, 40, 50, 88, 90, 95};
    static const int64_t cents[] = {2500, 900, 3100, 400, 2000, 1250, 700};
    cmy_table *table;
    OK(cmy_table_new(&table));
    OK(cmy_table_add_strings(table, "customer", CMY_NTS, who, NULL, 7));
    OK(cmy_table_add_i32(table, "day", CMY_NTS, day, NULL, 7));
    OK(cmy_table_add_i64(table, "cents", CMY_NTS, cents, NULL, 7));
    return table;
}

#define SMALL_SPEC "{\"currency\":\"EUR\",\"columns\":{\"amount_minor\":\"cents\"}}"

static inline cmy_object *small_log(void)
{
    cmy_table *table = small_table();
    cmy_object *log;
    OK(cmy_load_columns("data.Transactions", CMY_NTS, table, SMALL_SPEC, CMY_NTS, &log));
    cmy_table_free(table);
    return log;
}

/* Objects made of one object. */
static inline cmy_object *made_of(const char *operation, const cmy_object *input, const char *rest)
{
    const cmy_object *inputs[] = {input};
    cmy_object *object;
    OK(cmy_make(operation, CMY_NTS, inputs, 1, rest, CMY_NTS, &object));
    return object;
}

/* All of a file, with a NUL behind it. */
static inline char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    fseek(file, 0, SEEK_END);
    *len = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(*len + 1);
    if (text == NULL || fread(text, 1, *len, file) != *len) {
        perror(path);
        exit(1);
    }
    text[*len] = '\0';
    fclose(file);
    return text;
}

/* The log from its columns: customers as whole numbers, days as text, amounts as floats. */
static inline cmy_object *purchases(const char *path)
{
    enum { MOST = 10000 };
    static int64_t who[MOST];
    static const char *day[MOST];
    static double amount[MOST];
    size_t len, rows = 0;
    char *text = read_file(path, &len);
    char *line = strchr(text, '\n') + 1; /* customer,date,quantity,amount */
    while (*line != '\0' && rows < MOST) {
        char *rest = NULL;
        who[rows] = strtoll(line, &rest, 10);
        day[rows] = rest + 1;
        rest = strchr(rest + 1, ',');
        *rest = '\0';
        amount[rows] = strtod(strchr(rest + 1, ',') + 1, &rest);
        line = rest + strspn(rest, "\r\n");
        rows++;
    }
    cmy_table *table;
    cmy_object *log;
    OK(cmy_table_new(&table));
    OK(cmy_table_add_i64(table, "customer", CMY_NTS, who, NULL, rows));
    OK(cmy_table_add_strings(table, "day", CMY_NTS, day, NULL, rows));
    OK(cmy_table_add_f64(table, "amount", CMY_NTS, amount, NULL, rows));
    free(text);
    OK(cmy_load_columns("data.Transactions", CMY_NTS, table, "{\"currency\":\"USD\"}", CMY_NTS, &log));
    cmy_table_free(table);
    return log;
}

/* The end of a program. */
static inline int checked(const char *what)
{
    if (failures == 0)
        printf("%s: ok\n", what);
    else
        printf("%s: %d failures\n", what, failures);
    return failures != 0;
}

#endif
