/*
 * custometry: the measurement of customers. The C interface.
 *
 * Made from the library's source by cbindgen 0.29.4; do not edit.
 *
 * How it works
 *
 * Columns go in as tables (cmy_table), from plain C arrays or from an Arrow C stream. Everything the
 * library can do is an operation by name, "room.Kind.verb", over tables, objects (cmy_object) and JSON:
 * cmy_call() runs any of them, and cmy_operations() lists them all with the names of their arguments.
 * The verbs of every day have functions of their own over the same operations: cmy_load_columns(),
 * cmy_fit(), cmy_predict(), cmy_explain(), cmy_merge(), cmy_overview(), and cmy_make() and cmy_ask()
 * for the rest. Parameters are JSON, so that a new option never changes this interface.
 *
 * quickstart.c shows the whole road; capabilities.md says what there is.
 *
 * Status
 *
 * A function that can fail returns a cmy_status, and CMY_STATUS_OK is 0. On failure its outputs are NULL
 * or 0 and cmy_last_error_message() says in words what is wrong, where, and what to do. No function
 * prints, exits or lets an exception out. A panic, which is a defect of the library, comes back as
 * CMY_STATUS_PANIC; its trace goes to stderr first.
 *
 * Pointers
 *
 * Where nothing else is said, no pointer may be NULL; NULL is looked for everywhere and gives
 * CMY_STATUS_NULL_POINTER. An array of length 0 may be NULL. Arrays must be as long as their length says
 * and aligned as their type is. An output points to a place for the value, which need not be set before.
 *
 * Texts
 *
 * UTF-8. In: a pointer and a length in bytes, no NUL needed; or CMY_NTS as the length of a text that ends
 * with a NUL. Out: lent, for as long as the function says; printf("%.*s", (int)len, text).
 *
 * Ownership
 *
 * Every cmy_... handle that a function gives is the caller's, and goes back by the cmy_..._free() of its
 * type, once, on any thread. Freeing NULL does nothing. What a handle was made of may be freed before
 * it. No other memory changes hands, save Arrow streams, which are released as Arrow says.
 *
 * Threads
 *
 * Any function may be called from any thread. Tables, objects and answers are immutable once made and may
 * be used from many threads at once; a table that columns are added to, and arguments that are being set,
 * by one at a time. The last error belongs to the thread.
 *
 * Work is done on threads that the library owns, as many as the machine has; cmy_set_threads() sets
 * another number. Results have the same bits whatever the number. A child after fork() makes threads of
 * its own, if no other thread was inside the library at the moment of the fork. The library must not be
 * unloaded (dlclose) once it has been called.
 */


#ifndef CUSTOMETRY_H
#define CUSTOMETRY_H

#include <stddef.h>
#include <stdint.h>

/* The length of a text that ends with a NUL. */
#define CMY_NTS ((size_t)-1)

/*
 * The Arrow C data interface and C stream interface, as Arrow says they are to be declared:
 * https://arrow.apache.org/docs/format/CStreamInterface.html
 */
#ifdef __cplusplus
extern "C" {
#endif

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif /* ARROW_C_DATA_INTERFACE */

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif /* ARROW_C_STREAM_INTERFACE */

#ifdef __cplusplus
}
#endif


/*
 The version of this interface that the header was made for. Within a version, functions are only
 added; a function that changes gets another name. Unstable before version 1.0 of the library.
 */
#define CMY_ABI_VERSION 1

/*
 What a call came to. The numbers never change; later versions may add some.

 1 to 99 say what is wrong with the data or the question: show the message to a person. 100 and
 more say what is wrong with the program.
 */
