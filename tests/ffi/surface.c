/* Every function on its good path. */
#include "check.h"

static void versions(void)
{
    CHECK(cmy_abi_version() == CMY_ABI_VERSION);
    CHECK(strchr(cmy_version_string(), '.') != NULL);
    CHECK(strcmp(cmy_status_name(CMY_STATUS_OK), "ok") == 0);
    CHECK(strcmp(cmy_status_name(CMY_STATUS_INVALID_VALUE), "invalid_value") == 0);
    CHECK(strcmp(cmy_status_name(-7), "unknown") == 0);
    CHECK(strcmp(cmy_last_error_message(), "") == 0);
    CHECK(cmy_last_error_kind() == CMY_STATUS_OK);
    CHECK(cmy_last_error_row() == -1);
    CHECK(cmy_last_error_column() == NULL);
    CHECK(cmy_last_error_copy(NULL, 0) == 0);

    const char *json;
    size_t len;
    OK(cmy_operations(&json, &len));
    CHECK(len > 2 && json[0] == '[' && json[len - 1] == ']');
    CHECK(strstr(json, "{\"operation\":\"value.BgNbd.fit\",\"takes\":[\"histories\",\"params\"]}") != NULL);
}

static void plain_columns(void)
{
    const int32_t small[] = {-1, 0, 2147483647};
    const int64_t large[] = {INT64_MIN, 0, INT64_MAX};
    const double real[] = {-0.5, NAN, 1e300};
    const uint8_t flags[] = {0, 1, 7};
    const char bytes[] = "anncaf\xc3\xa9";
    const size_t offsets[] = {0, 3, 3, 8};
    const char *const strings[] = {"x", NULL, "yz!"};
    const size_t lengths[] = {1, 0, 2};
    const uint8_t not_second[] = {1, 0, 1};

    cmy_table *table;
    OK(cmy_table_new(&table));
    OK(cmy_table_add_i32(table, "small", 5, small, NULL, 3));
    OK(cmy_table_add_i64(table, "large and more", 5, large, not_second, 3));
    OK(cmy_table_add_f64(table, "real", CMY_NTS, real, NULL, 3));
    OK(cmy_table_add_bool(table, "flags", CMY_NTS, flags, not_second, 3));
    OK(cmy_table_add_text(table, "text", CMY_NTS, bytes, offsets, NULL, 3));
    OK(cmy_table_add_text(table, "some", CMY_NTS, bytes, offsets, not_second, 3));
    OK(cmy_table_add_strings(table, "strings", CMY_NTS, strings, lengths, 3));

    size_t rows, columns, at, len;
    const char *text;
    OK(cmy_table_rows(table, &rows));
    OK(cmy_table_columns(table, &columns));
    CHECK(rows == 3 && columns == 7);
    OK(cmy_table_column_name(table, 1, &text, &len));
    CHECK(is_text(text, len, "large"));
    OK(cmy_table_find_column(table, "strings", CMY_NTS, &at));
    CHECK(at == 6);

    static const cmy_column_type types[] = {
        CMY_COLUMN_TYPE_INTEGER, CMY_COLUMN_TYPE_INTEGER, CMY_COLUMN_TYPE_FLOAT,
        CMY_COLUMN_TYPE_BOOLEAN, CMY_COLUMN_TYPE_TEXT,    CMY_COLUMN_TYPE_TEXT,
        CMY_COLUMN_TYPE_TEXT,
    };
    for (size_t column = 0; column < columns; column++) {
        cmy_column_type type;
        int32_t scale = 9;
        OK(cmy_table_column_type(table, column, &type, &scale));
        CHECK(type == types[column] && scale == 0);
        OK(cmy_table_column_type(table, column, &type, NULL));
    }

    double f64[3];
    int64_t i64[3];
    uint8_t valid[3];
    OK(cmy_table_copy_f64(table, 0, f64, 3));
    CHECK(f64[0] == -1 && f64[1] == 0 && f64[2] == 2147483647);
    OK(cmy_table_copy_f64(table, 1, f64, 3));
    CHECK(isnan(f64[1]) && !isnan(f64[0]));
    OK(cmy_table_copy_f64(table, 2, f64, 3));
    CHECK(f64[0] == -0.5 && isnan(f64[1]) && f64[2] == 1e300);
    OK(cmy_table_copy_f64(table, 3, f64, 3));
    CHECK(f64[0] == 0 && isnan(f64[1]) && f64[2] == 1);
    OK(cmy_table_copy_i64(table, 0, i64, NULL, 3));
    CHECK(i64[0] == -1 && i64[2] == 2147483647);
    OK(cmy_table_copy_i64(table, 1, i64, valid, 3));
    CHECK(i64[0] == INT64_MIN && i64[1] == 0 && i64[2] == INT64_MAX);
    CHECK(valid[0] == 1 && valid[1] == 0 && valid[2] == 1);
    OK(cmy_table_copy_i64(table, 3, i64, valid, 3));
    CHECK(i64[0] == 0 && valid[1] == 0 && i64[2] == 1);

    OK(cmy_table_text(table, 4, 0, &text, &len));
    CHECK(is_text(text, len, "ann"));
    OK(cmy_table_text(table, 4, 1, &text, &len));
    CHECK(text != NULL && len == 0);
    OK(cmy_table_text(table, 4, 2, &text, &len));
    CHECK(is_text(text, len, "caf\xc3\xa9"));
    OK(cmy_table_text(table, 5, 1, &text, &len));
    CHECK(text == NULL && len == 0);
    OK(cmy_table_text(table, 6, 1, &text, &len));
    CHECK(text == NULL);
    OK(cmy_table_text(table, 6, 2, &text, &len));
    CHECK(is_text(text, len, "yz"));
    cmy_table_free(table);

    /* No rows need no arrays. */
    OK(cmy_table_new(&table));
    OK(cmy_table_add_f64(table, "none", CMY_NTS, NULL, NULL, 0));
    OK(cmy_table_add_text(table, "none too", CMY_NTS, NULL, NULL, NULL, 0));
    OK(cmy_table_add_strings(table, "nor here", CMY_NTS, NULL, NULL, 0));
    OK(cmy_table_copy_f64(table, 0, NULL, 0));
    OK(cmy_table_rows(table, &rows));
    CHECK(rows == 0);
    cmy_table_free(table);
}

