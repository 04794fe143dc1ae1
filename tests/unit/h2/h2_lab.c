#include "h2_lab.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/num.h"
#include "h2_service.h"

#define STEP_NS    10000000u
#define CLIENT_MAX 100000u /* streams: more than any test asks the server for */

static struct lab_chunk *find_chunk(const struct h2_lab *lab, size_t first)
{
    for (size_t i = lab->chunk_count; i > 0; i--) {
        if (lab->chunks[i - 1]->first == first) {
            return lab->chunks[i - 1];
        }
    }
    return NULL;
}

static struct lab_chunk *add_chunk(struct h2_lab *lab, size_t first)
{
    struct lab_chunk *chunk = calloc(1, sizeof(*chunk));

    /* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers */
    lab->chunks = realloc(lab->chunks, (lab->chunk_count + 1) * sizeof(*lab->chunks));
    MUST(chunk != NULL && lab->chunks != NULL);
    chunk->first = first;
    lab->chunks[lab->chunk_count++] = chunk;
    return chunk;
}

struct lab_stream *lab_stream(struct h2_lab *lab, int32_t id)
{
    size_t index = (size_t)id / 2;
    size_t first = index - index % LAB_CHUNK;
    struct lab_chunk *chunk = NULL;

    MUST(id > 0);
    chunk = find_chunk(lab, first);
    if (chunk == NULL) {
        chunk = add_chunk(lab, first);
    }
    return &chunk->v[index - first];
}

/* --- the eye ---------------------------------------------------------------------------------- */

static uint32_t read_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void see_status(struct lab_stream *s, struct str value)
{
    uint64_t status = 0;

    MUST(num_parse_u64(value, 999, &status) == ERR_OK);
    if (status < 200) {
        s->informational = (unsigned)status;
        s->informational_count++;
    } else {
        s->status = (unsigned)status;
        s->content_length = -1;
    }
}

/* `had_status`: of the final head, before this block. */
static void see_field(struct lab_stream *s, bool had_status, struct str name, struct str value)
{
    const uint64_t most = INT64_MAX;
    uint64_t n = 0;

    if (str_eq(name, STR(":status"))) {
        see_status(s, value);
    }
    s->fields += had_status || s->status == 0 ? 0u : 1u;
    s->trailers += had_status ? 1u : 0u;
    s->has_date = s->has_date || str_eq(name, STR("date"));
    if (str_eq(name, STR("content-length"))) {
        MUST(num_parse_u64(value, most, &n) == ERR_OK);
        s->content_length = (int64_t)n;
    }
}

static void see_end(struct h2_lab *lab, struct lab_stream *s)
{
    MUST(s->done_as == 0 && !s->is_reset);
    lab->done++;
    s->done_as = lab->done;
}

static void see_block(struct h2_lab *lab, int32_t id)
{
    struct lab_stream *s = lab_stream(lab, id);
    const uint8_t *p = lab->header_block;
    size_t left = lab->header_block_len;
    bool had_status = s->status != 0;
    int flags = 0;

    MUST(!s->is_reset && s->done_as == 0);
    while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
        nghttp2_nv nv;
        ssize_t n = nghttp2_hd_inflate_hd2(lab->inflater, &nv, &flags, p, left, 1);
        MUST(n >= 0);
        p += n;
        left -= (size_t)n;
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
            see_field(s, had_status, str_of((const char *)nv.name, nv.namelen),
                      str_of((const char *)nv.value, nv.valuelen));
        }
    }
    MUST(nghttp2_hd_inflate_end_headers(lab->inflater) == 0 && left == 0);
    lab->header_block_len = 0;
    if ((lab->header_flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        see_end(lab, s);
    }
}

static void see_headers(struct h2_lab *lab, const struct lab_frame *f, const uint8_t *payload)
{
    MUST((f->flags & (NGHTTP2_FLAG_PADDED | NGHTTP2_FLAG_PRIORITY)) == 0);
    MUST(lab->header_block_len + f->length <= LAB_BLOCK_BYTES * 2);
    MUST((f->type == NGHTTP2_CONTINUATION) == (lab->header_block_len > 0));
    if (f->type == NGHTTP2_HEADERS) {
        lab->header_flags = f->flags;
    }
    memcpy(lab->header_block + lab->header_block_len, payload, f->length);
    lab->header_block_len += f->length;
    if ((f->flags & NGHTTP2_FLAG_END_HEADERS) != 0) {
        see_block(lab, f->id);
    }
}