enum cmy_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /*
     The call has done what it says.
     */
    CMY_STATUS_OK = 0,
    /*
     An argument or a single value is outside its allowed range, missing, or not known.
     */
    CMY_STATUS_INVALID_PARAMETER = 1,
    /*
     Columns of one table differ in length.
     */
    CMY_STATUS_LENGTH_MISMATCH = 2,
    /*
     One row of a column cannot be used; `cmy_last_error_row()` says which.
     */
    CMY_STATUS_INVALID_VALUE = 3,
    /*
     There is too little of something to answer the question.
     */
    CMY_STATUS_NOT_ENOUGH_DATA = 4,
    /*
     The data admit no answer: all equal, singular, a single class.
     */
    CMY_STATUS_DEGENERATE = 5,
    /*
     An iteration ended before its tolerance was met.
     */
    CMY_STATUS_NOT_CONVERGED = 6,
    /*
     A key that must be unique occurs twice.
     */
    CMY_STATUS_DUPLICATE_KEY = 7,
    /*
     Two objects made under different definitions were put together.
     */
    CMY_STATUS_VERSION_MISMATCH = 8,
    /*
     The progress callback asked to stop.
     */
    CMY_STATUS_CANCELLED = 9,
    /*
     A saved object cannot be read or written.
     */
    CMY_STATUS_MODEL_FORMAT = 10,
    /*
     A number grew past the type that holds it.
     */
    CMY_STATUS_OVERFLOW = 11,
    /*
     The producer of an Arrow stream failed, or handed over what is no such stream.
     */
    CMY_STATUS_STREAM = 12,
    /*
     A defect of the library, or an Arrow stream that breaks the rules of Arrow. The process, and
     objects made earlier, are as they were.
     */
    CMY_STATUS_PANIC = 100,
    /*
     A pointer is NULL that must not be.
     */
    CMY_STATUS_NULL_POINTER = 101,
    /*
     A text is not UTF-8.
     */
    CMY_STATUS_BAD_UTF8 = 102,
    /*
     A call that no data can make right: a column, row or item that is not there, an answer of
     another type, a buffer that is too small.
     */
    CMY_STATUS_MISUSE = 103,
    /*
     The system gives no threads to work on.
     */
    CMY_STATUS_NO_THREADS = 104,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum cmy_status cmy_status;
#else
typedef int32_t cmy_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/*
 What a column holds.
 */
enum cmy_column_type
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /*
     Yes and no.
     */
    CMY_COLUMN_TYPE_BOOLEAN = 1,
    /*
     Whole numbers.
     */
    CMY_COLUMN_TYPE_INTEGER = 2,
    /*
     Floating point numbers.
     */
    CMY_COLUMN_TYPE_FLOAT = 3,
    /*
     Decimals: money of the books, in minor units of a scale.
     */
    CMY_COLUMN_TYPE_DECIMAL = 4,
    /*
     Civil days, as days since 1970-01-01.
     */
    CMY_COLUMN_TYPE_DATE = 5,
    /*
     Instants, as microseconds since 1970-01-01 in UTC.
     */
    CMY_COLUMN_TYPE_INSTANT = 6,
    /*
     Text in UTF-8.
     */
    CMY_COLUMN_TYPE_TEXT = 7,
    /*
     Anything else: take it by `cmy_table_export()`.
     */
    CMY_COLUMN_TYPE_OTHER = 8,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum cmy_column_type cmy_column_type;
#else
typedef int32_t cmy_column_type;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/*
 What an answer is.
 */
enum cmy_type
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /*
     Nothing: there is no such thing.
     */
    CMY_TYPE_NOTHING = 0,
    /*
     Yes or no.
     */
    CMY_TYPE_FLAG = 1,
    /*
     A whole number.
     */
    CMY_TYPE_INTEGER = 2,
    /*
     A floating point number.
     */
    CMY_TYPE_FLOAT = 3,
    /*
     A text.
     */
    CMY_TYPE_TEXT = 4,
    /*
     A civil day.
     */
    CMY_TYPE_DATE = 5,
    /*
     Money of the books.
     */
    CMY_TYPE_MONEY = 6,
    /*
     Answers in a row.
     */
    CMY_TYPE_LIST = 7,
    /*
     Answers by name.
     */
    CMY_TYPE_RECORD = 8,
    /*
     A column of numbers.
     */
    CMY_TYPE_COLUMN = 9,
    /*
     A table.
     */
    CMY_TYPE_TABLE = 10,
    /*
     An object.
     */
    CMY_TYPE_OBJECT = 11,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum cmy_type cmy_type;
#else
typedef int32_t cmy_type;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/*
 What an operation has given back. Immutable; may be used from many threads at once.
 */
typedef struct cmy_answer cmy_answer;

/*
 Arguments by name, to be filled for a call. Not to be used from two threads at once. What is set
 is shared or copied: objects and tables may be freed at once.
 */
typedef struct cmy_arguments cmy_arguments;

/*
 A log, a state, a fitted model or a result. Immutable; may be used from many threads at once, and
 freed on any.
 */
typedef struct cmy_object cmy_object;

/*
 Columns of one length, with names and types. Immutable once filled; may then be used from many
 threads at once. Columns are shared, not copied, by whatever is made of it.
 */
typedef struct cmy_table cmy_table;

