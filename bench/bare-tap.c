/* The system calls of a TAP on a bridge and nothing else: what a program of nobody's own would make. Usage: bare-tap NAME BRIDGE */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define DO(call)                                                                                                                           \
    if ((call) < 0) {                                                                                                                      \
        perror(#call);                                                                                                                     \
        return 1;                                                                                                                          \
    }

int main(int count, char **arguments) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    if (count != 3)
        return 2;
    int fd = open("/dev/net/tun", O_RDWR), control = socket(AF_INET, SOCK_DGRAM, 0);
    strncpy(request.ifr_name, arguments[1], IFNAMSIZ - 1);
    request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
    DO(ioctl(fd, TUNSETIFF, &request));
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    memcpy(request.ifr_hwaddr.sa_data, "\xfe\x54\x00\xe4\x2e\xc1", 6);
    DO(ioctl(control, SIOCSIFHWADDR, &request));
    strncpy(request.ifr_name, arguments[2], IFNAMSIZ - 1);
    DO(ioctl(control, SIOCGIFMTU, &request));
    strncpy(request.ifr_name, arguments[1], IFNAMSIZ - 1);
    DO(ioctl(control, SIOCSIFMTU, &request));
    int ifindex = (int)if_nametoindex(arguments[1]);
    strncpy(request.ifr_name, arguments[2], IFNAMSIZ - 1);
    request.ifr_ifindex = ifindex;
    DO(ioctl(control, SIOCBRADDIF, &request));
    strncpy(request.ifr_name, arguments[1], IFNAMSIZ - 1);
    DO(ioctl(control, SIOCGIFFLAGS, &request));
    request.ifr_flags |= IFF_UP;
    DO(ioctl(control, SIOCSIFFLAGS, &request));
    /* Ready. Taking it down again (at the end of stdin) isn't measured. */
    puts("ready");
    fflush(stdout);
    return getchar() == EOF ? 0 : 1;
}