static void see_data(struct h2_lab *lab, const struct lab_frame *f, const uint8_t *payload)
{
    struct lab_stream *s = lab_stream(lab, f->id);

    MUST(s->status != 0 && s->done_as == 0 && !s->is_reset);
    s->body += f->length;
    for (uint32_t i = 0; i < f->length; i++) {
        s->sum += payload[i];
    }
    if ((f->flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        see_end(lab, s);
    }
}

static void see_payload(struct h2_lab *lab, struct lab_frame *f, const uint8_t *payload)
{
    switch (f->type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_CONTINUATION:
        see_headers(lab, f, payload);
        break;
    case NGHTTP2_DATA:
        see_data(lab, f, payload);
        break;
    case NGHTTP2_RST_STREAM:
        f->code = read_u32(payload);
        lab_stream(lab, f->id)->is_reset = true;
        lab_stream(lab, f->id)->reset_code = f->code;
        break;
    case NGHTTP2_PING:
        if ((f->flags & NGHTTP2_FLAG_ACK) == 0) {
            memcpy(lab->ping_data, payload, sizeof(lab->ping_data));
        }
        break;
    case NGHTTP2_WINDOW_UPDATE:
        f->code = read_u32(payload);
        break;
    case NGHTTP2_GOAWAY:
        f->last = (int32_t)read_u32(payload);
        f->code = read_u32(payload + 4);
        break;
    default:
        break;
    }
}

static void remember(struct h2_lab *lab, const struct lab_frame *f)
{
    if (lab->frame_count == lab->frame_room) {
        lab->frame_room = lab->frame_room * 2 + 64;
        lab->frames = realloc(lab->frames, lab->frame_room * sizeof(*f));
        MUST(lab->frames != NULL);
    }
    lab->frames[lab->frame_count++] = *f;
}

/* A fill holds whole frames: nothing is kept between two of them. */
static void see(struct h2_lab *lab, const uint8_t *p, size_t len)
{
    while (len > 0) {
        struct lab_frame f = {0};
        MUST(len >= LAB_FRAME_HEAD);
        f.length = read_u32(p) >> 8;
        f.type = p[3];
        f.flags = p[4];
        f.id = (int32_t)read_u32(p + 5);
        MUST(len - LAB_FRAME_HEAD >= f.length);
        see_payload(lab, &f, p + LAB_FRAME_HEAD);
        remember(lab, &f);
        p += LAB_FRAME_HEAD + f.length;
        len -= LAB_FRAME_HEAD + f.length;
    }
}

size_t lab_find(const struct h2_lab *lab, size_t from, uint8_t type, int32_t id)
{
    size_t i = from;

    while (i < lab->frame_count && (lab->frames[i].type != type || lab->frames[i].id != id)) {
        i++;
    }
    return i;
}

size_t lab_count(const struct h2_lab *lab, uint8_t type, int32_t id)
{
    size_t n = 0;

    for (size_t i = lab_find(lab, 0, type, id); i < lab->frame_count;
         i = lab_find(lab, i + 1, type, id)) {
        n++;
    }
    return n;
}

size_t lab_find_end(const struct h2_lab *lab, int32_t id)
{
    size_t i = 0;

    while (i < lab->frame_count &&
           (lab->frames[i].id != id || (lab->frames[i].flags & NGHTTP2_FLAG_END_STREAM) == 0 ||
            lab->frames[i].type > NGHTTP2_HEADERS)) {
        i++;
    }
    return i;
}

const struct lab_frame *lab_goaway(const struct h2_lab *lab)
{
    for (size_t i = lab->frame_count; i > 0; i--) {
        if (lab->frames[i - 1].type == NGHTTP2_GOAWAY) {
            return &lab->frames[i - 1];
        }
    }
    return NULL;
}

/* --- the client ------------------------------------------------------------------------------- */

static ssize_t end_request(nghttp2_session *session, int32_t id, struct lab_stream *s, size_t n,
                           uint32_t *flags)
{
    nghttp2_nv nv = lab_nv("x-request-sum", "1");

    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (s->up_has_trailers) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        MUST(nghttp2_submit_trailer(session, id, &nv, 1) == 0);
    }
    return (ssize_t)n;
}

/* NOLINTNEXTLINE(readability-function-size): nghttp2 says which parameters */
static ssize_t read_request_body(nghttp2_session *session, int32_t id, uint8_t *buf, size_t length,
                                 uint32_t *flags, nghttp2_data_source *source, void *user_data)
{
    struct lab_stream *s = lab_stream(user_data, id);
    size_t n = s->up_left < length ? (size_t)s->up_left : length;

    (void)source;
    memset(buf, 'q', n);
    s->up_left -= n;
    if (s->up_left == 0 && !s->up_is_open) {
        return end_request(session, id, s, n, flags);
    }
    return n == 0 ? NGHTTP2_ERR_DEFERRED : (ssize_t)n;
}