/*
 Is told how far a call has come: `done` of `total` steps of a stage, whose total is 0 where it
 cannot be known. Anything but 0 ends the call with `CMY_STATUS_CANCELLED`; nothing is left half
 done. It is called on the thread that made the call. It must return: neither an exception nor a
 `longjmp` may leave it; and it must not call the library for more work. `stage` is lent for the
 callback. `context` is what the call was given.
 */
typedef int32_t (*cmy_progress)(void *context, const char *stage, uint64_t done, uint64_t total);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 The version of the interface that the library has. A program built with this header needs
 `cmy_abi_version() == CMY_ABI_VERSION`.
 */
uint32_t cmy_abi_version(void);

/*
 The version of the library, such as "0.1.0". Lives as long as the process.
 */
const char *cmy_version_string(void);

/*
 The name of a status, such as `invalid_value`; `unknown` for any other number. Lives as long as the
 process.
 */
const char *cmy_status_name(int32_t status);

/*
 What went wrong in the last call on this thread that failed, in words for a person; "" if none
 has. Calls that succeed leave it alone, as they do `errno`. Lent until the next call on this thread
 that fails: a host that moves work between threads copies it at once.
 */
const char *cmy_last_error_message(void);

/*
 The status of that call; `CMY_STATUS_OK` if none has failed.
 */
cmy_status cmy_last_error_kind(void);

/*
 The row that it is about, counted from 0; -1 if it is about no row.
 */
int64_t cmy_last_error_row(void);

/*
 The column that it is about; NULL if it is about no column. Lent as the message is.
 */
const char *cmy_last_error_column(void);

/*
 Copies the message into a buffer, as `snprintf` does: what does not fit is left out, a NUL ends
 what is there, and the length of the whole message without the NUL is returned. A buffer of NULL
 with a capacity of 0 asks for the length.
 */
size_t cmy_last_error_copy(char *buffer, size_t capacity);

/*
 An empty table, to be filled with columns by `cmy_table_add_i64()` and its like. Free it with
 `cmy_table_free()`.
 */
cmy_status cmy_table_new(struct cmy_table **table);

/*
 Takes a table out of a stream of the Arrow C stream interface: of a data frame, a query, a file.
 All batches are read; buffers are shared with the producer, not copied. The stream is consumed also
 if the call fails: it is moved out and its `release` is set to NULL.

 `CMY_STATUS_STREAM` with what the producer says if it fails. Text is checked to be UTF-8; that
 buffers are as long as their arrays say is the promise of the producer.
 */
cmy_status cmy_table_import(struct ArrowArrayStream *stream, struct cmy_table **table);

/*
 Gives a table as a stream of the Arrow C stream interface. Whoever takes the stream calls its
 `release`; the table may be freed before. `stream` is written over: it must hold no stream.
 */
cmy_status cmy_table_export(const struct cmy_table *table, struct ArrowArrayStream *stream);

/*
 The number of rows.
 */
cmy_status cmy_table_rows(const struct cmy_table *table, size_t *rows);

/*
 The number of columns.
 */
cmy_status cmy_table_columns(const struct cmy_table *table, size_t *columns);

/*
 The name of a column, lent until the table is freed or another column is added.
 */
cmy_status cmy_table_column_name(const struct cmy_table *table,
                                 size_t column,
                                 const char **name,
                                 size_t *name_len);

/*
 Where the column of a name is, counted from 0.
 */
cmy_status cmy_table_find_column(const struct cmy_table *table,
                                 const char *name,
                                 size_t name_len,
                                 size_t *column);

/*
 What a column holds, and of decimals how many of their digits are behind the point; 0 of others.
 `scale` may be NULL.
 */
cmy_status cmy_table_column_type(const struct cmy_table *table,
                                 size_t column,
                                 cmy_column_type *column_type,
                                 int32_t *scale);

/*
 Copies a column of numbers, decimals, dates or booleans as floating point numbers: decimals in
 units (12.50), dates in days, booleans as 1 and 0. A null is NaN. `capacity` is the number of rows
 there is room for, at least that of the table.
 */
cmy_status cmy_table_copy_f64(const struct cmy_table *table,
                              size_t column,
                              double *values,
                              size_t capacity);

/*
 Copies a column of whole numbers, decimals, dates, instants or booleans as whole numbers: decimals
 in minor units (12.50 is 1250), dates in days since 1970-01-01, instants in microseconds since then
 in UTC, booleans as 1 and 0.

 `valid`, if not NULL, is set to 1 where there is a value and to 0 where it is null; the value of a
 null is 0. If `valid` is NULL, a null is an error that names its row. Both have room for `capacity`
 rows, at least those of the table.
 */
