/*
 * The same receipt of an overview as from Rust and from Python.
 *
 *     receipt PURCHASES RECEIPT
 *
 * PURCHASES is the file of CDNOW purchases of the examples, RECEIPT the receipt that every host gives of its
 * overview.
 */
#include "check.h"

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: receipt PURCHASES RECEIPT\n");
        return 2;
    }
    size_t expected_len, len;
    char *expected = read_file(argv[2], &expected_len);
    expected[strcspn(expected, "\n")] = '\0';

    cmy_object *log = purchases(argv[1]), *base;
    cmy_answer *rows, *answer;
    const cmy_object *inputs[] = {log};
    double count;
    OK(cmy_ask("data.Transactions.len", CMY_NTS, inputs, 1, NULL, 0, &rows));
    OK(cmy_answer_f64(rows, &count));
    CHECK(count == 6919);

    OK(cmy_overview(log, "1997-09-30", CMY_NTS, NULL, 0, &base));
    cmy_object *receipt = made_of("overview.Overview.receipt", base, NULL);
    inputs[0] = receipt;
    const char *text;
    OK(cmy_ask("overview.Receipt.text", CMY_NTS, inputs, 1, NULL, 0, &answer));
    OK(cmy_answer_text(answer, &text, &len));
    CHECK(is_text(text, len, expected));

    cmy_answer_free(answer);
    cmy_answer_free(rows);
    cmy_object_free(receipt);
    cmy_object_free(base);
    cmy_object_free(log);
    free(expected);
    return checked("receipt");
}