static ssize_t select_padding(nghttp2_session *session, const nghttp2_frame *frame, size_t max,
                              void *user_data)
{
    const struct h2_lab *lab = user_data;
    size_t want = frame->hd.length + (frame->hd.type == NGHTTP2_DATA ? lab->padding : 0);

    (void)session;
    return (ssize_t)(want < max ? want : max);
}

static nghttp2_option *make_client_options(const struct h2_lab *lab)
{
    nghttp2_option *o = NULL;

    MUST(nghttp2_option_new(&o) == 0);
    nghttp2_option_set_no_closed_streams(o, 1);
    nghttp2_option_set_peer_max_concurrent_streams(o, CLIENT_MAX);
    nghttp2_option_set_no_http_messaging(o, 1); /* the lab sends what a good client would not */
    nghttp2_option_set_no_auto_window_update(o, lab->is_lazy ? 1 : 0);
    return o;
}

void lab_make_client(struct h2_lab *lab)
{
    nghttp2_session_callbacks *c = NULL;
    nghttp2_option *o = make_client_options(lab);
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
                                               {NGHTTP2_SETTINGS_ENABLE_PUSH, 0}};

    MUST(nghttp2_session_callbacks_new(&c) == 0);
    nghttp2_session_callbacks_set_select_padding_callback(c, select_padding);
    MUST(nghttp2_session_client_new2(&lab->client, c, lab, o) == 0);
    nghttp2_session_callbacks_del(c);
    nghttp2_option_del(o);
    MUST(nghttp2_submit_settings(lab->client, 0, settings, COUNT_OF(settings)) == 0);
}

/* nghttp2 reads names and values, but does not say const. */
static uint8_t *bytes_of(const char *text)
{
    union {
        const char *text;
        uint8_t *bytes;
    } u = {.text = text};

    return u.bytes;
}

/* NO_COPY_NAME keeps nghttp2 from putting the name into lower case. */
nghttp2_nv lab_nv(const char *name, const char *value)
{
    return (nghttp2_nv){bytes_of(name), bytes_of(value), strlen(name), strlen(value),
                        NGHTTP2_NV_FLAG_NO_COPY_NAME};
}

int32_t lab_submit(struct h2_lab *lab, const nghttp2_nv *nv, size_t count, bool has_body)
{
    const nghttp2_data_provider body = {.read_callback = read_request_body};
    int32_t id =
        nghttp2_submit_request(lab->client, NULL, nv, count, has_body ? &body : NULL, NULL);

    MUST(id > 0);
    return id;
}

int32_t lab_request(struct h2_lab *lab, const char *method, const char *path, const char *name,
                    const char *value, int64_t body_len)
{
    const nghttp2_nv nv[] = {lab_nv(":method", method), lab_nv(":scheme", "https"),
                             lab_nv(":path", path), lab_nv(":authority", "example.com"),
                             lab_nv(name != NULL ? name : "x", name != NULL ? value : "y")};
    int32_t id = lab_submit(lab, nv, name != NULL ? 5 : 4, body_len >= 0);

    lab_stream(lab, id)->up_left = body_len > 0 ? (uint64_t)body_len : 0;
    return id;
}

int32_t lab_get(struct h2_lab *lab, const char *path)
{
    return lab_request(lab, "GET", path, NULL, NULL, -1);
}

int32_t lab_post_open(struct h2_lab *lab, const char *path, const char *name, const char *value)
{
    int32_t id = lab_request(lab, "POST", path, name, value, 0);

    lab_stream(lab, id)->up_is_open = true;
    return id;
}

void lab_more(struct h2_lab *lab, int32_t id, uint64_t len, bool is_last)
{
    struct lab_stream *s = lab_stream(lab, id);

    s->up_left += len;
    s->up_is_open = !is_last;
    (void)nghttp2_session_resume_data(lab->client, id);
}

void lab_reset(struct h2_lab *lab, int32_t id, uint32_t code)
{
    MUST(nghttp2_submit_rst_stream(lab->client, 0, id, code) == 0);
}

/* --- raw frames ------------------------------------------------------------------------------- */

enum err lab_raw(struct h2_lab *lab, const void *data, size_t len)
{
    enum err e = h2_conn_receive(lab->conn, data, len);

    manual_loop_settle(&lab->loop);
    return e;
}

