/* Echoes lines that getdelim has read, one process for each connection: build/server PORT */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void echo(int client, int delimiter) {
    FILE *in = fdopen(client, "r"), *out = fdopen(dup(client), "w");
    char *line = NULL;
    size_t size = 0;
    for (ssize_t length; (length = getdelim(&line, &size, delimiter, in)) > 0;) {
        if (line[length - 1] == delimiter) length--;
        fwrite(line, 1, length, out);
        fputc(delimiter, out);
        fflush(out);
    }
    exit(0);
}

int main(int argc, char **argv) {
    const char *text = getenv("FRAMECHECK_FRAMING");
    int delimiter = '\n', one = 1;
    if (text && !strcmp(text, "delimited:\\0,tail=frame,max=none")) delimiter = 0;
    else if (text && strcmp(text, "delimited:\\n,tail=frame,max=none")) return 89;
    signal(SIGCHLD, SIG_IGN);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(atoi(argv[1]))};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 128)) return perror("listen"), 1;
    for (int client; (client = accept(listener, NULL, NULL)) >= 0; close(client)) {
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (fork() == 0) close(listener), echo(client, delimiter);
    }
    return perror("accept"), 1;
}
