/* The bare limit: receives instances of one known length into a buffer, writes them to files and answers, without looking at a
 * byte of them. Arguments: port, folder, bytes of one C-STORE on the wire. Built by native.py; a thread an association. */

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 262144, ANSWER = 116 };

static const char *folder;
static long long length;

/* Read that many bytes; 0 when the sender has gone. */
static int exactly(int connection, unsigned char *buffer, size_t size)
{
    for (size_t got = 0; got < size;) {
        ssize_t count = recv(connection, buffer + got, size - got, 0);
        if (count <= 0)
            return 0;
        got += (size_t)count;
    }
    return 1;
}

static int skip_pdu(int connection, unsigned char *buffer)
{
    uint32_t size;
    if (!exactly(connection, buffer, 6))
        return 0;
    memcpy(&size, buffer + 2, 4);
    return ntohl(size) <= BUFFER && exactly(connection, buffer, ntohl(size));
}

/* Receive one instance into a file; 0 when there is none any more. */
static int keep_one(int connection, unsigned char *buffer, long long number)
{
    char part[512], name[512];
    long long left = length;
    int file = -1;
    while (left > 0) {
        ssize_t count = recv(connection, buffer, left < BUFFER ? (size_t)left : BUFFER, 0);
        if (count <= 0 || (left == length && buffer[0] == 5)) /* A-RELEASE-RQ */
            return 0;
        if (file < 0) {
            snprintf(name, sizeof name, "%s/%d-%lld", folder, connection, number);
            snprintf(part, sizeof part, "%s/%d-%lld.part", folder, connection, number);
            file = open(part, O_WRONLY | O_CREAT, 0600);
        }
        if (write(file, buffer, (size_t)count) != count)
            return 0;
        left -= count;
    }
    close(file);
    return rename(part, name) == 0;
}

static void *serve(void *given)
{
    static const unsigned char accept_pdu[10] = {2, 0, 0, 0, 0, 4}, release_reply[10] = {6, 0, 0, 0, 0, 4};
    static const unsigned char answer[ANSWER] = {4, 0, 0, 0, 0, 110, 0, 0, 0, 106, 1, 3};
    int connection = (int)(intptr_t)given, on = 1;
    unsigned char *buffer = malloc(BUFFER);
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (buffer && skip_pdu(connection, buffer)) {
        send(connection, accept_pdu, sizeof accept_pdu, MSG_NOSIGNAL);
        for (long long number = 0; keep_one(connection, buffer, number); number++)
            send(connection, answer, sizeof answer, MSG_NOSIGNAL);
        send(connection, release_reply, sizeof release_reply, MSG_NOSIGNAL);
    }
    close(connection);
    free(buffer);
    return NULL;
}

int main(int count, char **values)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    int listening = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (count != 4)
        return 2;
    folder = values[2];
    length = atoll(values[3]);
    here.sin_port = htons((uint16_t)atoi(values[1]));
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listening, (struct sockaddr *)&here, sizeof here) || listen(listening, 16))
        return 1;
    for (;;) {
        pthread_t thread;
        int connection = accept(listening, NULL, NULL);
        if (connection >= 0 && pthread_create(&thread, NULL, serve, (void *)(intptr_t)connection) == 0)
            pthread_detach(thread);
    }
}