cmy_status cmy_table_copy_i64(const struct cmy_table *table,
                              size_t column,
                              int64_t *values,
                              uint8_t *valid,
                              size_t capacity);

/*
 The text of a cell, lent until the table is freed; not ended by a NUL. NULL and a length of 0 for a
 null. Columns that hold no text are refused.
 */
cmy_status cmy_table_text(const struct cmy_table *table,
                          size_t column,
                          size_t row,
                          const char **cell,
                          size_t *cell_len);

/*
 Frees a table. NULL is no table and fine.
 */
void cmy_table_free(struct cmy_table *table);

/*
 Adds a column of whole numbers of 32 bits: days since 1970-01-01, small counts. The values are
 copied, and so they are by all functions of this kind.

 `valid` has a byte a row, 0 where the value is null; NULL if all are there. The first column says
 how many rows the table has; the others must have as many. On failure the table is as it was.
 */
cmy_status cmy_table_add_i32(struct cmy_table *table,
                             const char *name,
                             size_t name_len,
                             const int32_t *values,
                             const uint8_t *valid,
                             size_t rows);

/*
 Adds a column of whole numbers of 64 bits: keys, amounts in minor units, counts. See
 `cmy_table_add_i32()`.
 */
cmy_status cmy_table_add_i64(struct cmy_table *table,
                             const char *name,
                             size_t name_len,
                             const int64_t *values,
                             const uint8_t *valid,
                             size_t rows);

/*
 Adds a column of floating point numbers. NaN is a number and not a null. See
 `cmy_table_add_i32()`.
 */
cmy_status cmy_table_add_f64(struct cmy_table *table,
                             const char *name,
                             size_t name_len,
                             const double *values,
                             const uint8_t *valid,
                             size_t rows);

/*
 Adds a column of yes and no, a byte a row: 0 is no, anything else is yes. See
 `cmy_table_add_i32()`.
 */
cmy_status cmy_table_add_bool(struct cmy_table *table,
                              const char *name,
                              size_t name_len,
                              const uint8_t *values,
                              const uint8_t *valid,
                              size_t rows);

/*
 Adds a column of texts that lie one after the other in one buffer: the text of a row is from
 `offsets[row]` up to `offsets[row + 1]`, so that there are `rows + 1` offsets, ascending, and
 `offsets[rows]` bytes may be read. UTF-8; no NULs are needed. With 0 rows both may be NULL. See
 `cmy_table_add_i32()`.
 */
cmy_status cmy_table_add_text(struct cmy_table *table,
                              const char *name,
                              size_t name_len,
                              const char *bytes,
                              const size_t *offsets,
                              const uint8_t *valid,
                              size_t rows);

/*
 Adds a column of texts, one pointer a row; NULL is null. `lengths` has the bytes of each;
 `lengths` of NULL says that every text ends with a NUL. UTF-8. See `cmy_table_add_i32()`.
 */
cmy_status cmy_table_add_strings(struct cmy_table *table,
                                 const char *name,
                                 size_t name_len,
                                 const char *const *texts,
                                 const size_t *lengths,
                                 size_t rows);

/*
 The kind of an object, such as "value.BgNbd": the start of the names of its operations. Lent until
 the object is freed.
 */
cmy_status cmy_object_kind(const struct cmy_object *object, const char **kind);

/*
 Another handle of the same object, to be freed on its own. Costs nothing: the object is shared.
 */
cmy_status cmy_object_clone(const struct cmy_object *object, struct cmy_object **clone);

/*
 Saves an object as a text, which is one line of JSON: an answer to be read by `cmy_answer_text()`.
 Kinds that cannot be saved are refused: operations that end in `.to_json` tell which can.
 */
cmy_status cmy_object_save(const struct cmy_object *object, struct cmy_answer **saved);

/*
 Reads an object of any kind that was saved, by this or an earlier version of the library, in any
 language. What is read passes the same checks as what is fitted. Free it with
 `cmy_object_free()`.
 */
cmy_status cmy_load(const char *saved, size_t saved_len, struct cmy_object **object);

/*
 Frees a handle of an object; the object itself goes with its last handle. NULL is fine.
 */
void cmy_object_free(struct cmy_object *object);

