/* Addresses and routes for the host's end of a TAP of the caller's own. */
#include "acl.h"
#include "helper.h"
#include "ours.h"
#include "verbs.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static size_t bytes_of(const struct ip *ip) { return ip->family == AF_INET ? 4 : 16; }

void host_address_add(const struct request *request) {
    struct link link;
    own_device_find(request->name, &link);
    acl_require(ACL_HOST, request->name);
    const struct ip *far = request->peer.family ? &request->peer : &request->ip;
    struct message m;
    struct ifaddrmsg *body = message_start(&m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *body);
    body->ifa_family = (unsigned char)request->ip.family;
    body->ifa_prefixlen = (unsigned char)request->ip.prefix;
    body->ifa_index = (uint32_t)link.ifindex;
    message_put(&m, IFA_LOCAL, request->ip.bytes, bytes_of(&request->ip));
    message_put(&m, IFA_ADDRESS, far->bytes, bytes_of(far));
    /* IPv4 subnets have a broadcast address; a peer or a single host has none. */
    if (request->ip.family == AF_INET && request->ip.prefix < 31 && !request->peer.family) {
        unsigned char broadcast[4];
        for (unsigned bit = 0; bit < 32; bit += 8) {
            unsigned fixed = request->ip.prefix <= bit ? 0 : request->ip.prefix - bit > 8 ? 8 : request->ip.prefix - bit;
            broadcast[bit / 8] = (unsigned char)(request->ip.bytes[bit / 8] | (0xff >> fixed));
        }
        message_put(&m, IFA_BROADCAST, broadcast, sizeof broadcast);
    }
    int error = netlink_do(&m);
    /* There already: a machine that was paused and goes on. */
    if (error && error != -EEXIST)
        fail_system("address", -error);
    log_act(true, "address on %s", request->name);
    reply(",\"ifname\":\"%s\"", request->name);
}

void host_route_add(const struct request *request) {
    struct link link;
    own_device_find(request->name, &link);
    acl_require(ACL_HOST, request->name);
    struct message m;
    struct rtmsg *body = message_start(&m, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof *body);
    body->rtm_family = (unsigned char)request->ip.family;
    body->rtm_dst_len = (unsigned char)request->ip.prefix;
    body->rtm_table = RT_TABLE_MAIN;
    body->rtm_protocol = RTPROT_STATIC;
    body->rtm_scope = request->via.family || request->ip.family == AF_INET6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    body->rtm_type = RTN_UNICAST;
    if (request->ip.prefix)
        message_put(&m, RTA_DST, request->ip.bytes, bytes_of(&request->ip));
    message_put_u32(&m, RTA_OIF, (uint32_t)link.ifindex);
    message_put_u32(&m, RTA_PRIORITY, request->metric);
    if (request->via.family)
        message_put(&m, RTA_GATEWAY, request->via.bytes, bytes_of(&request->via));
    int error = netlink_do(&m);
    if (error && error != -EEXIST)
        fail_system("route", -error);
    log_act(true, "route over %s", request->name);
    reply(",\"ifname\":\"%s\"", request->name);
}
