/* Threads: handles that are shared, errors that are not, callbacks, children after fork(). */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static cmy_object *shared_state;

/* The money of the first purchase days of three customers, whatever the thread. */
static int summary_is_right(void)
{
    const cmy_object *inputs[] = {shared_state};
    cmy_object *summary;
    cmy_answer *answer;
    cmy_table *table;
    size_t column;
    int64_t money[3] = {0};
    if (cmy_make("value.SummaryState.summary", CMY_NTS, inputs, 1, "{\"as_of\":\"1970-04-11\"}", CMY_NTS,
                 &summary) != CMY_STATUS_OK)
        return 0;
    inputs[0] = summary;
    cmy_status status = cmy_ask("value.Summary.table", CMY_NTS, inputs, 1, NULL, 0, &answer);
    cmy_object_free(summary);
    if (status != CMY_STATUS_OK || cmy_answer_table(answer, &table) != CMY_STATUS_OK)
        return 0;
    cmy_answer_free(answer);
    int right = cmy_table_find_column(table, "first_money", CMY_NTS, &column) == CMY_STATUS_OK &&
                cmy_table_copy_i64(table, column, money, NULL, 3) == CMY_STATUS_OK &&
                money[0] == 2500 && money[1] == 900 && money[2] == 400;
    cmy_table_free(table);
    return right;
}

struct outcome {
    const char *operation;
    int right;
};

/* Fails in a way of its own, works on what is shared, and looks whether its error is still its own. */
static void *work(void *context)
{
    struct outcome *outcome = context;
    cmy_answer *answer;
    outcome->right = cmy_last_error_kind() == CMY_STATUS_OK;
    for (int turn = 0; turn < 20; turn++) {
        outcome->right &= cmy_call(outcome->operation, CMY_NTS, NULL, NULL, NULL, &answer) ==
                          CMY_STATUS_INVALID_PARAMETER;
        outcome->right &= summary_is_right();
        outcome->right &= strstr(cmy_last_error_message(), outcome->operation) != NULL;
    }
    return NULL;
}

static void two_threads(void)
{
    struct outcome one = {"first.of.all", 0}, two = {"second.to.none", 0};
    pthread_t first, second;
    CHECK(pthread_create(&first, NULL, work, &one) == 0);
    CHECK(pthread_create(&second, NULL, work, &two) == 0);
    pthread_join(first, NULL);
    pthread_join(second, NULL);
    CHECK(one.right && two.right);
}

/* Handles are freed where the host likes. */
static void *free_it(void *object)
{
    cmy_object_free(object);
    return NULL;
}

static void freed_elsewhere(void)
{
    cmy_object *clone;
    pthread_t other;
    OK(cmy_object_clone(shared_state, &clone));
    CHECK(pthread_create(&other, NULL, free_it, clone) == 0);
    pthread_join(other, NULL);
    CHECK(summary_is_right());
}

struct watch {
    pthread_t caller;
    int steps;
    int stops_at;
};

static int32_t on_progress(void *context, const char *stage, uint64_t done, uint64_t total)
{
    struct watch *watch = context;
    cmy_answer *answer;
    (void)done;
    (void)total;
    CHECK(strlen(stage) > 0);
    CHECK(pthread_equal(watch->caller, pthread_self()));
    /* Work inside work could wait for itself; it is refused. */
    GIVES(CMY_STATUS_MISUSE, cmy_ask("value.Rfm.params", CMY_NTS, NULL, 0, NULL, 0, &answer));
    SAYS("progress callback");
    return ++watch->steps == watch->stops_at;
}

static void callbacks(void)
{
    cmy_object *log = small_log();
    cmy_arguments *arguments;
    cmy_answer *answer;
    OK(cmy_arguments_new(&arguments));
    OK(cmy_arguments_set_object(arguments, "log", CMY_NTS, log));
    cmy_object_free(log);

    struct watch watch = {pthread_self(), 0, -1};
    OK(cmy_call("value.SummaryState.new", CMY_NTS, arguments, on_progress, &watch, &answer));
    cmy_answer_free(answer);
    CHECK(watch.steps > 0);

    watch = (struct watch){pthread_self(), 0, 1};
    GIVES(CMY_STATUS_CANCELLED,
          cmy_call("value.SummaryState.new", CMY_NTS, arguments, on_progress, &watch, &answer));
    CHECK(answer == NULL);
    CHECK(watch.steps == 1);
    SAYS("cancelled while");

    /* Nothing is left half done. */
    OK(cmy_call("value.SummaryState.new", CMY_NTS, arguments, NULL, NULL, &answer));
    cmy_answer_free(answer);
    cmy_arguments_free(arguments);
}

static void numbers_of_threads(void)
{
    for (size_t threads = 0; threads < 4; threads++) {
        OK(cmy_set_threads(threads));
        CHECK(summary_is_right());
    }
    OK(cmy_set_threads(0));
}

/* A pool of threads is not there after fork(): a library that counts on it waits for ever. */
static void children(void)
{
    CHECK(summary_is_right());
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        /* Ends as another program: leak checkers take what threads held that a child does not have for lost. */
        if (summary_is_right() && summary_is_right())
            execlp("true", "true", (char *)NULL);
        _exit(1);
    }
    int status = -1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(summary_is_right());
}

int main(void)
{
    cmy_object *log = small_log();
    shared_state = made_of("value.SummaryState.new", log, NULL);
    cmy_object_free(log);

    two_threads();
    freed_elsewhere();
    callbacks();
    numbers_of_threads();
    children();

    cmy_object_free(shared_state);
    return checked("threads");
}
