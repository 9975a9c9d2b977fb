/* Arrow C streams made and read by hand, with no library: good ones, one that fails midway, one that is
 * released, and ones that break the rules. */
#include "check.h"

#include <errno.h>

/* How many structs of ours are out and not released. */
static int alive;

/* A producer of batches of four columns: who (dictionary of text), day (date32), paid (decimal128 with
 * 2 decimals), at (timestamp in milliseconds). */
struct producer {
    int batches_left;
    /* Which batch fails; -1 for none. */
    int fails_at;
    int next;
};

static void release_schema(struct ArrowSchema *schema)
{
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i]->release != NULL)
            schema->children[i]->release(schema->children[i]);
        free(schema->children[i]);
    }
    free(schema->children);
    if (schema->dictionary != NULL) {
        if (schema->dictionary->release != NULL)
            schema->dictionary->release(schema->dictionary);
        free(schema->dictionary);
    }
    schema->release = NULL;
    alive--;
}

static void fill_schema(struct ArrowSchema *schema, const char *format, const char *name)
{
    memset(schema, 0, sizeof *schema);
    schema->format = format;
    schema->name = name;
    schema->flags = ARROW_FLAG_NULLABLE;
    schema->release = release_schema;
    alive++;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    static const char *const names[] = {"who", "day", "paid", "at"};
    static const char *const formats[] = {"c", "tdD", "d:19,2", "tsm:UTC"};
    (void)stream;
    fill_schema(out, "+s", "");
    out->n_children = 4;
    out->children = malloc(4 * sizeof *out->children);
    for (int i = 0; i < 4; i++) {
        out->children[i] = malloc(sizeof **out->children);
        fill_schema(out->children[i], formats[i], names[i]);
    }
    out->children[0]->dictionary = malloc(sizeof(struct ArrowSchema));
    fill_schema(out->children[0]->dictionary, "u", "");
    return 0;
}

static void release_array(struct ArrowArray *array)
{
    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i]->release != NULL)
            array->children[i]->release(array->children[i]);
        free(array->children[i]);
    }
    free(array->children);
    if (array->dictionary != NULL) {
        if (array->dictionary->release != NULL)
            array->dictionary->release(array->dictionary);
        free(array->dictionary);
    }
    for (int64_t i = 0; i < array->n_buffers; i++)
        free((void *)array->buffers[i]);
    free(array->buffers);
    array->release = NULL;
    alive--;
}

static void *copy_of(const void *bytes, size_t len)
{
    void *copy = malloc(len);
    memcpy(copy, bytes, len);
    return copy;
}

static void fill_array(struct ArrowArray *array, int64_t length, int64_t n_buffers, int64_t n_children)
{
    memset(array, 0, sizeof *array);
    array->length = length;
    array->n_buffers = n_buffers;
    array->buffers = calloc((size_t)n_buffers, sizeof *array->buffers);
    array->n_children = n_children;
    if (n_children > 0)
        array->children = calloc((size_t)n_children, sizeof *array->children);
    for (int64_t i = 0; i < n_children; i++)
        array->children[i] = calloc(1, sizeof **array->children);
    array->release = release_array;
    alive++;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    struct producer *producer = stream->private_data;
    memset(out, 0, sizeof *out);
    if (producer->next == producer->fails_at)
        return EIO;
    if (producer->batches_left == 0)
        return 0;
    producer->batches_left--;
    const int32_t start = 10 * producer->next++;

    const uint8_t first_two = 3; /* the third row is null */
    const int8_t codes[] = {1, 0, 0};
    const int32_t days[] = {start, start + 1, start + 2};
    const int64_t paid[] = {1250, 0, -500, -1, 0, 0}; /* 128 bits each, little end first */
    const int64_t at[] = {start * 86400000L, start * 86400000L + 1, 0};
    const int32_t label_offsets[] = {0, 3, 7};

    fill_array(out, 3, 1, 4);
    fill_array(out->children[0], 3, 2, 0);
    out->children[0]->null_count = 1;
    out->children[0]->buffers[0] = copy_of(&first_two, 1);
    out->children[0]->buffers[1] = copy_of(codes, sizeof codes);
    out->children[0]->dictionary = calloc(1, sizeof(struct ArrowArray));
    fill_array(out->children[0]->dictionary, 2, 3, 0);
    out->children[0]->dictionary->buffers[1] = copy_of(label_offsets, sizeof label_offsets);
    out->children[0]->dictionary->buffers[2] = copy_of("anncafe", 7);
    fill_array(out->children[1], 3, 2, 0);
    out->children[1]->buffers[1] = copy_of(days, sizeof days);
    fill_array(out->children[2], 3, 2, 0);
    out->children[2]->null_count = 1;
    out->children[2]->buffers[0] = copy_of(&first_two, 1);
    out->children[2]->buffers[1] = copy_of(paid, sizeof paid);
    fill_array(out->children[3], 3, 2, 0);
    out->children[3]->buffers[1] = copy_of(at, sizeof at);
    return 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream)
{
    (void)stream;
    return "the disk is on fire";
}

