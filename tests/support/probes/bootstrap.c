/* The probe as a custom runtime in C: one connection for each call of the Runtime API. */
#define _GNU_SOURCE
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static char answer[1 << 20];

static int connect_to_api(void) {
    char host[256];
    snprintf(host, sizeof host, "%s", getenv("AWS_LAMBDA_RUNTIME_API"));
    char *port = strrchr(host, ':');
    *port++ = 0;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(host, port, &hints, &found) != 0) exit(10);
    int connection = socket(found->ai_family, found->ai_socktype, 0);
    if (connect(connection, found->ai_addr, found->ai_addrlen) != 0) exit(11);
    freeaddrinfo(found);
    return connection;
}

/* How long the whole answer is, 0 while that is not known. */
static size_t expected(void) {
    char *end = strstr(answer, "\r\n\r\n"), *length = strcasestr(answer, "content-length: ");
    return end && length ? (size_t)(end + 4 - answer) + strtoul(length + 16, NULL, 10) : 0;
}

/* Sends a request and reads the whole answer; returns its body. */
static char *call(const char *method, const char *path, const char *body) {
    int connection = connect_to_api();
    dprintf(connection, "%s /2018-06-01/runtime%s HTTP/1.1\r\nHost: api\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
            method, path, strlen(body), body);
    size_t length = 0;
    ssize_t got;
    answer[0] = 0;
    while ((!expected() || length < expected()) && (got = read(connection, answer + length, sizeof answer - 1 - length)) > 0)
        answer[length += got] = 0;
    close(connection);
    char *end = strstr(answer, "\r\n\r\n");
    if (!end) exit(12);
    *end = 0;
    return end + 4;
}

static void header(const char *name, char *value, size_t size) {
    char *line = strcasestr(answer, name);
    snprintf(value, size, "%.*s", line ? (int)strcspn(line + strlen(name), "\r") : 0, line ? line + strlen(name) : "");
}

static long long now_ms(void) {
    struct timeval now;
    gettimeofday(&now, NULL);
    return now.tv_sec * 1000LL + now.tv_usec / 1000;
}

static int asks_for(const char *event, const char *action) {
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\"action\":\"%s\"", action);
    return strstr(event, wanted) != NULL;
}

int main(void) {
    static char event[1 << 16], reply[1 << 17], path[256], id[64], arn[256], deadline[32], trace[256];
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int count = 1;; count++) {
        snprintf(event, sizeof event, "%s", call("GET", "/invocation/next", ""));
        header("Lambda-Runtime-Aws-Request-Id: ", id, sizeof id);
        header("Lambda-Runtime-Invoked-Function-Arn: ", arn, sizeof arn);
        header("Lambda-Runtime-Deadline-Ms: ", deadline, sizeof deadline);
        header("Lambda-Runtime-Trace-Id: ", trace, sizeof trace);
        char *text = strstr(event, "\"text\":\"");
        printf("marker %.*s\n", text ? (int)strcspn(text + 8, "\"") : 0, text ? text + 8 : "");
        fprintf(stderr, "beside %.*s\n", text ? (int)strcspn(text + 8, "\"") : 0, text ? text + 8 : "");
        if (asks_for(event, "sleep")) sleep(60);
        if (asks_for(event, "crash")) _exit(3);
        int fails = asks_for(event, "raise");
        snprintf(reply, sizeof reply,
                 fails ? "{\"errorMessage\":\"boom\",\"errorType\":\"Probe.Error\"}"
                       : "{\"event\":%s,\"count\":%d,\"requestId\":\"%s\",\"function\":\"%s\",\"version\":\"%s\",\"memory\":\"%s\","
                         "\"arn\":\"%s\",\"remaining\":%lld,\"stream\":\"%s\",\"trace\":\"%s\",\"root\":\"%s\"}",
                 event, count, id, getenv("AWS_LAMBDA_FUNCTION_NAME"), getenv("AWS_LAMBDA_FUNCTION_VERSION"),
                 getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), arn, atoll(deadline) - now_ms(), getenv("AWS_LAMBDA_LOG_STREAM_NAME"),
                 trace, getenv("LAMBDA_TASK_ROOT"));
        snprintf(path, sizeof path, "/invocation/%s/%s", id, fails ? "error" : "response");
        call("POST", path, reply);
    }
}