size_t lab_write_frame(uint8_t *out, const struct lab_frame *f, const void *payload)
{
    const uint8_t head[LAB_FRAME_HEAD] = {(uint8_t)(f->length >> 16),
                                          (uint8_t)(f->length >> 8),
                                          (uint8_t)f->length,
                                          f->type,
                                          f->flags,
                                          (uint8_t)((uint32_t)f->id >> 24),
                                          (uint8_t)(f->id >> 16),
                                          (uint8_t)(f->id >> 8),
                                          (uint8_t)f->id};

    memcpy(out, head, sizeof(head));
    if (f->length > 0) {
        memcpy(out + sizeof(head), payload, f->length);
    }
    return sizeof(head) + f->length;
}

enum err lab_send(struct h2_lab *lab, uint8_t type, uint8_t flags, int32_t id, const void *payload,
                  size_t len)
{
    const struct lab_frame f = {.type = type, .flags = flags, .id = id, .length = (uint32_t)len};
    uint8_t *bytes = malloc(LAB_FRAME_HEAD + len);
    enum err e = ERR_OK;

    MUST(bytes != NULL);
    e = lab_raw(lab, bytes, lab_write_frame(bytes, &f, payload));
    free(bytes);
    return e;
}

/* RFC 7541, section 5.1, with a prefix of 7 bits. */
static void add_length(struct lab_block *b, size_t n)
{
    if (n < 127) {
        b->bytes[b->len++] = (uint8_t)n;
        return;
    }
    b->bytes[b->len++] = 127;
    for (n -= 127; n >= 128; n /= 128) {
        b->bytes[b->len++] = (uint8_t)(n % 128 + 128);
    }
    b->bytes[b->len++] = (uint8_t)n;
}

static void add_text(struct lab_block *b, struct str s)
{
    MUST(b->len + s.len + 10 <= sizeof(b->bytes));
    add_length(b, s.len);
    memcpy(b->bytes + b->len, s.p, s.len);
    b->len += s.len;
}

void lab_block_add_len(struct lab_block *b, struct str name, struct str value)
{
    b->bytes[b->len++] = 0; /* literal without indexing, new name */
    add_text(b, name);
    add_text(b, value);
}

void lab_block_add(struct lab_block *b, const char *name, const char *value)
{
    lab_block_add_len(b, str_from(name), str_from(value));
}

void lab_block_request(struct lab_block *b, const char *method, const char *path)
{
    b->len = 0;
    lab_block_add(b, ":method", method);
    lab_block_add(b, ":scheme", "https");
    lab_block_add(b, ":path", path);
    lab_block_add(b, ":authority", "example.com");
}

enum err lab_raw_request(struct h2_lab *lab, int32_t id, const char *method, const char *path,
                         bool is_last)
{
    struct lab_block b;

    lab_block_request(&b, method, path);
    return lab_send(lab, NGHTTP2_HEADERS,
                    (uint8_t)(NGHTTP2_FLAG_END_HEADERS | (is_last ? NGHTTP2_FLAG_END_STREAM : 0)),
                    id, b.bytes, b.len);
}

/* --- both ends -------------------------------------------------------------------------------- */

static void want_output(void *owner)
{
    (void)owner; /* the lab asks anyway */
}

static void want_check(void *owner, uint64_t at_ns)
{
    struct h2_lab *lab = owner;

    lab->check_at_ns = at_ns < lab->check_at_ns ? at_ns : lab->check_at_ns;
}

static void on_freed(void *owner)
{
    ((struct h2_lab *)owner)->is_freed = true;
}

void lab_init(struct h2_lab *lab)
{
    static const struct worker_part_kind *const parts[] = {&h2_shared_kind, NULL};

    lab_init_parts(lab, parts, NULL);
}

void lab_init_parts(struct h2_lab *lab, const struct worker_part_kind *const *parts, void *context)
{
    memset(lab, 0, sizeof(*lab));
    lab->service = service_make();
    lab->asked = &lab->service;
    lab->header_block = malloc(LAB_BLOCK_BYTES * 2);
    MUST(lab->header_block != NULL);
    MUST(nghttp2_hd_inflate_new(&lab->inflater) == 0);
    lab->check_at_ns = UINT64_MAX;
    lab->fill_bytes = LAB_FILL_BYTES;
    lab->peer.address = STR("192.0.2.1:50123");
    manual_loop_init(&lab->loop, parts, context);
    log_set_level(&lab->loop.log, LOG_LEVEL_ERROR);
    h2_settings_init(&lab->settings);
}