static void objects(void)
{
    cmy_object *log = small_log();
    const char *kind;
    OK(cmy_object_kind(log, &kind));
    CHECK(strcmp(kind, "data.Transactions") == 0);

    cmy_object *state = made_of("value.SummaryState.new", log, NULL);
    cmy_object *again;
    OK(cmy_object_clone(state, &again));
    cmy_object_free(state);

    cmy_answer *saved;
    const char *text;
    size_t len;
    OK(cmy_object_save(again, &saved));
    OK(cmy_answer_text(saved, &text, &len));
    CHECK(len > 0 && strncmp(text, "{\"format\":\"custometry/summary-state\"", 36) == 0);
    cmy_object *loaded;
    OK(cmy_load(text, len, &loaded));
    OK(cmy_object_kind(loaded, &kind));
    CHECK(strcmp(kind, "value.SummaryState") == 0);
    cmy_answer_free(saved);

    /* Two states of one log have every purchase twice, but on the same days. */
    const cmy_object *states[] = {again, loaded};
    cmy_object *merged;
    OK(cmy_merge(states, 2, &merged));
    cmy_object *summary = made_of("value.SummaryState.summary", merged, "{\"as_of\":\"1970-04-11\"}");
    cmy_answer *answer;
    const cmy_object *inputs[] = {summary};
    OK(cmy_ask("value.Summary.table", CMY_NTS, inputs, 1, NULL, 0, &answer));
    cmy_table *table;
    OK(cmy_answer_table(answer, &table));
    size_t column;
    cmy_column_type type;
    int32_t scale;
    int64_t values[3];
    double amounts[3];
    OK(cmy_table_find_column(table, "first_money", CMY_NTS, &column));
    OK(cmy_table_column_type(table, column, &type, &scale));
    CHECK(type == CMY_COLUMN_TYPE_DECIMAL && scale == 2);
    OK(cmy_table_copy_i64(table, column, values, NULL, 3));
    CHECK(values[0] == 5000 && values[1] == 1800 && values[2] == 800);
    OK(cmy_table_copy_f64(table, column, amounts, 3));
    CHECK(amounts[0] == 50.0 && amounts[1] == 18.0 && amounts[2] == 8.0);
    OK(cmy_table_find_column(table, "last_purchase", CMY_NTS, &column));
    OK(cmy_table_column_type(table, column, &type, NULL));
    CHECK(type == CMY_COLUMN_TYPE_DATE);
    OK(cmy_table_copy_i64(table, column, values, NULL, 3));
    CHECK(values[0] == 88 && values[1] == 90 && values[2] == 95);

    cmy_table_free(table);
    cmy_answer_free(answer);
    cmy_object_free(summary);
    cmy_object_free(merged);
    cmy_object_free(loaded);
    cmy_object_free(again);
    cmy_object_free(log);
}

