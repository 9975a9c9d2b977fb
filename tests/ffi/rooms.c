/*
 * A figure of every room, through C: published where there is one. (Value is in golden.c, overview in receipt.c.)
 *
 *     rooms IRIS ROSSI
 *
 * IRIS and ROSSI are golden data of segmentation and of churn.
 */
#include "check.h"

/* Some columns of a file of numbers, as a table. */
static cmy_table *numbers(const char *path, const char *const *names, size_t count)
{
    enum { MOST = 1000 };
    size_t len;
    char *text = read_file(path, &len);
    cmy_table *table;
    OK(cmy_table_new(&table));
    for (size_t i = 0; i < count; i++) {
        /* Its place in the header, then its cell of each line. */
        size_t rows = 0, at = 0;
        double values[MOST];
        const char *found = strstr(text, names[i]), *line = strchr(text, '\n') + 1;
        for (const char *comma = text; found != NULL && comma < found; comma++)
            at += *comma == ',';
        CHECK(found != NULL && found < line);
        while (*line != '\0' && rows < MOST) {
            const char *cell = line;
            for (size_t before = 0; before < at; before++)
                cell = strchr(cell, ',') + 1;
            values[rows++] = strtod(cell, NULL);
            line += strcspn(line, "\n");
            line += *line == '\n';
        }
        OK(cmy_table_add_f64(table, names[i], CMY_NTS, values, NULL, rows));
    }
    free(text);
    return table;
}

static cmy_object *loaded(const char *kind, cmy_table *table, const char *spec)
{
    cmy_object *object;
    OK(cmy_load_columns(kind, CMY_NTS, table, spec, CMY_NTS, &object));
    cmy_table_free(table);
    return object;
}

static cmy_answer *asked(const char *operation, const cmy_object *of, const char *rest)
{
    const cmy_object *inputs[] = {of};
    cmy_answer *answer;
    OK(cmy_ask(operation, CMY_NTS, inputs, of != NULL, rest, CMY_NTS, &answer));
    return answer;
}

static double number(const char *operation, const cmy_object *of, const char *rest)
{
    cmy_answer *answer = asked(operation, of, rest);
    double value;
    OK(cmy_answer_f64(answer, &value));
    cmy_answer_free(answer);
    return value;
}

/* Winkler 1990, table 1. */
static void identity(void)
{
    const double near = number("identity.jaro_winkler", NULL, "{\"a\":\"MARTHA\",\"b\":\"MARHTA\"}");
    CHECK(close_to(near, 0.961111111111111, 1e-14));

    /* Fellegi and Sunter 1969: a half against an eighth is two bits, against a prior of one in five. */
    static const char model_of_email[] =
        "{\"lambda\":0.2,\"comparisons\":[{\"m\":[0.5,0.5],\"u\":[0.125,0.875],\"comparison\":{\"name\":\"email\","
        "\"missing\":{\"missing\":{\"column\":\"email\",\"parts\":[]}},\"levels\":["
        "{\"name\":\"same\",\"test\":{\"exact\":{\"column\":\"email\",\"parts\":[]}},\"term_frequency\":null},"
        "{\"name\":\"else\",\"test\":\"otherwise\",\"term_frequency\":null}]}}]}";
    static const char *const email[] = {"ann@lee.org", "Ann@Lee.org", "bob@marsh.net", NULL};
    static const int64_t key[] = {1, 2, 3, 4};
    cmy_table *table;
    OK(cmy_table_new(&table));
    OK(cmy_table_add_i64(table, "id", CMY_NTS, key, NULL, 4));
    OK(cmy_table_add_strings(table, "email", CMY_NTS, email, NULL, 4));
    cmy_object *model, *scorer, *records = loaded("identity.Records", table, "{\"columns\":{\"key\":\"id\"}}");
    CHECK(number("identity.Records.len", records, NULL) == 4);
    OK(cmy_make("identity.FellegiSunter.new", CMY_NTS, NULL, 0, model_of_email, CMY_NTS, &model));
    const cmy_object *inputs[] = {model, records};
    OK(cmy_make("identity.FellegiSunter.scorer", CMY_NTS, inputs, 2, NULL, 0, &scorer));
    cmy_answer *why, *part;
    double prior, weight, probability;
    OK(cmy_explain(scorer, NULL, 0, "{\"a\":0,\"b\":1}", CMY_NTS, &why));
    OK(cmy_answer_field(why, "prior", CMY_NTS, &part));
    OK(cmy_answer_f64(part, &prior));
    cmy_answer_free(part);
    OK(cmy_answer_field(why, "weight", CMY_NTS, &part));
    OK(cmy_answer_f64(part, &weight));
    cmy_answer_free(part);
    OK(cmy_answer_field(why, "probability", CMY_NTS, &part));
    OK(cmy_answer_f64(part, &probability));
    cmy_answer_free(part);
    CHECK(prior == -2 && weight == 0 && probability == 0.5);
    cmy_answer_free(why);
    cmy_object_free(scorer);
    cmy_object_free(model);
    cmy_object_free(records);
}