/*
 All operations there are, as JSON, sorted by name, each with the names of the arguments that it
 takes: `[{"operation":"value.BgNbd.fit","takes":["histories","params"]}, ...]`. An operation does
 what the function of its name in the library does. Lent for as long as the process lives.
 */
cmy_status cmy_operations(const char **operations, size_t *operations_len);

/*
 No arguments yet. Free them with `cmy_arguments_free()`.
 */
cmy_status cmy_arguments_new(struct cmy_arguments **arguments);

/*
 Sets an argument to an object. An argument that is set again is replaced.
 */
cmy_status cmy_arguments_set_object(struct cmy_arguments *arguments,
                                    const char *name,
                                    size_t name_len,
                                    const struct cmy_object *object);

/*
 Sets an argument to a list of objects, in their order.
 */
cmy_status cmy_arguments_set_objects(struct cmy_arguments *arguments,
                                     const char *name,
                                     size_t name_len,
                                     const struct cmy_object *const *objects,
                                     size_t count);

/*
 Sets an argument to a table. A table of one column also serves where an operation takes a column of
 numbers or flags.
 */
cmy_status cmy_arguments_set_table(struct cmy_arguments *arguments,
                                   const char *name,
                                   size_t name_len,
                                   const struct cmy_table *table);

/*
 Sets an argument to a list of tables, in their order.
 */
cmy_status cmy_arguments_set_tables(struct cmy_arguments *arguments,
                                    const char *name,
                                    size_t name_len,
                                    const struct cmy_table *const *tables,
                                    size_t count);

/*
 Sets an argument to a value in JSON: a number, a text in quotes, a date as "2024-05-31", a list, or
 parameters such as {"unit":"weeks"}. JSON has no NaN; where one is allowed, say null.
 */
cmy_status cmy_arguments_set_json(struct cmy_arguments *arguments,
                                  const char *name,
                                  size_t name_len,
                                  const char *json,
                                  size_t json_len);

/*
 Frees arguments. NULL is fine.
 */
void cmy_arguments_free(struct cmy_arguments *arguments);

/*
 Runs an operation by name and waits for its answer. `arguments` are left as they are and may be
 used again; NULL is none. `progress` may be NULL, and so may `context`. Free the answer with
 `cmy_answer_free()`.

 `CMY_STATUS_INVALID_PARAMETER` for an operation or an argument that is not known, missing or of
 another kind; the message names those there are.
 */
cmy_status cmy_call(const char *operation,
                    size_t operation_len,
                    const struct cmy_arguments *arguments,
                    cmy_progress progress,
                    void *context,
                    struct cmy_answer **answer);

/*
 What an answer is.
 */
cmy_status cmy_answer_type(const struct cmy_answer *answer, cmy_type *answer_type);

/*
 The object that an answer is, as a handle of its own: free both.
 */
cmy_status cmy_answer_object(const struct cmy_answer *answer, struct cmy_object **object);

/*
 The table that an answer is, as a handle of its own: free both. A column is a table of one column,
 named "value".
 */
cmy_status cmy_answer_table(const struct cmy_answer *answer, struct cmy_table **table);

/*
 The number that an answer is: a floating point number, a whole number, or money in units (12.50).
 */
cmy_status cmy_answer_f64(const struct cmy_answer *answer, double *number);

/*
 The whole number that an answer is: a whole number, a flag as 1 or 0, money in minor units (12.50
 is 1250), or a date in days since 1970-01-01. `CMY_STATUS_OVERFLOW` for a seed or a fingerprint that
 has no room in 63 bits: take its text.
 */
cmy_status cmy_answer_i64(const struct cmy_answer *answer,
                          int64_t *number);

/*
 The text that an answer is: a text, a date as "2024-05-31", money as "12.50", or the digits of a
 whole number. Lent until the answer is freed; not ended by a NUL.
 */
cmy_status cmy_answer_text(const struct cmy_answer *answer, const char **text, size_t *text_len);

/*
 An answer as JSON: numbers that are not finite are null. Columns, tables and objects have no JSON:
 an answer that is one is refused, and in lists and records they are null and taken by
 `cmy_answer_item()` and `cmy_answer_field()`. Lent until the answer is freed; not ended by a NUL.
 */
cmy_status cmy_answer_json(const struct cmy_answer *answer, const char **json, size_t *json_len);

/*
 How many answers are in a list or a record.
 */
cmy_status cmy_answer_len(const struct cmy_answer *answer, size_t *len);

/*
 An answer in a list or a record by its place, counted from 0, as a handle of its own: free both.
 */
