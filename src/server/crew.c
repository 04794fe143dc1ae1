#include "server/crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/check.h"
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "net/acceptor.h"
#include "net/listener.h"
#include "net/spread.h"
#include "server/connection.h"

struct crew {
    unsigned count;
    unsigned running; /* threads */
    struct worker *control;
    struct worker **workers;
    struct crew_member *members;
    pthread_t *threads;
    struct spread *spread;
    atomic_uint untold; /* orders under way */
    atomic_uint broken; /* requests */
};

struct order {
    struct message message;
    struct crew_member *member;
    void (*run)(struct crew_member *member);
};

static enum err make_worker(const struct crew_config *config, unsigned index, struct worker **out)
{
    const struct worker_config wc = {
        .index = index,
        .log = config->log,
        .metrics = metrics_row(config->metrics, index),
        .offload = config->offload,
        .parts = config->parts,
        .context = config->context,
    };

    return worker_new(&wc, out);
}

static enum err make_members(struct crew *crew, const struct crew_config *config)
{
    for (unsigned i = 0; i < crew->count; i++) {
        enum err e = make_worker(config, i + 1, &crew->workers[i]);
        if (e != ERR_OK) {
            return e;
        }
        crew->members[i] = (struct crew_member){.crew = crew, .worker = crew->workers[i]};
    }
    crew->spread = spread_new(crew->workers, crew->count);
    return ERR_OK;
}

enum err crew_new(const struct crew_config *config, struct crew **out)
{
    struct crew *crew = calloc(1, sizeof(*crew));
    enum err e = ERR_OK;

    MUST(crew != NULL && config->workers > 0);
    crew->count = config->workers;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers */
    crew->workers = calloc(crew->count, sizeof(*crew->workers));
    crew->members = calloc(crew->count, sizeof(*crew->members));
    crew->threads = calloc(crew->count, sizeof(*crew->threads));
    MUST(crew->workers != NULL && crew->members != NULL && crew->threads != NULL);
    e = make_worker(config, 0, &crew->control);
    if (e == ERR_OK) {
        e = make_members(crew, config);
    }
    if (e != ERR_OK) {
        crew_free(&crew);
        return e;
    }
    *out = crew;
    return ERR_OK;
}

static void leave_listeners(struct crew_member *m)
{
    for (size_t i = 0; i < m->acceptor_count; i++) {
        if (m->acceptors[i] != NULL) {
            acceptor_free(&m->acceptors[i]);
        }
    }
    free(m->acceptors);
    m->acceptors = NULL;
    m->acceptor_count = 0;
}

void crew_free(struct crew **crewp)
{
    struct crew *crew = *crewp;

    *crewp = NULL;
    /* In two steps: an acceptor that closes may pass what waits to any of the others. */
    for (unsigned i = 0; i < crew->count; i++) {
        leave_listeners(&crew->members[i]);
    }
    for (unsigned i = 0; i < crew->count; i++) {
        if (crew->workers[i] != NULL) {
            worker_free(&crew->workers[i]);
        }
    }
    if (crew->control != NULL) {
        worker_free(&crew->control);
    }
    if (crew->spread != NULL) {
        spread_free(&crew->spread);
    }
    free(crew->threads);
    free(crew->members);
    free(crew->workers);
    free(crew);
}

struct worker *crew_control(const struct crew *crew)
{
    return crew->control;
}

struct worker *const *crew_workers(const struct crew *crew)
{
    return crew->workers;
}

struct spread *crew_spread(const struct crew *crew)
{
    return crew->spread;
}

unsigned crew_count(const struct crew *crew)
{
    return crew->count;
}

unsigned crew_connections(const struct crew *crew)
{
    unsigned open = 0;

    for (unsigned i = 0; i < crew->count; i++) {
        open += spread_load(crew->spread, crew->workers[i]);
    }
    return open;
}

static enum err listen_one(struct crew_member *m, struct listener *listener, unsigned i)
{
    const size_t each =
        sizeof(struct acceptor *); /* NOLINT(bugprone-sizeof-expression): pointers */
    struct acceptor **more = realloc(m->acceptors, (m->acceptor_count + 1) * each);
    enum err e = ERR_OK;

    MUST(more != NULL);
    m->acceptors = more;
    e = acceptor_new(m->worker, listener, i, m->crew->spread, &m->acceptors[m->acceptor_count]);
    if (e == ERR_OK) {
        m->acceptor_count++;
    }
    return e;
}

enum err crew_listen(struct crew *crew, struct listener *listener)
{
    for (unsigned i = 0; i < crew->count; i++) {
        enum err e = listen_one(&crew->members[i], listener, i);
        if (e != ERR_OK) {
            return e;
        }
    }
    return ERR_OK;
}

static void *run_member(void *arg)
{
    struct crew_member *m = arg;

    worker_run(m->worker);
    return NULL;
}

enum err crew_start(struct crew *crew)
{
    sigset_t all;
    sigset_t before;
    enum err e = ERR_OK;

    sigfillset(&all);
    MUST(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    for (unsigned i = 0; i < crew->count && e == ERR_OK; i++) {
        if (pthread_create(&crew->threads[i], NULL, run_member, &crew->members[i]) != 0) {
            e = ERR_IO;
        } else {
            crew->running++;
        }
    }
    MUST(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    if (e != ERR_OK) {
        crew_tell(crew, crew_end);
        crew_join(crew);
    }
    return e;
}

static void deliver(struct message *message, struct worker *worker)
{
    struct order *order = CONTAINER_OF(message, struct order, message);
    struct crew *crew = order->member->crew;

    (void)worker;
    order->run(order->member);
    free(order);
    atomic_fetch_sub_explicit(&crew->untold, 1, memory_order_release);
}

void crew_tell(struct crew *crew, void (*run)(struct crew_member *member))
{
    for (unsigned i = 0; i < crew->running; i++) {
        struct order *order = malloc(sizeof(*order));
        MUST(order != NULL);
        *order = (struct order){
            .message = {.deliver = deliver}, .member = &crew->members[i], .run = run};
        atomic_fetch_add_explicit(&crew->untold, 1, memory_order_relaxed);
        if (worker_post(crew->workers[i], &order->message) != ERR_OK) {
            atomic_fetch_sub_explicit(&crew->untold, 1, memory_order_relaxed);
            free(order);
        }
    }
}

bool crew_is_told(const struct crew *crew)
{
    return atomic_load_explicit(&crew->untold, memory_order_acquire) == 0;
}

unsigned crew_broken(const struct crew *crew)
{
    return atomic_load_explicit(&crew->broken, memory_order_relaxed);
}

void crew_leave_listeners(struct crew_member *member)
{
    leave_listeners(member);
    connections_drain(member->worker);
}

void crew_break(struct crew_member *member)
{
    struct connections_left left = connections_break(member->worker);

    atomic_fetch_add_explicit(&member->crew->broken, left.requests, memory_order_relaxed);
}

void crew_end(struct crew_member *member)
{
    worker_stop(member->worker);
}

void crew_join(struct crew *crew)
{
    for (unsigned i = 0; i < crew->running; i++) {
        MUST(pthread_join(crew->threads[i], NULL) == 0);
    }
    crew->running = 0;
}
