/*
 * Published numbers, through C.
 *
 *     golden PURCHASES PREDICTIONS MODELS
 *
 * PURCHASES is the file of CDNOW purchases of the examples, PREDICTIONS the golden predictions of purchase
 * models, MODELS the folder of saved models.
 */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <dirent.h>

static double parameter(const cmy_object *model, const char *name)
{
    const cmy_object *inputs[] = {model};
    cmy_answer *all, *one;
    double value;
    OK(cmy_ask("value.BgNbd.parameters", CMY_NTS, inputs, 1, NULL, 0, &all));
    OK(cmy_answer_field(all, name, CMY_NTS, &one));
    OK(cmy_answer_f64(one, &value));
    cmy_answer_free(one);
    cmy_answer_free(all);
    return value;
}

static double prediction(const cmy_object *model, const cmy_object *histories, const char *rest, size_t row)
{
    enum { CUSTOMERS = 2357 };
    static double values[CUSTOMERS];
    const cmy_object *inputs[] = {histories};
    cmy_answer *answer;
    cmy_table *table;
    OK(cmy_predict(model, inputs, 1, rest, CMY_NTS, &answer));
    OK(cmy_answer_table(answer, &table));
    OK(cmy_table_copy_f64(table, 0, values, CUSTOMERS));
    cmy_table_free(table);
    cmy_answer_free(answer);
    return values[row];
}

static void cdnow(const char *path)
{
    cmy_object *log = purchases(path);
    cmy_object *state = made_of("value.SummaryState.new", log, NULL);
    cmy_object *summary = made_of("value.SummaryState.summary", state, "{\"as_of\":\"1997-09-30\"}");
    cmy_object *histories = made_of("value.PurchaseHistories.new", summary, NULL);
    const cmy_object *inputs[] = {histories};

    /* The optimum by full Newton in 30-digit arithmetic; Fader, Hardie and Lee 2005 print .243,
     * 4.414, .793, 2.426. */
    cmy_object *model;
    OK(cmy_fit("value.BgNbd", CMY_NTS, inputs, 1, NULL, 0, &model));
    CHECK(close_to(parameter(model, "r"), 0.24259452243, 1e-6));
    CHECK(close_to(parameter(model, "alpha"), 4.41360201901, 1e-6));
    CHECK(close_to(parameter(model, "a"), 0.792922017226, 1e-6));
    CHECK(close_to(parameter(model, "b"), 2.42590677683, 1e-6));

    /* The same bits after a journey as text. */
    cmy_answer *saved;
    const char *text;
    size_t len;
    OK(cmy_object_save(model, &saved));
    OK(cmy_answer_text(saved, &text, &len));
    cmy_object *loaded;
    OK(cmy_load(text, len, &loaded));
    const char *year = "{\"prediction\":{\"expected\":364}}";
    CHECK(prediction(model, histories, year, 7) == prediction(loaded, histories, year, 7));
    cmy_answer_free(saved);
    cmy_object_free(loaded);
    cmy_object_free(model);

    /* The walkthrough of BTYD 2.4.3 for customer 1516, at its parameters. */
    static const char btyd[] =
        "{\"format\":\"custometry/bg-nbd\",\"version\":1,\"model\":{\"unit\":\"weeks\",\"r\":0.2425967,"
        "\"alpha\":4.413659,\"a\":0.7929869,\"b\":2.426164,\"report\":null}}";
    OK(cmy_load(btyd, sizeof btyd - 1, &model));
    inputs[0] = summary;
    cmy_answer *answer;
    cmy_table *table;
    size_t column, row;
    static int64_t keys[2357];
    OK(cmy_ask("value.Summary.table", CMY_NTS, inputs, 1, NULL, 0, &answer));
    OK(cmy_answer_table(answer, &table));
    OK(cmy_table_find_column(table, "customer", CMY_NTS, &column));
    OK(cmy_table_copy_i64(table, column, keys, NULL, 2357));
    for (row = 0; keys[row] != 1516; row++)
        CHECK(row < 2356);
    cmy_table_free(table);
    cmy_answer_free(answer);
    CHECK(close_to(prediction(model, histories, "{\"prediction\":\"p_alive\"}", row), 0.9688523, 5e-7));
    CHECK(close_to(prediction(model, histories, year, row), 25.75659, 4e-7));
    cmy_object_free(model);

    cmy_object_free(histories);
    cmy_object_free(summary);
    cmy_object_free(state);
    cmy_object_free(log);
}

/* A number of a line of JSON; NaN where it is not there. */
static double number_of(const char *line, const char *name)
{
    const char *found = strstr(line, name);
    return found == NULL ? NAN : strtod(found + strlen(name), NULL);
}

