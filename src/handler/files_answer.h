/* files_answer.h: from a file, or from its absence, to a response. Each of these answers and
 * finishes the exchange; what is still to be sent holds on to the file itself. Own worker. */
#ifndef WEIR_HANDLER_FILES_ANSWER_H
#define WEIR_HANDLER_FILES_ANSWER_H

struct exchange;
struct files_object;
struct files_opened;

/* 200, 206, 304, 412 or 416, with what the request's conditions and ranges say (RFC 9110, sections
 * 13 and 14). Several ranges are answered by the whole file. */
void files_answer(struct exchange *x, struct files_object *o);

/* Any outcome but FILES_OPEN_FILE and FILES_OPEN_COLD: 301 towards a directory, 404, 403, 503 or
 * 500. */
void files_answer_failure(struct exchange *x, const struct files_opened *opened);

/* No file can have that name. */
void files_answer_missing(struct exchange *x);

#endif
