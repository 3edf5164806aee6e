/* Reports what it decodes from `prefixed:u32be`: cc -O2 -pthread report.c -o report && ./report PORT */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FRAMING "prefixed:u32be"
#define MAX (1 << 20)

/* Says each frame as soon as it is complete, and returns the ending. */
static const char *decode(FILE *in, int out) {
    for (;;) {
        uint32_t length = 0, crc = 0xffffffff;
        for (int shift = 24; shift >= 0; shift -= 8) {
            int byte = getc(in);
            if (byte == EOF) return shift == 24 ? "clean" : "truncated";
            length |= (uint32_t)byte << shift;
            if (length > MAX) return "oversize";
        }
        for (uint32_t left = length; left; left--) {
            int byte = getc(in);
            if (byte == EOF) return "truncated";
            crc ^= byte;
            for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
        }
        dprintf(out, "frame %u %08x\n", length, ~crc);
    }
}

static void *serve(void *argument) {
    int sock = (int)(intptr_t)argument, one = 1;
    FILE *in = fdopen(sock, "rb");
    setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    dprintf(sock, "end %s\n", decode(in, sock));
    /* Closing with unread input would be a reset, which can destroy the lines above:
       say that no more will come, and read on for a second or two at most. */
    char rest[65536];
    struct timeval second = {1, 0};
    setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    shutdown(sock, SHUT_WR);
    for (time_t until = time(0) + 2; time(0) < until && recv(sock, rest, sizeof rest, 0) > 0;) {}
    fclose(in);
    return 0;
}

int main(int argc, char **argv) {
    const char *text = getenv("FRAMECHECK_FRAMING_EXPANDED");
    if (text && strcmp(text, FRAMING)) return 89;
    signal(SIGPIPE, SIG_IGN);
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons(argc > 1 ? atoi(argv[1]) : 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 128)) return perror("listen"), 1;
    for (int sock; (sock = accept(listener, 0, 0)) >= 0;) {
        pthread_t thread;
        if (pthread_create(&thread, 0, serve, (void *)(intptr_t)sock)) close(sock);
        else pthread_detach(thread);
    }
    return perror("accept"), 1;
}