static void release_stream(struct ArrowArrayStream *stream)
{
    free(stream->private_data);
    stream->release = NULL;
    alive--;
}

static struct ArrowArrayStream produce(int batches, int fails_at)
{
    struct producer *producer = malloc(sizeof *producer);
    *producer = (struct producer){batches, fails_at, 0};
    struct ArrowArrayStream stream = {get_schema, get_next, get_last_error, release_stream, producer};
    alive++;
    return stream;
}

static void import(void)
{
    struct ArrowArrayStream stream = produce(3, -1);
    cmy_table *table;
    OK(cmy_table_import(&stream, &table));
    CHECK(stream.release == NULL);

    size_t rows, columns, len;
    OK(cmy_table_rows(table, &rows));
    OK(cmy_table_columns(table, &columns));
    CHECK(rows == 9 && columns == 4);

    static const cmy_column_type types[] = {CMY_COLUMN_TYPE_TEXT, CMY_COLUMN_TYPE_DATE,
                                            CMY_COLUMN_TYPE_DECIMAL, CMY_COLUMN_TYPE_INSTANT};
    for (size_t column = 0; column < 4; column++) {
        cmy_column_type type;
        int32_t scale;
        OK(cmy_table_column_type(table, column, &type, &scale));
        CHECK(type == types[column] && scale == (column == 2 ? 2 : 0));
    }

    const char *text;
    for (size_t row = 0; row < 9; row++) {
        OK(cmy_table_text(table, 0, row, &text, &len));
        if (row % 3 == 2)
            CHECK(text == NULL && len == 0);
        else
            CHECK(is_text(text, len, row % 3 == 0 ? "cafe" : "ann"));
    }

    int64_t i64[9];
    double f64[9];
    uint8_t valid[9];
    OK(cmy_table_copy_i64(table, 1, i64, NULL, 9));
    CHECK(i64[0] == 0 && i64[4] == 11 && i64[8] == 22);
    OK(cmy_table_copy_i64(table, 2, i64, valid, 9));
    CHECK(i64[3] == 1250 && i64[4] == -500 && valid[4] == 1 && valid[5] == 0);
    OK(cmy_table_copy_f64(table, 2, f64, 9));
    CHECK(f64[6] == 12.5 && f64[7] == -5.0 && isnan(f64[8]));
    GIVES(CMY_STATUS_INVALID_VALUE, cmy_table_copy_i64(table, 2, i64, NULL, 9));
    CHECK(cmy_last_error_row() == 2);
    OK(cmy_table_copy_i64(table, 3, i64, NULL, 9));
    CHECK(i64[4] == 10 * 86400000000 + 1000);

    /* A column of one's own goes beside those of the stream, across its batches. */
    const double more[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    OK(cmy_table_add_f64(table, "more", CMY_NTS, more, NULL, 9));
    OK(cmy_table_copy_f64(table, 4, f64, 9));
    CHECK(memcmp(f64, more, sizeof more) == 0);

    /* What is made of it outlives it: the buffers go when the last one that shares them does. */
    cmy_arguments *arguments;
    OK(cmy_arguments_new(&arguments));
    OK(cmy_arguments_set_table(arguments, "table", CMY_NTS, table));
    cmy_table_free(table);
    CHECK(alive > 0);
    cmy_arguments_free(arguments);
    CHECK(alive == 0);
}

static void empty_import(void)
{
    struct ArrowArrayStream stream = produce(0, -1);
    cmy_table *table;
    OK(cmy_table_import(&stream, &table));
    size_t rows, columns;
    OK(cmy_table_rows(table, &rows));
    OK(cmy_table_columns(table, &columns));
    CHECK(rows == 0 && columns == 4);
    OK(cmy_table_add_f64(table, "more", CMY_NTS, NULL, NULL, 0));
    OK(cmy_table_columns(table, &columns));
    CHECK(columns == 5);
    cmy_table_free(table);
    CHECK(alive == 0);
}

static void failing_producer(void)
{
    struct ArrowArrayStream stream = produce(3, 2);
    cmy_table *table = (cmy_table *)&stream;
    GIVES(CMY_STATUS_STREAM, cmy_table_import(&stream, &table));
    CHECK(table == NULL);
    SAYS("the disk is on fire");
    CHECK(stream.release == NULL);
    CHECK(alive == 0);

    /* It was consumed: the second time there is no stream. */
    GIVES(CMY_STATUS_STREAM, cmy_table_import(&stream, &table));
    SAYS("released");

    /* Also when there is no place for the table. */
    stream = produce(1, -1);
    GIVES(CMY_STATUS_NULL_POINTER, cmy_table_import(&stream, NULL));
    CHECK(stream.release == NULL);
    CHECK(alive == 0);
}

static int schema_without_format(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    (void)stream;
    fill_schema(out, NULL, "");
    return 0;
}

static int schema_of_numbers(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    (void)stream;
    fill_schema(out, "g", "");
    return 0;
}

static int no_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    (void)stream;
    (void)out;
    return ENOMEM;
}

