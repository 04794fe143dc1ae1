/* catalog.h: every metric weir has, one line each: identifier, kind, exposed name, labels ("" or
 * key="value"), meaning. Metrics of one name stand together and have one kind and one meaning.
 *
 * Kinds: a COUNTER only grows; a GAUGE goes up and down, on any worker's row; a MAXIMUM is the
 * largest value of all rows. Histograms take microseconds and are shown in seconds. */
#ifndef WEIR_METRICS_CATALOG_H
#define WEIR_METRICS_CATALOG_H

/* clang-format off */
#define METRICS_LIST(M) \
    M(CONNECTIONS_ACCEPTED, COUNTER, "weir_connections_accepted_total", "", "Connections accepted") \
    M(CONNECTIONS_OPEN, GAUGE, "weir_connections_open", "", "Connections open now") \
    M(ACCEPT_ERRORS, COUNTER, "weir_accept_errors_total", "", "Calls of accept that failed") \
    M(CONNECTIONS_PASSED_ON, COUNTER, "weir_connections_passed_on_total", "", "Accepted connections given to a worker that had fewer") \
    M(TLS_HANDSHAKES, COUNTER, "weir_tls_handshakes_total", "result=\"ok\"", "TLS handshakes by how they ended") \
    M(TLS_HANDSHAKES_FAILED, COUNTER, "weir_tls_handshakes_total", "result=\"failed\"", "TLS handshakes by how they ended") \
    M(TLS_HANDSHAKES_TIMED_OUT, COUNTER, "weir_tls_handshakes_total", "result=\"timeout\"", "TLS handshakes by how they ended") \
    M(TLS_RESUMED, COUNTER, "weir_tls_resumed_total", "", "TLS handshakes that resumed a session") \
    M(BYTES_RECEIVED, COUNTER, "weir_received_bytes_total", "", "Bytes read from client sockets") \
    M(BYTES_SENT, COUNTER, "weir_sent_bytes_total", "", "Bytes written to client sockets") \
    M(H2_STREAMS, COUNTER, "weir_h2_streams_total", "", "HTTP/2 streams opened by clients") \
    M(H2_STREAMS_OPEN, GAUGE, "weir_h2_streams_open", "", "HTTP/2 streams open now") \
    M(H2_RESETS_RECEIVED, COUNTER, "weir_h2_resets_received_total", "", "RST_STREAM frames received") \
    M(H2_RESETS_SENT, COUNTER, "weir_h2_resets_sent_total", "", "RST_STREAM frames sent") \
    M(H2_GOAWAYS_SENT, COUNTER, "weir_h2_goaways_sent_total", "", "GOAWAY frames sent") \
    M(H2_MALFORMED, COUNTER, "weir_h2_malformed_total", "", "HTTP/2 requests refused as malformed") \
    M(H2_SESSION_ERRORS, COUNTER, "weir_h2_session_errors_total", "", "HTTP/2 connections ended for a violation of the protocol") \
    M(H2_TIMEOUT_HEADER, COUNTER, "weir_h2_timeouts_total", "kind=\"header\"", "HTTP/2 deadlines passed") \
    M(H2_TIMEOUT_BODY, COUNTER, "weir_h2_timeouts_total", "kind=\"body\"", "HTTP/2 deadlines passed") \
    M(H2_TIMEOUT_SEND, COUNTER, "weir_h2_timeouts_total", "kind=\"send\"", "HTTP/2 deadlines passed") \
    M(H2_TIMEOUT_IDLE, COUNTER, "weir_h2_timeouts_total", "kind=\"idle\"", "HTTP/2 deadlines passed") \
    M(H2_TIMEOUT_PING, COUNTER, "weir_h2_timeouts_total", "kind=\"ping\"", "HTTP/2 deadlines passed") \
    M(H2_FLOOD_RESET, COUNTER, "weir_h2_floods_total", "kind=\"reset\"", "HTTP/2 connections ended for too many frames of a kind") \
    M(H2_FLOOD_PING, COUNTER, "weir_h2_floods_total", "kind=\"ping\"", "HTTP/2 connections ended for too many frames of a kind") \
    M(H2_FLOOD_SETTINGS, COUNTER, "weir_h2_floods_total", "kind=\"settings\"", "HTTP/2 connections ended for too many frames of a kind") \
    M(H2_FLOOD_PRIORITY, COUNTER, "weir_h2_floods_total", "kind=\"priority\"", "HTTP/2 connections ended for too many frames of a kind") \
    M(H2_FLOOD_EMPTY_DATA, COUNTER, "weir_h2_floods_total", "kind=\"empty_data\"", "HTTP/2 connections ended for too many frames of a kind") \
    M(H2_FLOOD_WINDOW_UPDATE, COUNTER, "weir_h2_floods_total", "kind=\"window_update\"", "HTTP/2 connections ended for too many frames of a kind") \
    M(H2_FLOOD_CONTINUATION, COUNTER, "weir_h2_floods_total", "kind=\"continuation\"", "HTTP/2 connections ended for too many frames of a kind") \
    M(H2_FLOOD_ERROR, COUNTER, "weir_h2_floods_total", "kind=\"error\"", "HTTP/2 connections ended for too many frames of a kind") \
    M(REQUESTS, COUNTER, "weir_requests_total", "", "Requests whose head was complete") \
    M(REQUESTS_OPEN, GAUGE, "weir_requests_open", "", "Requests in flight") \
    M(REQUESTS_BROKEN, COUNTER, "weir_requests_broken_total", "", "Requests ended without a whole answer") \
    M(RESPONSES_1XX, COUNTER, "weir_responses_total", "class=\"1xx\"", "Responses by class of status") \
    M(RESPONSES_2XX, COUNTER, "weir_responses_total", "class=\"2xx\"", "Responses by class of status") \
    M(RESPONSES_3XX, COUNTER, "weir_responses_total", "class=\"3xx\"", "Responses by class of status") \
    M(RESPONSES_4XX, COUNTER, "weir_responses_total", "class=\"4xx\"", "Responses by class of status") \
    M(RESPONSES_5XX, COUNTER, "weir_responses_total", "class=\"5xx\"", "Responses by class of status") \
    M(FILES_OPENED, COUNTER, "weir_files_opened_total", "", "Times a file to be served was opened") \
    M(FILES_OPENS_OFFLOADED, COUNTER, "weir_files_opens_offloaded_total", "", "Names looked up by offload threads, as the kernel did not have them in memory") \
    M(FILES_READS_OFFLOADED, COUNTER, "weir_files_reads_offloaded_total", "", "Reads of large files done by offload threads") \
    M(FILES_OVERLOADED, COUNTER, "weir_files_overloaded_total", "", "Requests answered by 503 as too much waited for offload threads") \
    M(FILES_KEPT_HITS, COUNTER, "weir_files_kept_hits_total", "", "Requests answered with a file kept in memory") \
    M(FILES_KEPT_MISSES, COUNTER, "weir_files_kept_misses_total", "", "Requests answered with a file that was not kept") \
    M(FILES_KEPT_EVICTIONS, COUNTER, "weir_files_kept_evictions_total", "", "Kept files let go to make room for others") \
    M(FILES_KEPT_BYTES, GAUGE, "weir_files_kept_bytes", "", "Memory of kept files") \
    M(ACCESS_LOG_DROPPED, COUNTER, "weir_access_log_dropped_total", "", "Lines of the access log dropped because its buffer was full") \
    M(LOOP_TURNS, COUNTER, "weir_loop_turns_total", "", "Turns of the event loops") \
    M(LOOP_BUSY_US, COUNTER, "weir_loop_busy_microseconds_total", "", "Time spent in turns, waiting excluded") \
    M(LOOP_SLOW_TURNS, COUNTER, "weir_loop_slow_turns_total", "", "Turns that took over 5 ms") \
    M(LOOP_LAG_MAX_US, MAXIMUM, "weir_loop_lag_max_microseconds", "", "The longest turn so far")

/* Identifier, exposed name, labels, meaning. */
#define HISTOGRAMS_LIST(H) \
    H(REQUEST_DURATION, "weir_request_duration_seconds", "", "From a request's head to the last byte of its answer") \
    H(LOOP_TURN, "weir_loop_turn_seconds", "", "How long turns of the event loops took")
/* clang-format on */

#endif