/* scikit-learn 1.9.1 and R 4.2.2, the best of 200 restarts. */
static void segmentation(const char *iris)
{
    static const char *const names[] = {"sepal_length", "sepal_width", "petal_length", "petal_width"};
    cmy_object *features = loaded("data.Features", numbers(iris, names, 4), NULL);
    const cmy_object *inputs[] = {features};
    cmy_object *three;
    OK(cmy_fit("segmentation.KMeans", CMY_NTS, inputs, 1, "{\"clusters\":3}", CMY_NTS, &three));
    CHECK(close_to(number("segmentation.KMeans.inertia", three, NULL), 78.8514414261, 1e-11));
    cmy_object_free(three);
    cmy_object_free(features);
}

/* Coefficients of Cox regression by R's survival 3.5.3, with Efron's treatment of ties. */
static void churn(const char *rossi)
{
    static const char *const time[] = {"week", "arrest"};
    static const char *const names[] = {"fin", "age", "race", "wexp", "mar", "paro", "prio"};
    static const double expected[] = {-0.37942, -0.05744, 0.31390, -0.14980, -0.43370, -0.08487, 0.09150};
    cmy_object *durations = loaded("churn.Durations", numbers(rossi, time, 2),
                                   "{\"columns\":{\"exit\":\"week\",\"cause\":\"arrest\"}}");
    cmy_object *features = loaded("data.Features", numbers(rossi, names, 7), NULL);
    const cmy_object *inputs[] = {durations, features};
    cmy_object *model;
    OK(cmy_fit("churn.Cox", CMY_NTS, inputs, 2, NULL, 0, &model));
    CHECK(number("churn.Cox.events", model, NULL) == 114);
    cmy_answer *answer = asked("churn.Cox.coefficients", model, NULL);
    cmy_table *table;
    double values[7];
    OK(cmy_answer_table(answer, &table));
    OK(cmy_table_copy_f64(table, 0, values, 7));
    for (int i = 0; i < 7; i++)
        CHECK(fabs(values[i] - expected[i]) < 5.1e-6);
    cmy_table_free(table);
    cmy_answer_free(answer);
    cmy_object_free(model);
    cmy_object_free(features);
    cmy_object_free(durations);
}

/* The weather of the Land of Oz: Kemeny, Snell and Thompson 1974; two fifths rain, one fifth is nice. */
static void migration(void)
{
    cmy_object *weather;
    OK(cmy_make("migration.TransitionMatrix.given", CMY_NTS, NULL, 0,
                "{\"states\":[\"rain\",\"nice\",\"snow\"],"
                "\"rows\":[[0.5,0.25,0.25],[0.5,0,0.5],[0.25,0.25,0.5]]}",
                CMY_NTS, &weather));
    CHECK(number("migration.TransitionMatrix.probability", weather,
                 "{\"from\":\"rain\",\"to\":\"snow\"}") == 0.25);
    cmy_object *steady = made_of("migration.TransitionMatrix.steady_state", weather, NULL);
    CHECK(number("migration.SteadyState.period", steady, NULL) == 1);
    cmy_answer *answer = asked("migration.SteadyState.shares", steady, NULL);
    cmy_table *table;
    double share[3];
    OK(cmy_answer_table(answer, &table));
    OK(cmy_table_copy_f64(table, 0, share, 3));
    CHECK(close_to(share[0], 0.4, 1e-14) && close_to(share[1], 0.2, 1e-14) && close_to(share[2], 0.4, 1e-14));
    cmy_table_free(table);
    cmy_answer_free(answer);
    cmy_object_free(steady);
    cmy_object_free(weather);
}

/* A Weibull hazard of shape 2 has run up (50/100)^2 by day 50; a log has the customers that are asked for. */
static void simulate(void)
{
    CHECK(number("simulate.CauseHazard.cumulative", NULL,
                 "{\"hazard\":{\"shape\":2,\"scale\":100,\"coefficients\":[]},"
                 "\"features\":[],\"days\":50}") == 0.25);
    cmy_object *made, *log, *customers;
    OK(cmy_make("simulate.PurchaseLog.generate", CMY_NTS, NULL, 0,
                "{\"params\":{\"customers\":50},\"currency\":\"EUR\"}", CMY_NTS, &made));
    log = made_of("simulate.PurchaseLog.transactions", made, NULL);
    customers = made_of("data.Transactions.customers", log, NULL);
    CHECK(number("data.Customers.len", customers, NULL) == 50);
    cmy_object_free(customers);
    cmy_object_free(log);
    cmy_object_free(made);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: rooms IRIS ROSSI\n");
        return 2;
    }
    identity();
    segmentation(argv[1]);
    churn(argv[2]);
    migration();
    simulate();
    return checked("rooms");
}