static void rule_breakers(void)
{
    cmy_table *table;
    struct ArrowArrayStream stream = produce(1, -1);
    stream.get_schema = no_schema;
    GIVES(CMY_STATUS_STREAM, cmy_table_import(&stream, &table));
    CHECK(alive == 0);

    /* Rows must be structs. */
    stream = produce(1, -1);
    stream.get_schema = schema_of_numbers;
    GIVES(CMY_STATUS_STREAM, cmy_table_import(&stream, &table));
    CHECK(alive == 0);

    /* Arrow has no schema without a format: the reader panics, and the process lives. */
    stream = produce(1, -1);
    stream.get_schema = schema_without_format;
    GIVES(CMY_STATUS_PANIC, cmy_table_import(&stream, &table));
    CHECK(table == NULL);
    CHECK(stream.release == NULL);
    CHECK(cmy_last_error_kind() == CMY_STATUS_PANIC);
    SAYS("defect");
    CHECK(alive == 0);
}

/* Reads a stream of the library, then gives it back as one of its own. */
static void round_trip(void)
{
    cmy_table *table = small_table();
    struct ArrowArrayStream stream;
    memset(&stream, 0xff, sizeof stream); /* written over without a look */
    OK(cmy_table_export(table, &stream));
    cmy_table_free(table);

    struct ArrowSchema schema;
    struct ArrowArray batch, end;
    CHECK(stream.get_schema(&stream, &schema) == 0);
    CHECK(strcmp(schema.format, "+s") == 0 && schema.n_children == 3);
    CHECK(strcmp(schema.children[0]->format, "u") == 0);
    CHECK(strcmp(schema.children[0]->name, "customer") == 0);
    CHECK(strcmp(schema.children[1]->format, "i") == 0);
    CHECK(strcmp(schema.children[2]->format, "l") == 0);
    CHECK(stream.get_next(&stream, &batch) == 0);
    CHECK(batch.length == 7 && batch.n_children == 3);
    const int64_t *cents = (const int64_t *)batch.children[2]->buffers[1];
    CHECK(cents[0] == 2500 && cents[6] == 700);
    const int32_t *offsets = (const int32_t *)batch.children[0]->buffers[1];
    const char *names = (const char *)batch.children[0]->buffers[2];
    CHECK(offsets[1] - offsets[0] == 3 && memcmp(names + offsets[1], "bob", 3) == 0);
    CHECK(stream.get_next(&stream, &end) == 0);
    CHECK(end.release == NULL);
    batch.release(&batch);
    schema.release(&schema);
    stream.release(&stream);

    table = small_table();
    OK(cmy_table_export(table, &stream));
    cmy_table *again;
    OK(cmy_table_import(&stream, &again));
    int64_t i64[7];
    OK(cmy_table_copy_i64(again, 2, i64, NULL, 7));
    CHECK(i64[2] == 3100);
    cmy_table_free(again);

    /* A stream that nobody reads is only released. */
    OK(cmy_table_export(table, &stream));
    stream.release(&stream);
    cmy_table_free(table);
}

int main(void)
{
    import();
    empty_import();
    failing_producer();
    rule_breakers();
    round_trip();
    CHECK(alive == 0);
    return checked("streams");
}
