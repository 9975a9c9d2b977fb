/*
 * Writes what cmy_operations() says to a file, for the comparison with the tables of capabilities.
 *
 *     operations FILE
 */
#include "check.h"

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: operations FILE\n");
        return 2;
    }
    const char *json;
    size_t len;
    OK(cmy_operations(&json, &len));
    FILE *file = fopen(argv[1], "wb");
    if (file == NULL) {
        perror(argv[1]);
        return 1;
    }
    CHECK(fwrite(json, 1, len, file) == len);
    CHECK(fclose(file) == 0);
    return checked("operations");
}