static int32_t count_steps(void *context, const char *stage, uint64_t done, uint64_t total)
{
    CHECK(strlen(stage) > 0);
    CHECK(total == 0 || done <= total);
    ++*(int *)context;
    return 0;
}

static void calls(void)
{
    cmy_table *table = small_table();
    cmy_arguments *arguments;
    OK(cmy_arguments_new(&arguments));
    OK(cmy_arguments_set_table(arguments, "table", CMY_NTS, table));
    OK(cmy_arguments_set_json(arguments, "currency", CMY_NTS, "\"USD\"", CMY_NTS));
    OK(cmy_arguments_set_json(arguments, "currency", CMY_NTS, "\"EUR\"", CMY_NTS));
    OK(cmy_arguments_set_json(arguments, "columns", CMY_NTS, "{\"amount_minor\":\"cents\"}", CMY_NTS));
    cmy_table_free(table);

    cmy_answer *answer;
    cmy_type type;
    cmy_object *log, *state;
    OK(cmy_call("data.Transactions.read", CMY_NTS, arguments, NULL, NULL, &answer));
    OK(cmy_answer_type(answer, &type));
    CHECK(type == CMY_TYPE_OBJECT);
    OK(cmy_answer_object(answer, &log));
    cmy_answer_free(answer);
    cmy_arguments_free(arguments);

    /* Progress is told where the call was made. */
    int steps = 0;
    OK(cmy_arguments_new(&arguments));
    OK(cmy_arguments_set_object(arguments, "log", CMY_NTS, log));
    OK(cmy_call("value.SummaryState.new", CMY_NTS, arguments, count_steps, &steps, &answer));
    CHECK(steps > 0);
    OK(cmy_answer_object(answer, &state));
    cmy_answer_free(answer);
    cmy_arguments_free(arguments);

    /* A list of objects. */
    const cmy_object *states[] = {state, state};
    OK(cmy_arguments_new(&arguments));
    OK(cmy_arguments_set_objects(arguments, "states", CMY_NTS, states, 2));
    OK(cmy_call("value.SummaryState.merge", CMY_NTS, arguments, NULL, NULL, &answer));
    cmy_answer_free(answer);
    cmy_arguments_free(arguments);

    /* A list of tables is taken where it belongs and refused elsewhere. */
    cmy_table *tables[] = {small_table(), small_table()};
    OK(cmy_arguments_new(&arguments));
    OK(cmy_arguments_set_tables(arguments, "table", CMY_NTS, (const cmy_table *const *)tables, 2));
    OK(cmy_arguments_set_json(arguments, "currency", CMY_NTS, "\"EUR\"", CMY_NTS));
    GIVES(CMY_STATUS_INVALID_PARAMETER,
          cmy_call("data.Transactions.read", CMY_NTS, arguments, NULL, NULL, &answer));
    CHECK(answer == NULL);
    cmy_table_free(tables[0]);
    cmy_table_free(tables[1]);
    cmy_arguments_free(arguments);

    cmy_object_free(state);
    cmy_object_free(log);
}

