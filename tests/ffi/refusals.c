/* What is refused, with which status and in which words: NULL for every pointer, texts that are no
 * UTF-8, lengths, wrong kinds. Outputs are blank after every refusal. */
#include "check.h"

/* A text that is no UTF-8. */
static const char latin[] = "caf\xe9";

#define NULL_IS_REFUSED(call)                                                                      \
    do {                                                                                           \
        GIVES(CMY_STATUS_NULL_POINTER, call);                                                      \
        SAYS(" is NULL");                                                                          \
    } while (0)

static void null_tables(void)
{
    cmy_table *table = small_table(), *none;
    size_t n;
    const char *text;
    double f64[7];
    int64_t i64[7];
    int32_t i32[7] = {0};
    uint8_t flags[7] = {0};
    size_t offsets[8] = {0};
    const char *strings[7] = {0};
    cmy_column_type type;
    struct ArrowArrayStream stream = {0};

    NULL_IS_REFUSED(cmy_table_new(NULL));
    NULL_IS_REFUSED(cmy_table_import(NULL, &none));
    CHECK(none == NULL);
    NULL_IS_REFUSED(cmy_table_import(&stream, NULL));
    NULL_IS_REFUSED(cmy_table_export(NULL, &stream));
    CHECK(stream.release == NULL);
    NULL_IS_REFUSED(cmy_table_export(table, NULL));

    NULL_IS_REFUSED(cmy_table_add_i32(NULL, "x", 1, i32, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_i32(table, NULL, 1, i32, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_i32(table, NULL, CMY_NTS, i32, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_i32(table, "x", 1, NULL, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_i64(NULL, "x", 1, i64, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_i64(table, NULL, 1, i64, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_i64(table, "x", 1, NULL, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_f64(NULL, "x", 1, f64, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_f64(table, NULL, 1, f64, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_f64(table, "x", 1, NULL, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_bool(NULL, "x", 1, flags, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_bool(table, NULL, 1, flags, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_bool(table, "x", 1, NULL, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_text(NULL, "x", 1, "", offsets, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_text(table, NULL, 1, "", offsets, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_text(table, "x", 1, "", NULL, NULL, 7));
    offsets[7] = 3;
    NULL_IS_REFUSED(cmy_table_add_text(table, "x", 1, NULL, offsets, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_strings(NULL, "x", 1, strings, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_strings(table, NULL, 1, strings, NULL, 7));
    NULL_IS_REFUSED(cmy_table_add_strings(table, "x", 1, NULL, NULL, 7));

    n = 9;
    NULL_IS_REFUSED(cmy_table_rows(NULL, &n));
    CHECK(n == 0);
    NULL_IS_REFUSED(cmy_table_rows(table, NULL));
    NULL_IS_REFUSED(cmy_table_columns(NULL, &n));
    NULL_IS_REFUSED(cmy_table_columns(table, NULL));
    text = "left";
    NULL_IS_REFUSED(cmy_table_column_name(NULL, 0, &text, &n));
    CHECK(text == NULL);
    NULL_IS_REFUSED(cmy_table_column_name(table, 0, NULL, &n));
    NULL_IS_REFUSED(cmy_table_column_name(table, 0, &text, NULL));
    CHECK(text == NULL);
    NULL_IS_REFUSED(cmy_table_find_column(NULL, "day", CMY_NTS, &n));
    NULL_IS_REFUSED(cmy_table_find_column(table, NULL, CMY_NTS, &n));
    NULL_IS_REFUSED(cmy_table_find_column(table, "day", CMY_NTS, NULL));
    NULL_IS_REFUSED(cmy_table_column_type(NULL, 0, &type, NULL));
    NULL_IS_REFUSED(cmy_table_column_type(table, 0, NULL, NULL));
    NULL_IS_REFUSED(cmy_table_copy_f64(NULL, 1, f64, 7));
    NULL_IS_REFUSED(cmy_table_copy_f64(table, 1, NULL, 7));
    NULL_IS_REFUSED(cmy_table_copy_i64(NULL, 1, i64, NULL, 7));
    NULL_IS_REFUSED(cmy_table_copy_i64(table, 1, NULL, NULL, 7));
    NULL_IS_REFUSED(cmy_table_text(NULL, 0, 0, &text, &n));
    NULL_IS_REFUSED(cmy_table_text(table, 0, 0, NULL, &n));
    NULL_IS_REFUSED(cmy_table_text(table, 0, 0, &text, NULL));

    /* After all of that the table is as it was. */
    OK(cmy_table_columns(table, &n));
    CHECK(n == 3);
    cmy_table_free(table);
}

static void null_objects_and_calls(void)
{
    cmy_object *log = small_log(), *object;
    cmy_table *table = small_table();
    cmy_arguments *arguments;
    cmy_answer *answer, *other;
    const char *text;
    size_t n;
    int64_t whole;
    double number;
    cmy_type type;
    const cmy_object *inputs[] = {log};
    const cmy_object *holes[] = {log, NULL};
    const cmy_table *tables[] = {table, NULL};

    NULL_IS_REFUSED(cmy_operations(NULL, &n));
    NULL_IS_REFUSED(cmy_operations(&text, NULL));
    NULL_IS_REFUSED(cmy_object_kind(NULL, &text));
    NULL_IS_REFUSED(cmy_object_kind(log, NULL));
    NULL_IS_REFUSED(cmy_object_clone(NULL, &object));
    NULL_IS_REFUSED(cmy_object_clone(log, NULL));
    NULL_IS_REFUSED(cmy_object_save(NULL, &answer));
    NULL_IS_REFUSED(cmy_object_save(log, NULL));
    NULL_IS_REFUSED(cmy_load(NULL, 3, &object));
    NULL_IS_REFUSED(cmy_load("{}", 2, NULL));

    NULL_IS_REFUSED(cmy_arguments_new(NULL));
    OK(cmy_arguments_new(&arguments));
    NULL_IS_REFUSED(cmy_arguments_set_object(NULL, "log", 3, log));
    NULL_IS_REFUSED(cmy_arguments_set_object(arguments, NULL, 3, log));
    NULL_IS_REFUSED(cmy_arguments_set_object(arguments, "log", 3, NULL));
    NULL_IS_REFUSED(cmy_arguments_set_objects(NULL, "log", 3, inputs, 1));
    NULL_IS_REFUSED(cmy_arguments_set_objects(arguments, NULL, 3, inputs, 1));
    NULL_IS_REFUSED(cmy_arguments_set_objects(arguments, "log", 3, NULL, 1));
    GIVES(CMY_STATUS_NULL_POINTER, cmy_arguments_set_objects(arguments, "log", 3, holes, 2));
    SAYS("number 1 of objects (counted from 0) is NULL");
    NULL_IS_REFUSED(cmy_arguments_set_table(NULL, "table", 5, table));
    NULL_IS_REFUSED(cmy_arguments_set_table(arguments, NULL, 5, table));
    NULL_IS_REFUSED(cmy_arguments_set_table(arguments, "table", 5, NULL));
    NULL_IS_REFUSED(cmy_arguments_set_tables(NULL, "table", 5, tables, 1));
    NULL_IS_REFUSED(cmy_arguments_set_tables(arguments, NULL, 5, tables, 1));
    NULL_IS_REFUSED(cmy_arguments_set_tables(arguments, "table", 5, NULL, 1));
    NULL_IS_REFUSED(cmy_arguments_set_tables(arguments, "table", 5, tables, 2));
    NULL_IS_REFUSED(cmy_arguments_set_json(NULL, "x", 1, "1", 1));
    NULL_IS_REFUSED(cmy_arguments_set_json(arguments, NULL, 1, "1", 1));
    NULL_IS_REFUSED(cmy_arguments_set_json(arguments, "x", 1, NULL, 1));
    NULL_IS_REFUSED(cmy_call(NULL, 3, arguments, NULL, NULL, &answer));
    CHECK(answer == NULL);
    NULL_IS_REFUSED(cmy_call("data.Transactions.len", CMY_NTS, arguments, NULL, NULL, NULL));

    NULL_IS_REFUSED(cmy_load_columns(NULL, 1, table, NULL, 0, &object));
    NULL_IS_REFUSED(cmy_load_columns("data.Transactions", CMY_NTS, NULL, NULL, 0, &object));
    NULL_IS_REFUSED(cmy_load_columns("data.Transactions", CMY_NTS, table, SMALL_SPEC, CMY_NTS, NULL));
    NULL_IS_REFUSED(cmy_fit(NULL, 1, inputs, 1, NULL, 0, &object));
    NULL_IS_REFUSED(cmy_fit("value.Rfm", CMY_NTS, NULL, 1, NULL, 0, &object));
    NULL_IS_REFUSED(cmy_fit("value.Rfm", CMY_NTS, inputs, 1, NULL, 0, NULL));
    NULL_IS_REFUSED(cmy_predict(NULL, inputs, 1, NULL, 0, &answer));
    NULL_IS_REFUSED(cmy_predict(log, NULL, 1, NULL, 0, &answer));
    NULL_IS_REFUSED(cmy_predict(log, inputs, 1, NULL, 0, NULL));
    NULL_IS_REFUSED(cmy_explain(NULL, inputs, 1, NULL, 0, &answer));
    NULL_IS_REFUSED(cmy_explain(log, NULL, 1, NULL, 0, &answer));
    NULL_IS_REFUSED(cmy_explain(log, inputs, 1, NULL, 0, NULL));
    NULL_IS_REFUSED(cmy_merge(NULL, 1, &object));
    NULL_IS_REFUSED(cmy_merge(holes, 2, &object));
    NULL_IS_REFUSED(cmy_merge(inputs, 1, NULL));
    NULL_IS_REFUSED(cmy_overview(NULL, "1970-04-11", CMY_NTS, NULL, 0, &object));
    NULL_IS_REFUSED(cmy_overview(log, NULL, CMY_NTS, NULL, 0, &object));
    NULL_IS_REFUSED(cmy_overview(log, "1970-04-11", CMY_NTS, NULL, 0, NULL));
    NULL_IS_REFUSED(cmy_ask(NULL, 1, inputs, 1, NULL, 0, &answer));
    NULL_IS_REFUSED(cmy_ask("data.Transactions.len", CMY_NTS, NULL, 1, NULL, 0, &answer));
    NULL_IS_REFUSED(cmy_ask("data.Transactions.len", CMY_NTS, inputs, 1, NULL, 0, NULL));
    NULL_IS_REFUSED(cmy_make(NULL, 1, inputs, 1, NULL, 0, &object));
    NULL_IS_REFUSED(cmy_make("value.SummaryState.new", CMY_NTS, NULL, 1, NULL, 0, &object));
    NULL_IS_REFUSED(cmy_make("value.SummaryState.new", CMY_NTS, inputs, 1, NULL, 0, NULL));

    OK(cmy_ask("data.Transactions.len", CMY_NTS, inputs, 1, NULL, 0, &answer));
    NULL_IS_REFUSED(cmy_answer_type(NULL, &type));
    NULL_IS_REFUSED(cmy_answer_type(answer, NULL));
    NULL_IS_REFUSED(cmy_answer_object(NULL, &object));
    NULL_IS_REFUSED(cmy_answer_object(answer, NULL));
    NULL_IS_REFUSED(cmy_answer_table(NULL, &table));
    table = NULL;
    NULL_IS_REFUSED(cmy_answer_table(answer, NULL));
    NULL_IS_REFUSED(cmy_answer_f64(NULL, &number));
    NULL_IS_REFUSED(cmy_answer_f64(answer, NULL));
    NULL_IS_REFUSED(cmy_answer_i64(NULL, &whole));
    NULL_IS_REFUSED(cmy_answer_i64(answer, NULL));
    NULL_IS_REFUSED(cmy_answer_text(NULL, &text, &n));
    NULL_IS_REFUSED(cmy_answer_text(answer, NULL, &n));
    NULL_IS_REFUSED(cmy_answer_text(answer, &text, NULL));
    NULL_IS_REFUSED(cmy_answer_json(NULL, &text, &n));
    NULL_IS_REFUSED(cmy_answer_json(answer, NULL, &n));
    NULL_IS_REFUSED(cmy_answer_json(answer, &text, NULL));
    NULL_IS_REFUSED(cmy_answer_len(NULL, &n));
    NULL_IS_REFUSED(cmy_answer_len(answer, NULL));
    NULL_IS_REFUSED(cmy_answer_item(NULL, 0, &other));
    NULL_IS_REFUSED(cmy_answer_item(answer, 0, NULL));
    NULL_IS_REFUSED(cmy_answer_field(NULL, "x", 1, &other));
    NULL_IS_REFUSED(cmy_answer_field(answer, NULL, 1, &other));
    NULL_IS_REFUSED(cmy_answer_field(answer, "x", 1, NULL));

    cmy_answer_free(answer);
    cmy_arguments_free(arguments);
    cmy_table_free((cmy_table *)tables[0]);
    cmy_object_free(log);

    cmy_table_free(NULL);
    cmy_object_free(NULL);
    cmy_arguments_free(NULL);
    cmy_answer_free(NULL);
}

static void bad_texts(void)
{
    cmy_table *table = small_table();
    cmy_object *object;
    cmy_answer *answer;
    const double values[7] = {0};
    size_t n;

    GIVES(CMY_STATUS_BAD_UTF8, cmy_table_add_f64(table, latin, CMY_NTS, values, NULL, 7));
    SAYS("name is not UTF-8");
    CHECK(cmy_last_error_row() == -1 && cmy_last_error_column() == NULL);
    GIVES(CMY_STATUS_BAD_UTF8, cmy_table_find_column(table, latin, CMY_NTS, &n));
    GIVES(CMY_STATUS_BAD_UTF8, cmy_load(latin, CMY_NTS, &object));
    GIVES(CMY_STATUS_BAD_UTF8, cmy_call(latin, 4, NULL, NULL, NULL, &answer));
    GIVES(CMY_STATUS_BAD_UTF8, cmy_load_columns("data.Transactions", CMY_NTS, table, latin, 4, &object));

    /* In a column, with its row. */
    const char *texts[7] = {"a", "b", NULL, "c", latin, "e", latin};
    GIVES(CMY_STATUS_BAD_UTF8, cmy_table_add_strings(table, "town", CMY_NTS, texts, NULL, 7));
    SAYS("column town, row 4 (counted from 0): is not UTF-8");
    CHECK(cmy_last_error_row() == 4);
    CHECK(cmy_last_error_column() != NULL && strcmp(cmy_last_error_column(), "town") == 0);
    /* Half of an e with an acute is no text, even if the buffer goes on. */
    const size_t offsets[8] = {0, 1, 2, 3, 4, 4, 4, 5};
    GIVES(CMY_STATUS_BAD_UTF8, cmy_table_add_text(table, "town", 4, "caf\xc3\xa9", offsets, NULL, 7));
    CHECK(cmy_last_error_row() == 3);
    /* A null is not looked at. */
    const uint8_t none[7] = {0};
    OK(cmy_table_add_text(table, "town", 4, "caf\xc3\xa9", offsets, none, 7));
    cmy_table_free(table);
}

static void lengths(void)
{
    cmy_table *table = small_table();
    double f64[8] = {0};
    int64_t i64[8];
    const char *text;
    size_t n;
    cmy_column_type type;

    GIVES(CMY_STATUS_LENGTH_MISMATCH, cmy_table_add_f64(table, "x", 1, f64, NULL, 8));
    SAYS("column x has length 8, expected 7");
    CHECK(strcmp(cmy_last_error_column(), "x") == 0);
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_table_add_f64(table, "day", 3, f64, NULL, 7));
    SAYS("name is day");
    GIVES(CMY_STATUS_MISUSE, cmy_table_add_f64(table, "x", 1, f64, NULL, (size_t)-1 / 4));
    GIVES(CMY_STATUS_MISUSE, cmy_table_add_strings(table, "x", 1, (const char *const *)f64, NULL, (size_t)-1));
    GIVES(CMY_STATUS_MISUSE, cmy_table_add_text(table, "x", 1, "abc", (const size_t *)f64, NULL, (size_t)-1));
    GIVES(CMY_STATUS_MISUSE, cmy_table_add_f64(table, "x", 1, (double *)((char *)f64 + 1), NULL, 7));
    SAYS("not aligned");
    const size_t down[8] = {0, 3, 2, 3, 3, 3, 3, 3};
    GIVES(CMY_STATUS_MISUSE, cmy_table_add_text(table, "x", 1, "abc", down, NULL, 7));
    SAYS("offsets are not ascending at row 1");
    const size_t beyond[8] = {0, 9, 9, 9, 9, 9, 9, 3};
    GIVES(CMY_STATUS_MISUSE, cmy_table_add_text(table, "x", 1, "abc", beyond, NULL, 7));
    SAYS("at row 0");

    GIVES(CMY_STATUS_MISUSE, cmy_table_copy_f64(table, 1, f64, 6));
    SAYS("capacity is 6, the table has 7 rows");
    GIVES(CMY_STATUS_MISUSE, cmy_table_copy_i64(table, 1, i64, NULL, 6));
    GIVES(CMY_STATUS_MISUSE, cmy_table_copy_f64(table, 3, f64, 7));
    SAYS("there is no column 3, the table has 3");
    GIVES(CMY_STATUS_MISUSE, cmy_table_column_name(table, 3, &text, &n));
    GIVES(CMY_STATUS_MISUSE, cmy_table_column_type(table, (size_t)-1, &type, NULL));
    GIVES(CMY_STATUS_MISUSE, cmy_table_text(table, 0, 7, &text, &n));
    SAYS("there is no row 7, the table has 7");
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_table_find_column(table, "dya", CMY_NTS, &n));
    SAYS("customer, day, cents");

    /* Columns asked for what they are not. */
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_table_text(table, 1, 0, &text, &n));
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_table_copy_f64(table, 0, f64, 7));
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_table_copy_i64(table, 0, i64, NULL, 7));
    const uint8_t valid[7] = {1, 1, 0, 1, 0, 1, 1};
    OK(cmy_table_add_f64(table, "real", CMY_NTS, f64, NULL, 7));
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_table_copy_i64(table, 3, i64, NULL, 7));
    const int32_t days[7] = {0};
    OK(cmy_table_add_i32(table, "holes", CMY_NTS, days, valid, 7));
    GIVES(CMY_STATUS_INVALID_VALUE, cmy_table_copy_i64(table, 4, i64, NULL, 7));
    CHECK(cmy_last_error_row() == 2);
    CHECK(strcmp(cmy_last_error_column(), "holes") == 0);
    cmy_table_free(table);

    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_set_threads(1000000));
}

static void questions(void)
{
    cmy_object *log = small_log(), *object = log;
    cmy_table *table = small_table();
    cmy_answer *answer, *other;
    cmy_arguments *arguments;
    const cmy_object *inputs[] = {log, log, log};
    const char *text;
    size_t n;
    int64_t whole;
    double number;

    /* Names that are not known: the message says which are. */
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_call("value.Rfm.fti", CMY_NTS, NULL, NULL, NULL, &answer));
    SAYS("operation is value.Rfm.fti");
    SAYS("fit");
    CHECK(answer == NULL);
    CHECK(cmy_last_error_kind() == CMY_STATUS_INVALID_PARAMETER);
    OK(cmy_arguments_new(&arguments));
    OK(cmy_arguments_set_object(arguments, "lgo", CMY_NTS, log));
    GIVES(CMY_STATUS_INVALID_PARAMETER,
          cmy_call("value.SummaryState.new", CMY_NTS, arguments, NULL, NULL, &answer));
    SAYS("argument is lgo, expected one of: log");
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_arguments_set_json(arguments, "x", 1, "{1}", CMY_NTS));
    SAYS("JSON");
    cmy_arguments_free(arguments);

    /* Arguments that are missing, or of another kind. */
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_call("value.SummaryState.new", CMY_NTS, NULL, NULL, NULL, &answer));
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_fit("value.Rfm", CMY_NTS, inputs, 1, NULL, 0, &object));
    CHECK(object == NULL);
    SAYS("summary is data.Transactions, expected a value.Summary");
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_fit("value.Rfm", CMY_NTS, inputs, 3, NULL, 0, &object));
    SAYS("inputs is 3, expected at most 1: summary");
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_fit("value.Rfm", CMY_NTS, NULL, 0, "{\"bans\":3}", CMY_NTS, &object));
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_predict(log, NULL, 0, NULL, 0, &answer));
    SAYS("data.Transactions.predict");
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_explain(log, NULL, 0, "[1]", 3, &answer));
    SAYS("rest is [1], expected a JSON object");
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_merge(NULL, 0, &object));
    SAYS("one state or more");
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_merge(inputs, 1, &object));
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_object_save(log, &answer));
    SAYS("to_json");
    GIVES(CMY_STATUS_INVALID_PARAMETER,
          cmy_load_columns("data.Transactions", CMY_NTS, table, "{\"currency\":\"EUR\"}", CMY_NTS, &object));
    SAYS("column is amount");
    GIVES(CMY_STATUS_MODEL_FORMAT, cmy_load("{\"format\":\"custometry/nothing\",\"version\":1}", CMY_NTS, &object));
    SAYS("custometry/nothing");
    GIVES(CMY_STATUS_MODEL_FORMAT, cmy_load("", 0, &object));

    /* A row that cannot be used. */
    const char *day[7] = {"2024-05-31", "2024-06-01", "2024-06-31", "", "", "", ""};
    OK(cmy_table_add_strings(table, "when", CMY_NTS, day, NULL, 7));
    GIVES(CMY_STATUS_INVALID_VALUE,
          cmy_load_columns("data.Transactions", CMY_NTS, table,
                           "{\"currency\":\"EUR\",\"columns\":{\"day\":\"when\",\"amount_minor\":\"cents\"}}",
                           CMY_NTS, &object));
    CHECK(cmy_last_error_kind() == CMY_STATUS_INVALID_VALUE);
    CHECK(cmy_last_error_row() == 2);
    CHECK(strcmp(cmy_last_error_column(), "when") == 0);
    SAYS("2024-06-31");

    /* The message in a buffer of any size; never half a character; success leaves it alone. */
    char whole_message[512], little[8] = "xxxxxxx";
    const size_t length = cmy_last_error_copy(whole_message, sizeof whole_message);
    CHECK(length == strlen(whole_message));
    CHECK(strcmp(whole_message, cmy_last_error_message()) == 0);
    CHECK(cmy_last_error_copy(NULL, 0) == length);
    CHECK(cmy_last_error_copy(little, 4) == length);
    CHECK(memcmp(little, "col\0xxx", 7) == 0);
    CHECK(cmy_last_error_copy(little, 0) == length && little[0] == 'c');
    GIVES(CMY_STATUS_INVALID_PARAMETER, cmy_call("\xc3\xa9.b.c", CMY_NTS, NULL, NULL, NULL, &answer));
    CHECK(cmy_last_error_copy(whole_message, 15) > 15);
    CHECK(strcmp(whole_message, "operation is ") == 0);
    size_t rows;
    OK(cmy_table_rows(table, &rows));
    SAYS("operation is \xc3\xa9.b.c");

    /* Answers asked for what they are not. */
    OK(cmy_ask("data.Transactions.len", CMY_NTS, inputs, 1, NULL, 0, &answer));
    GIVES(CMY_STATUS_MISUSE, cmy_answer_object(answer, &object));
    CHECK(object == NULL);
    SAYS("the answer is a whole number, not an object");
    cmy_table *no_table;
    GIVES(CMY_STATUS_MISUSE, cmy_answer_table(answer, &no_table));
    GIVES(CMY_STATUS_MISUSE, cmy_answer_len(answer, &n));
    GIVES(CMY_STATUS_MISUSE, cmy_answer_item(answer, 0, &other));
    GIVES(CMY_STATUS_MISUSE, cmy_answer_field(answer, "x", 1, &other));
    cmy_answer_free(answer);
    OK(cmy_ask("data.Transactions.table", CMY_NTS, inputs, 1, NULL, 0, &answer));
    GIVES(CMY_STATUS_MISUSE, cmy_answer_i64(answer, &whole));
    GIVES(CMY_STATUS_MISUSE, cmy_answer_f64(answer, &number));
    GIVES(CMY_STATUS_MISUSE, cmy_answer_text(answer, &text, &n));
    GIVES(CMY_STATUS_MISUSE, cmy_answer_json(answer, &text, &n));
    cmy_answer_free(answer);
    GIVES(CMY_STATUS_MISUSE, cmy_make("data.Transactions.len", CMY_NTS, inputs, 1, NULL, 0, &object));
    OK(cmy_ask("value.Rfm.params", CMY_NTS, NULL, 0, NULL, 0, &answer));
    GIVES(CMY_STATUS_MISUSE, cmy_answer_item(answer, 99, &other));
    SAYS("there is no item 99");
    GIVES(CMY_STATUS_MISUSE, cmy_answer_field(answer, "x", 1, &other));
    SAYS("there is no x, the record has: ");
    cmy_answer_free(answer);

    cmy_table_free(table);
    cmy_object_free(log);
}

int main(void)
{
    null_tables();
    null_objects_and_calls();
    bad_texts();
    lengths();
    questions();
    return checked("refusals");
}