enum err lab_begin(struct h2_lab *lab)
{
    const struct h2_conn_config config = {
        .worker = lab->loop.worker,
        .settings = &lab->settings,
        .service = lab->asked,
        .peer = &lab->peer,
        .is_tls = !lab->is_plain,
        .owner = lab,
        .want_output = want_output,
        .want_check = want_check,
        .freed = on_freed,
    };

    enum err e = ERR_OK;

    lab->fill = malloc(lab->fill_bytes);
    MUST(lab->fill != NULL);
    manual_loop_turn(&lab->loop);
    e = h2_conn_new(&config, &lab->conn);
    lab->is_open = e == ERR_OK;
    return e;
}

void lab_open_silent(struct h2_lab *lab)
{
    MUST(lab_begin(lab) == ERR_OK);
    MUST(lab_check(lab, false) == ERR_OK);
}

void lab_open(struct h2_lab *lab)
{
    lab_open_silent(lab);
    lab_make_client(lab);
    lab_pump(lab);
}

void lab_open_raw(struct h2_lab *lab)
{
    lab_open_silent(lab);
    MUST(lab_raw(lab, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN) == ERR_OK);
    MUST(lab_send(lab, NGHTTP2_SETTINGS, 0, 0, NULL, 0) == ERR_OK);
    lab_pump(lab);
    MUST(lab_send(lab, NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, NULL, 0) == ERR_OK);
}

void lab_fini(struct h2_lab *lab)
{
    if (lab->conn != NULL) {
        h2_conn_close(&lab->conn, ERR_CLOSED);
    }
    manual_loop_settle(&lab->loop);
    MUST(lab->is_freed == lab->is_open && lab->later_count == 0);
    MUST(lab_metric(lab, METRIC_H2_STREAMS_OPEN) == 0);
    MUST(lab->loop.worker->account.used == 0);
    nghttp2_session_del(lab->client);
    nghttp2_hd_inflate_del(lab->inflater);
    manual_loop_fini(&lab->loop);
    for (size_t i = 0; i < lab->chunk_count; i++) {
        free(lab->chunks[i]);
    }
    free(lab->chunks);
    free(lab->frames);
    free(lab->fill);
    free(lab->header_block);
}

bool lab_to_server(struct h2_lab *lab)
{
    const uint8_t *data = NULL;
    ssize_t n = lab->client == NULL ? 0 : nghttp2_session_mem_send(lab->client, &data);

    MUST(n >= 0);
    if (n == 0) {
        return false;
    }
    (void)!lab_raw(lab, data, (size_t)n);
    return true;
}

bool lab_to_client(struct h2_lab *lab)
{
    size_t n = h2_conn_fill(lab->conn, lab->fill, lab->fill_bytes);

    see(lab, lab->fill, n);
    if (n > 0 && lab->client != NULL) {
        MUST(nghttp2_session_mem_recv(lab->client, lab->fill, n) == (ssize_t)n);
    }
    lab->sent_bytes += n;
    return n > 0;
}

void lab_pump(struct h2_lab *lab)
{
    bool moved = true;

    while (moved) {
        moved = lab_to_server(lab);
        manual_loop_settle(&lab->loop);
        moved = lab_to_client(lab) || moved;
    }
    manual_loop_settle(&lab->loop);
}

uint64_t lab_metric(const struct h2_lab *lab, enum metric_id id)
{
    return metrics_sum(lab->loop.metrics, id);
}

/* --- time ------------------------------------------------------------------------------------- */

enum err lab_check(struct h2_lab *lab, bool is_stalled)
{
    uint64_t next_ns = UINT64_MAX;
    enum err e = h2_conn_check(lab->conn, lab->sent_bytes, is_stalled, &next_ns);

    if (e == ERR_OK) {
        MUST(next_ns > lab->loop.now_ns);
        lab->check_at_ns = next_ns;
    }
    return e;
}

enum err lab_advance_ms(struct h2_lab *lab, uint64_t ms, bool is_stalled)
{
    uint64_t end_ns = lab->loop.now_ns + ms * 1000000;
    enum err e = ERR_OK;

    while (lab->loop.now_ns < end_ns && e == ERR_OK) {
        uint64_t left = end_ns - lab->loop.now_ns;
        manual_loop_advance_ms(&lab->loop, (left < STEP_NS ? left : STEP_NS) / 1000000);
        if (lab->loop.now_ns >= lab->check_at_ns) {
            e = lab_check(lab, is_stalled);
            manual_loop_settle(&lab->loop);
        }
        if (!is_stalled) {
            lab_pump(lab);
        }
    }
    return e;
}