static void answers(void)
{
    cmy_object *log = small_log();
    const cmy_object *inputs[] = {log};
    cmy_answer *answer, *item;
    cmy_type type;
    const char *text;
    size_t len;
    int64_t whole;
    double number;

    OK(cmy_ask("data.Transactions.len", CMY_NTS, inputs, 1, NULL, 0, &answer));
    OK(cmy_answer_type(answer, &type));
    CHECK(type == CMY_TYPE_INTEGER);
    OK(cmy_answer_i64(answer, &whole));
    OK(cmy_answer_f64(answer, &number));
    OK(cmy_answer_text(answer, &text, &len));
    CHECK(whole == 7 && number == 7.0 && is_text(text, len, "7"));
    OK(cmy_answer_json(answer, &text, &len));
    CHECK(is_text(text, len, "7"));
    cmy_answer_free(answer);

    cmy_object *state = made_of("value.SummaryState.new", log, NULL);
    cmy_object *summary = made_of("value.SummaryState.summary", state, "{\"as_of\":\"1970-04-11\"}");
    inputs[0] = summary;
    OK(cmy_ask("value.Summary.as_of", CMY_NTS, inputs, 1, NULL, 0, &answer));
    OK(cmy_answer_type(answer, &type));
    CHECK(type == CMY_TYPE_DATE);
    OK(cmy_answer_text(answer, &text, &len));
    CHECK(is_text(text, len, "1970-04-11"));
    OK(cmy_answer_i64(answer, &whole));
    CHECK(whole == 100);
    cmy_answer_free(answer);

    /* A model that is typed, not fitted. */
    static const char saved[] =
        "{\"format\":\"custometry/bg-nbd\",\"version\":1,\"model\":{\"unit\":\"weeks\","
        "\"r\":0.243,\"alpha\":4.414,\"a\":0.793,\"b\":2.426,\"report\":null}}";
    cmy_object *model, *histories;
    OK(cmy_load(saved, sizeof saved - 1, &model));
    inputs[0] = model;
    OK(cmy_ask("value.BgNbd.parameters", CMY_NTS, inputs, 1, NULL, 0, &answer));
    OK(cmy_answer_type(answer, &type));
    CHECK(type == CMY_TYPE_RECORD);
    OK(cmy_answer_len(answer, &len));
    CHECK(len == 4);
    OK(cmy_answer_item(answer, 1, &item));
    OK(cmy_answer_f64(item, &number));
    CHECK(number == 4.414);
    cmy_answer_free(item);
    OK(cmy_answer_field(answer, "b", CMY_NTS, &item));
    OK(cmy_answer_f64(item, &number));
    CHECK(number == 2.426);
    cmy_answer_free(item);
    OK(cmy_answer_json(answer, &text, &len));
    CHECK(is_text(text, len, "{\"r\":0.243,\"alpha\":4.414,\"a\":0.793,\"b\":2.426}") ||
          is_text(text, len, "{\"a\":0.793,\"alpha\":4.414,\"b\":2.426,\"r\":0.243}"));
    cmy_answer_free(answer);

    histories = made_of("value.PurchaseHistories.new", summary, NULL);
    inputs[0] = histories;
    OK(cmy_predict(model, inputs, 1, "{\"prediction\":\"p_alive\"}", CMY_NTS, &answer));
    OK(cmy_answer_type(answer, &type));
    CHECK(type == CMY_TYPE_COLUMN);
    cmy_table *table;
    double alive[3];
    OK(cmy_answer_table(answer, &table));
    cmy_answer_free(answer);
    OK(cmy_table_column_name(table, 0, &text, &len));
    CHECK(is_text(text, len, "value"));
    OK(cmy_table_copy_f64(table, 0, alive, 3));
    for (int i = 0; i < 3; i++)
        CHECK(alive[i] > 0.0 && alive[i] <= 1.0);
    cmy_table_free(table);

    cmy_object_free(histories);
    cmy_object_free(model);
    cmy_object_free(summary);
    cmy_object_free(state);
    cmy_object_free(log);
}

/* Which operations there are differs while the library grows: what is there must work. */
static int there_is(const char *operation)
{
    const char *json;
    size_t len;
    char quoted[128];
    OK(cmy_operations(&json, &len));
    snprintf(quoted, sizeof quoted, "\"%s\"", operation);
    return strstr(json, quoted) != NULL;
}

static void verbs(void)
{
    cmy_object *log = small_log();
    cmy_object *state = made_of("value.SummaryState.new", log, NULL);
    cmy_object *summary = made_of("value.SummaryState.summary", state, "{\"as_of\":\"1970-04-11\"}");
    const cmy_object *inputs[] = {summary, NULL};
    cmy_object *rfm, *scores, *overview;
    cmy_answer *answer;

    OK(cmy_fit("value.Rfm", CMY_NTS, inputs, 1, NULL, 0, &rfm));
    cmy_object_free(rfm);
    OK(cmy_ask("value.Rfm.params", CMY_NTS, NULL, 0, NULL, 0, &answer));
    const char *json;
    size_t len;
    OK(cmy_answer_json(answer, &json, &len));
    OK(cmy_fit("value.Rfm", CMY_NTS, inputs, 1, json, len, &rfm));
    cmy_answer_free(answer);

    const cmy_object *both[] = {rfm, summary};
    OK(cmy_make("value.Rfm.score", CMY_NTS, both, 2, NULL, 0, &scores));
    cmy_object_free(scores);
    cmy_object_free(rfm);

    if (there_is("overview.Overview.fit")) {
        OK(cmy_overview(log, "1970-04-11", CMY_NTS, NULL, 0, &overview));
        const char *kind;
        OK(cmy_object_kind(overview, &kind));
        CHECK(strcmp(kind, "overview.Overview") == 0);
        cmy_object_free(overview);
    }
    cmy_object_free(summary);
    cmy_object_free(state);
    cmy_object_free(log);
}

int main(void)
{
    versions();
    plain_columns();
    objects();
    calls();
    answers();
    verbs();
    return checked("surface");
}