/* Predictions of the purchase models against 40-digit arithmetic, a case a line. */
static void predictions(const char *path)
{
    static const char *const kinds[][2] = {{"\"nbd\"", "value.Nbd"},
                                           {"\"bg_nbd\"", "value.BgNbd"},
                                           {"\"mbg_nbd\"", "value.MbgNbd"},
                                           {"\"pareto_nbd\"", "value.ParetoNbd"}};
    size_t len;
    char *text = read_file(path, &len), *next;
    int cases = 0;
    for (char *line = text; line != NULL; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        const char *params = strstr(line, "\"params\": {");
        if (params == NULL)
            continue;
        char question[128];
        if (strstr(line, "\"quantity\": \"p_alive\"") != NULL)
            snprintf(question, sizeof question, "{\"prediction\":\"p_alive\"}");
        else if (strstr(line, "\"quantity\": \"expected\"") != NULL)
            snprintf(question, sizeof question, "{\"prediction\":{\"expected\":%.17g}}",
                     number_of(line, "\"t\": "));
        else if (strstr(line, "\"quantity\": \"exactly\"") != NULL)
            snprintf(question, sizeof question, "{\"prediction\":{\"exactly\":[%.0f,%.17g]}}",
                     number_of(line, "\"n\": "), number_of(line, "\"t\": "));
        else
            continue;

        /* The model, of the parameters as they are written there. */
        char operation[64] = "", values[256];
        for (int i = 0; i < 4; i++)
            if (strstr(line, kinds[i][0]) != NULL)
                snprintf(operation, sizeof operation, "%s.new", kinds[i][1]);
        params = strchr(params, '{') + 1;
        snprintf(values, sizeof values, "{\"unit\":\"days\",%.*s}", (int)strcspn(params, "}"), params);
        cmy_object *model;
        OK(cmy_make(operation, CMY_NTS, NULL, 0, values, CMY_NTS, &model));

        /* The history of one customer. */
        const int64_t frequency = (int64_t)number_of(line, "\"x\": ");
        const double recency = number_of(line, "\"t_x\": "), whole_age = number_of(line, "\"T\": ");
        const double age = isnan(whole_age) ? recency : whole_age;
        cmy_table *table;
        cmy_object *history;
        OK(cmy_table_new(&table));
        OK(cmy_table_add_i64(table, "frequency", CMY_NTS, &frequency, NULL, 1));
        OK(cmy_table_add_f64(table, "recency", CMY_NTS, &recency, NULL, 1));
        OK(cmy_table_add_f64(table, "age", CMY_NTS, &age, NULL, 1));
        OK(cmy_load_columns("value.PurchaseHistories", CMY_NTS, table, NULL, 0, &history));
        cmy_table_free(table);

        if (!close_to(prediction(model, history, question, 0), number_of(line, "\"value\": "), 1e-10)) {
            fprintf(stderr, "%s\n", line);
            failures++;
        }
        cases++;
        cmy_object_free(history);
        cmy_object_free(model);
    }
    CHECK(cases > 150);
    free(text);
}

/* Every saved model, written by Rust, is read; what is written of it here is the same text, which Rust reads.
 * The state of purchases was saved before states had a measure, and says now which it has. */
static void saved_models(const char *folder)
{
    static const char before[] = "\"model\":{\"currency\"";
    static const char now[] = "\"model\":{\"measure\":\"revenue\",\"currency\"";
    DIR *models = opendir(folder);
    CHECK(models != NULL);
    int files = 0;
    for (struct dirent *entry; models != NULL && (entry = readdir(models)) != NULL;) {
        char path[4096];
        size_t len, saved_len;
        if (strstr(entry->d_name, ".json") == NULL)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        char *text = read_file(path, &len);
        while (len > 0 && text[len - 1] == '\n')
            text[--len] = '\0';
        cmy_object *object;
        cmy_answer *saved;
        const char *again;
        OK(cmy_load(text, len, &object));
        OK(cmy_object_save(object, &saved));
        OK(cmy_answer_text(saved, &again, &saved_len));
        char expected[512];
        const char *rest = strstr(text, before);
        const int old = strcmp(entry->d_name, "summary-state.json") == 0 && rest != NULL;
        if (old)
            snprintf(expected, sizeof expected, "%.*s%s%s", (int)(rest - text), text, now, rest + sizeof before - 1);
        if (!is_text(again, saved_len, old ? expected : text)) {
            fprintf(stderr, "%s is not written as it was read\n", entry->d_name);
            failures++;
        }
        files++;
        cmy_answer_free(saved);
        cmy_object_free(object);
        free(text);
    }
    if (models != NULL)
        closedir(models);
    CHECK(files >= 51);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: golden PURCHASES PREDICTIONS MODELS\n");
        return 2;
    }
    cdnow(argv[1]);
    predictions(argv[2]);
    saved_models(argv[3]);
    return checked("golden");
}
