/* Echoes lines that evbuffer_readln has taken from a bufferevent: build/server PORT */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#define MAX (64 * 1024)

static const struct { const char *framing, *end; enum evbuffer_eol_style style; } styles[] = {
    {"delimited:\\n,max=64KiB", "\n", EVBUFFER_EOL_LF},
    {"delimited:\\n,strip=\\r,max=64KiB", "\r\n", EVBUFFER_EOL_CRLF},
    {"delimited:\\r\\n,max=64KiB", "\r\n", EVBUFFER_EOL_CRLF_STRICT},
    {"delimited:\\0,max=64KiB", "\0", EVBUFFER_EOL_NUL},
};
static int spoken;

static void event(struct bufferevent *client, short what, void *unused) {
    bufferevent_free(client);
}

static void written(struct bufferevent *client, void *unused) {
    bufferevent_free(client);
}

/* What is owed is written before the connection is closed. */
static void finish(struct bufferevent *client) {
    bufferevent_disable(client, EV_READ);
    if (evbuffer_get_length(bufferevent_get_output(client)) == 0) bufferevent_free(client);
    else bufferevent_setcb(client, NULL, written, event, NULL);
}

static void ended(struct bufferevent *client, short what, void *unused) {
    if (what & BEV_EVENT_EOF) finish(client);
    else bufferevent_free(client);
}

static void readable(struct bufferevent *client, void *unused) {
    struct evbuffer *input = bufferevent_get_input(client), *output = bufferevent_get_output(client);
    size_t length;
    for (char *line; (line = evbuffer_readln(input, &length, styles[spoken].style)); free(line)) {
        if (length > MAX) break;
        evbuffer_add(output, line, length);
        evbuffer_add(output, styles[spoken].end, styles[spoken].end[0] == '\r' ? 2 : 1);
    }
    if (length > MAX || evbuffer_get_length(input) > MAX + 1) finish(client);
}

static void accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer, int size, void *base) {
    struct bufferevent *client = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    bufferevent_setcb(client, readable, NULL, ended, NULL);
    bufferevent_enable(client, EV_READ | EV_WRITE);
}

int main(int argc, char **argv) {
    const char *text = getenv("FRAMECHECK_FRAMING");
    int count = sizeof styles / sizeof *styles;
    while (text && spoken < count && strcmp(text, styles[spoken].framing)) spoken++;
    if (spoken == count) return 89;
    struct event_base *base = event_base_new();
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(atoi(argv[1]))};
    if (!evconnlistener_new_bind(base, accepted, base, LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_FREE, 128, (struct sockaddr *)&address, sizeof address)) return 1;
    return event_base_dispatch(base) < 0;
}
