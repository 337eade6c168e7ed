/* An archive's own limit: a Storage SCP that accepts everything, drops every data set as it comes and answers 0x0000 at once.
 * Argument: port. Built by native.py; a thread an association. It believes what it reads: for benchmarks on this machine only. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LONGEST = 131072, ROOM = 2 * LONGEST };
static const char EXPLICIT[] = "1.2.840.10008.1.2.1";

struct association {
    int connection, in_command;
    size_t held, taken; /* bytes in the buffer, and of those the ones that were read */
    unsigned char buffer[ROOM], command[8192];
    size_t command_size;
};

static uint32_t number(const unsigned char *at) { return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]; }
static uint32_t little(const unsigned char *at) { return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24; }
static size_t length_of(const unsigned char *item) { return (size_t)item[2] << 8 | item[3]; }

/* Give the next PDU, whole; its length with the header goes to size. Receives as much as there is in one call. */
static unsigned char *next_pdu(struct association *it, size_t *size)
{
    for (;;) {
        unsigned char *at = it->buffer + it->taken;
        size_t left = it->held - it->taken;
        if (left >= 6 && left >= 6 + (size_t)number(at + 2)) {
            *size = 6 + number(at + 2);
            it->taken += *size;
            return at;
        }
        memmove(it->buffer, at, left);
        it->held = left;
        it->taken = 0;
        ssize_t count = recv(it->connection, it->buffer + left, ROOM - left, 0);
        if (count <= 0)
            return NULL;
        it->held += (size_t)count;
    }
}

static size_t put_item(unsigned char *out, int kind, const void *body, size_t size)
{
    out[0] = (unsigned char)kind, out[1] = 0, out[2] = (unsigned char)(size >> 8), out[3] = (unsigned char)size;
    memcpy(out + 4, body, size);
    return 4 + size;
}

/* Accept a context: Explicit VR Little Endian where it is offered, else what is offered last. */
static size_t accept_context(unsigned char *out, const unsigned char *body, size_t size)
{
    const unsigned char *chosen = NULL;
    unsigned char inner[300] = {body[0], 0, 0, 0};
    for (size_t at = 4; at + 4 <= size; at += 4 + length_of(body + at)) {
        int explicit_here = chosen && length_of(chosen) == sizeof EXPLICIT - 1 && !memcmp(chosen + 4, EXPLICIT, sizeof EXPLICIT - 1);
        if (body[at] == 0x40 && !explicit_here)
            chosen = body + at;
    }
    size_t used = 4 + (chosen ? put_item(inner + 4, 0x40, chosen + 4, length_of(chosen)) : 0);
    return put_item(out, 0x21, inner, used);
}

static void accept_association(int connection, const unsigned char *asked, size_t size)
{
    static const unsigned char user[] = {0x51, 0, 0, 4, 0, LONGEST >> 16, 0, 0, 0x52, 0, 0, 5, '1', '.', '2', '.', '3'};
    static unsigned char answers[64][ROOM];
    unsigned char *out = answers[connection % 64];
    memcpy(out, asked, 74);
    out[0] = 2;
    size_t used = 74;
    for (size_t at = 74; at + 4 <= size; at += 4 + length_of(asked + at)) {
        if (asked[at] == 0x10)
            used += put_item(out + used, 0x10, asked + at + 4, length_of(asked + at));
        else if (asked[at] == 0x20)
            used += accept_context(out + used, asked + at + 4, length_of(asked + at));
    }
    used += put_item(out + used, 0x50, user, sizeof user);
    uint32_t body = htonl((uint32_t)used - 6);
    memcpy(out + 2, &body, 4);
    send(connection, out, used, MSG_NOSIGNAL);
}

static size_t put_element(unsigned char *out, int element, const void *value, size_t size)
{
    unsigned char head[8] = {0, 0, (unsigned char)element, (unsigned char)(element >> 8), (unsigned char)size, (unsigned char)(size >> 8)};
    memcpy(out, head, 8);
    memcpy(out + 8, value, size);
    return 8 + size;
}

static void answer(struct association *it, int context)
{
    static const unsigned char response[] = {0x01, 0x80}, no_data_set[] = {0x01, 0x01}, success[] = {0, 0};
    unsigned char out[512] = {4};
    size_t used = 12 + 12;
    const unsigned char *parts[3] = {NULL, NULL, NULL}; /* SOP Class, Message ID, SOP Instance */
    for (size_t at = 0; at + 8 <= it->command_size; at += 8 + little(it->command + at + 4)) {
        int element = it->command[at + 2] | it->command[at + 3] << 8;
        if (element == 0x0002 || element == 0x0110 || element == 0x1000)
            parts[element == 0x0002 ? 0 : element == 0x0110 ? 1 : 2] = it->command + at;
    }
    if (!parts[0] || !parts[1] || !parts[2])
        return;
    used += put_element(out + used, 0x0002, parts[0] + 8, little(parts[0] + 4));
    used += put_element(out + used, 0x0100, response, 2);
    used += put_element(out + used, 0x0120, parts[1] + 8, 2);
    used += put_element(out + used, 0x0800, no_data_set, 2);
    used += put_element(out + used, 0x0900, success, 2);
    used += put_element(out + used, 0x1000, parts[2] + 8, little(parts[2] + 4));
    unsigned char group[4] = {(unsigned char)(used - 24), (unsigned char)((used - 24) >> 8), 0, 0};
    put_element(out + 12, 0, group, 4);
    uint32_t body = htonl((uint32_t)used - 6), value = htonl((uint32_t)used - 10);
    memcpy(out + 2, &body, 4);
    memcpy(out + 6, &value, 4);
    out[10] = (unsigned char)context;
    out[11] = 3;
    send(it->connection, out, used, MSG_NOSIGNAL);
}

static void take_values(struct association *it, const unsigned char *pdu, size_t size)
{
    for (size_t at = 6; at + 6 <= size; at += 4 + number(pdu + at)) {
        size_t length = number(pdu + at) - 2;
        int context = pdu[at + 4], control = pdu[at + 5];
        if (control & 1) {
            it->command_size = it->in_command ? it->command_size : 0;
            memcpy(it->command + it->command_size, pdu + at + 6, length);
            it->command_size += length;
            it->in_command = !(control & 2);
        } else if (control & 2) {
            answer(it, context);
        }
    }
}

static void *serve(void *given)
{
    static const unsigned char release_reply[10] = {6, 0, 0, 0, 0, 4};
    struct association *it = given;
    size_t size;
    for (unsigned char *pdu; (pdu = next_pdu(it, &size));) {
        if (pdu[0] == 1) {
            accept_association(it->connection, pdu, size);
        } else if (pdu[0] == 4) {
            take_values(it, pdu, size);
        } else {
            if (pdu[0] == 5)
                send(it->connection, release_reply, sizeof release_reply, MSG_NOSIGNAL);
            break;
        }
    }
    close(it->connection);
    free(it);
    return NULL;
}

int main(int count, char **values)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    int listening = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (count != 2)
        return 2;
    here.sin_port = htons((uint16_t)atoi(values[1]));
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listening, (struct sockaddr *)&here, sizeof here) || listen(listening, 16))
        return 1;
    for (;;) {
        pthread_t thread;
        struct association *it = calloc(1, sizeof *it);
        if (!it || (it->connection = accept(listening, NULL, NULL)) < 0)
            return 1;
        setsockopt(it->connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (pthread_create(&thread, NULL, serve, it) == 0)
            pthread_detach(thread);
    }
}