cmy_status cmy_answer_item(const struct cmy_answer *answer, size_t at, struct cmy_answer **item);

/*
 An answer in a record by its name, as a handle of its own: free both.
 */
cmy_status cmy_answer_field(const struct cmy_answer *answer,
                            const char *name,
                            size_t name_len,
                            struct cmy_answer **field);

/*
 Frees an answer. NULL is fine.
 */
void cmy_answer_free(struct cmy_answer *answer);

/*
 Reads a log or another object from the columns of a table: the operation `kind.read`, such as
 `data.Transactions.read`. The members of `spec`, a JSON object, are its other arguments by name, such as
 `{"currency":"EUR","columns":{"customer":"who","day":"when","amount_minor":"cents"}}`; NULL for
 none. Free the object with `cmy_object_free()`.
 */
cmy_status cmy_load_columns(const char *kind,
                            size_t kind_len,
                            const struct cmy_table *table,
                            const char *spec,
                            size_t spec_len,
                            struct cmy_object **object);

/*
 Fits a model, or learns anything else that is fitted: the operation `kind.fit`, such as
 `value.BgNbd.fit`. The inputs are its arguments but `params` in the order in which it takes them;
 NULL for one that is left out. `params` is the JSON of its parameters: what is left out has its
 default, a name that is not known is an error. NULL for the defaults, which the operation
 `kind.params` tells.
 */
cmy_status cmy_fit(const char *kind,
                   size_t kind_len,
                   const struct cmy_object *const *inputs,
                   size_t inputs_count,
                   const char *params,
                   size_t params_len,
                   struct cmy_object **model);

/*
 Asks a fitted model of inputs: the operation `kind.predict` of its kind. The inputs are its
 arguments after the model itself, in the order in which it takes them; NULL for one that is left
 out. The members of `rest`, a JSON object, are its other arguments by name, such as
 `{"prediction":{"expected":365}}`; NULL for none. Free the answer with `cmy_answer_free()`.
 */
cmy_status cmy_predict(const struct cmy_object *model,
                       const struct cmy_object *const *inputs,
                       size_t inputs_count,
                       const char *rest,
                       size_t rest_len,
                       struct cmy_answer **answer);

/*
 Asks a fitted model why: the operation `kind.explain` of its kind. As `cmy_predict()`.
 */
cmy_status cmy_explain(const struct cmy_object *model,
                       const struct cmy_object *const *inputs,
                       size_t inputs_count,
                       const char *rest,
                       size_t rest_len,
                       struct cmy_answer **answer);

/*
 Puts states of one kind together that were computed in parts, per shard or per day: the operation
 `kind.merge` of their kind, in the order given. At least one.
 */
cmy_status cmy_merge(const struct cmy_object *const *states,
                     size_t states_count,
                     struct cmy_object **merged);

/*
 Who are the best customers, who is leaving, who is growing, what to do: the operation
 `overview.Overview.fit` of a purchase log (`data.Transactions`) on a day such as "2024-05-31".
 `params` is the JSON of its parameters; NULL for the defaults. With people, events or contact
 statuses besides, or with progress, `cmy_call()` runs the same operation.
 */
cmy_status cmy_overview(const struct cmy_object *log,
                        const char *as_of,
                        size_t as_of_len,
                        const char *params,
                        size_t params_len,
                        struct cmy_object **overview);

/*
 Runs any operation with objects in the order in which it takes them and the rest by name:
 `cmy_call()` in one line. Objects go to the arguments, but `params`, that the members of `rest`, a
 JSON object, do not name; NULL for one that is left out.
 */
cmy_status cmy_ask(const char *operation,
                   size_t operation_len,
                   const struct cmy_object *const *inputs,
                   size_t inputs_count,
                   const char *rest,
                   size_t rest_len,
                   struct cmy_answer **answer);

/*
 As `cmy_ask()`, for operations whose answer is an object: constructors such as
 `value.SummaryState.new`, results such as `value.Rfm.score`. Free it with `cmy_object_free()`.
 */
cmy_status cmy_make(const char *operation,
                    size_t operation_len,
                    const struct cmy_object *const *inputs,
                    size_t inputs_count,
                    const char *rest,
                    size_t rest_len,
                    struct cmy_object **object);

/*
 Sets on how many threads calls work that start from now on, in this process; 0 for as many as the
 machine has, which is the default (or what the environment says as `RAYON_NUM_THREADS`). No result
 ever depends on it.
 */
cmy_status cmy_set_threads(size_t threads);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* CUSTOMETRY_H */
