/*
 * From columns in memory to the customers who will buy the most: a purchase log, its summary, RFM scores,
 * a BG/NBD model, predictions, and the model saved and read again.
 *
 * README.md says how to build it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "custometry.h"

enum { CUSTOMERS = 600, MOST_PURCHASES = 20000, TOP = 10 };

/* Every status is looked at; the message says what is wrong and what to do. */
static void check(cmy_status status, const char *what)
{
    if (status == CMY_STATUS_OK)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, cmy_status_name(status), cmy_last_error_message());
    exit(1);
}

/* A number from 0 to 1, from a generator of its own so that every machine prints the same. */
static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

/* What a shop would take out of its books. Here: each customer buys at a rate of their own, and stops after
 * a purchase with a chance of their own. Days count from 1970-01-01. */
static size_t purchases(int64_t *customer, int32_t *day, int64_t *cents)
{
    const int32_t new_year_2023 = 19358, new_year_2024 = 19723;
    uint64_t state = 20240531;
    size_t rows = 0;
    for (int64_t who = 0; who < CUSTOMERS; who++) {
        const double root = uniform(&state);
        const double rate = 0.002 + 0.05 * root * root;
        const double stops = 0.25 * uniform(&state);
        int32_t when = new_year_2023 + (int32_t)(90 * uniform(&state));
        while (when < new_year_2024 && rows < MOST_PURCHASES) {
            customer[rows] = 1000 + who;
            day[rows] = when;
            cents[rows] = 500 + (int64_t)(7500 * uniform(&state));
            rows++;
            if (uniform(&state) < stops)
                break;
            do
                when++;
            while (when < new_year_2024 && uniform(&state) > rate);
        }
    }
    return rows;
}

/* A column of a table as floating point numbers. */
static void copy_column(const cmy_table *table, const char *name, double *values)
{
    size_t column;
    check(cmy_table_find_column(table, name, CMY_NTS, &column), name);
    check(cmy_table_copy_f64(table, column, values, CUSTOMERS), name);
}

/* The table that an operation of an object gives. */
static cmy_table *table_of(const char *operation, const cmy_object *object)
{
    cmy_answer *answer;
    cmy_table *table;
    check(cmy_ask(operation, CMY_NTS, &object, 1, NULL, 0, &answer), operation);
    check(cmy_answer_table(answer, &table), operation);
    cmy_answer_free(answer);
    return table;
}

/* What a model foretells, a number a customer. */
static void predict(const cmy_object *model, const cmy_object *histories, const char *question,
                    double *values)
{
    cmy_answer *answer;
    cmy_table *table;
    check(cmy_predict(model, &histories, 1, question, CMY_NTS, &answer), "predict");
    check(cmy_answer_table(answer, &table), "predict");
    check(cmy_table_copy_f64(table, 0, values, CUSTOMERS), "predict");
    cmy_table_free(table);
    cmy_answer_free(answer);
}

int main(void)
{
    static int64_t customer[MOST_PURCHASES], cents[MOST_PURCHASES];
    static int32_t day[MOST_PURCHASES];
    static double key[CUSTOMERS], code[CUSTOMERS], alive[CUSTOMERS], expected[CUSTOMERS];
    static double left[CUSTOMERS], again[CUSTOMERS];

    if (cmy_abi_version() != CMY_ABI_VERSION) {
        fprintf(stderr, "the header and the library are of different versions\n");
        return 1;
    }

    /* Columns make a table, and a table a log: the names say which column is which. */
    const size_t rows = purchases(customer, day, cents);
    cmy_table *table;
    cmy_object *log;
    check(cmy_table_new(&table), "table");
    check(cmy_table_add_i64(table, "customer", CMY_NTS, customer, NULL, rows), "customer");
    check(cmy_table_add_i32(table, "day", CMY_NTS, day, NULL, rows), "day");
    check(cmy_table_add_i64(table, "cents", CMY_NTS, cents, NULL, rows), "cents");
    check(cmy_load_columns("data.Transactions", CMY_NTS, table,
                           "{\"currency\":\"EUR\",\"columns\":{\"amount_minor\":\"cents\"}}", CMY_NTS, &log),
          "log");
    cmy_table_free(table);

    /* The state can be saved, and merged with that of another shard or day; the summary is as of a day. */
    cmy_object *state, *summary;
    const cmy_object *of_log[] = {log};
    check(cmy_make("value.SummaryState.new", CMY_NTS, of_log, 1, NULL, 0, &state), "state");
    const cmy_object *of_state[] = {state};
    check(cmy_make("value.SummaryState.summary", CMY_NTS, of_state, 1, "{\"as_of\":\"2024-01-01\"}", CMY_NTS,
                   &summary),
          "summary");

    /* RFM: what is fitted are the edges of the bins, so that next month is scored alike. */
    cmy_object *rfm, *scores;
    const cmy_object *of_summary[] = {summary};
    check(cmy_fit("value.Rfm", CMY_NTS, of_summary, 1, NULL, 0, &rfm), "rfm");
    const cmy_object *of_rfm[] = {rfm, summary};
    check(cmy_make("value.Rfm.score", CMY_NTS, of_rfm, 2, NULL, 0, &scores), "scores");

    /* BG/NBD: who is still a customer, and what they will buy in a year. */
    cmy_object *histories, *model;
    check(cmy_make("value.PurchaseHistories.new", CMY_NTS, of_summary, 1, NULL, 0, &histories), "histories");
    const cmy_object *of_histories[] = {histories};
    check(cmy_fit("value.BgNbd", CMY_NTS, of_histories, 1, NULL, 0, &model), "fit");
    predict(model, histories, "{\"prediction\":\"p_alive\"}", alive);
    predict(model, histories, "{\"prediction\":{\"expected\":365}}", expected);

    /* Results are in the order of the customers, whose keys are in every table. */
    table = table_of("value.Summary.table", summary);
    copy_column(table, "customer", key);
    cmy_table_free(table);
    table = table_of("value.RfmScores.table", scores);
    copy_column(table, "code", code);
    cmy_table_free(table);

    printf("%zu purchases of %d customers; those of whom most is expected:\n\n", rows, (int)CUSTOMERS);
    printf("%10s %5s %9s %18s\n", "customer", "RFM", "P(alive)", "purchases in 2024");
    memcpy(left, expected, sizeof left);
    for (int rank = 0; rank < TOP; rank++) {
        int best = 0;
        for (int i = 1; i < CUSTOMERS; i++)
            best = left[i] > left[best] ? i : best;
        printf("%10.0f %5.0f %9.3f %18.2f\n", key[best], code[best], alive[best], expected[best]);
        left[best] = -1;
    }

    /* A model is saved as a text, which every host of the library reads; its numbers keep their bits. */
    cmy_answer *saved;
    cmy_object *loaded;
    const char *text;
    size_t len;
    check(cmy_object_save(model, &saved), "save");
    check(cmy_answer_text(saved, &text, &len), "save");
    check(cmy_load(text, len, &loaded), "load");
    predict(loaded, histories, "{\"prediction\":{\"expected\":365}}", again);
    const int same = memcmp(again, expected, sizeof expected) == 0;
    printf("\nsaved in %zu bytes, read again, and foretells %s\n", len, same ? "the same" : "something else");

    cmy_answer_free(saved);
    cmy_object_free(loaded);
    cmy_object_free(model);
    cmy_object_free(histories);
    cmy_object_free(scores);
    cmy_object_free(rfm);
    cmy_object_free(summary);
    cmy_object_free(state);
    cmy_object_free(log);
    return same ? 0 : 1;
}
