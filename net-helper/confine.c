/* Giving up what isn't needed: environment, dumps, capabilities, system calls. */
#include "helper.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

void deadline(unsigned seconds) { (void)alarm(seconds); }
void pause_ms(int milliseconds) { (void)poll(NULL, 0, milliseconds); }

void confine_start(void) {
    struct rlimit none = {0, 0};
    sigset_t alarm_only;
    /* Descriptors 0-2 that are closed would be given to sockets, and the reply would go into one of them. */
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            _exit(BAD_REQUEST);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    setrlimit(RLIMIT_CORE, &none);
    umask(077);
    clearenv();
    /* A caller may have ignored or blocked what ends us. */
    signal(SIGALRM, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
    deadline(10);
}

static int set_capabilities(uint32_t mask) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    memset(data, 0, sizeof data);
    data[0].permitted = data[0].effective = mask;
    return (int)syscall(SYS_capset, &header, data);
}

/* Installed setuid root (where files can't carry capabilities): back to the caller's own ids, capabilities kept. */
static void drop_ids(void) {
    uid_t real, effective, saved;
    gid_t real_group, effective_group, saved_group;
    if (getresuid(&real, &effective, &saved) || getresgid(&real_group, &effective_group, &saved_group))
        fail(INTERNAL, "internal", "ids", errno);
    if (effective == real && saved == real && effective_group == real_group && saved_group == real_group)
        return;
    prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
    if (setresgid(real_group, real_group, real_group) || setresuid(real, real, real))
        fail(INTERNAL, "internal", "ids", errno);
    prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
}

bool confine_to_net_admin(void) {
    drop_ids();
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (!set_capabilities(1u << CAP_NET_ADMIN))
        return true;
    confine_to_nothing();
    return false;
}

void confine_to_nothing(void) {
    drop_ids();
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (set_capabilities(0))
        fail(INTERNAL, "internal", "capabilities", errno);
}

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define KILL BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define PERMIT(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##call, 0, 1), ALLOW
#define PERMIT_REQUEST(request) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(request), 0, 1), ALLOW

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

void confine_system_calls(void) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        fail(INTERNAL, "internal", "no-new-privs", errno);
#ifdef ARCHITECTURE
    struct sock_filter filter[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        KILL,
        LOAD(nr),
        /* No call at all (-1): what a tracer of root's turns a call into that is to fail, as the tests do. */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xffffffffu, 0, 1),
        ALLOW,
        PERMIT(read),
        PERMIT(write),
        PERMIT(close),
        PERMIT(fstat),
        PERMIT(newfstatat),
        PERMIT(sendto),
        PERMIT(recvfrom),
        PERMIT(sendmsg),
        PERMIT(getsockopt),
        PERMIT(getrandom),
        PERMIT(getuid),
        PERMIT(getpid),
        PERMIT(getppid),
        PERMIT(setsid),
        PERMIT(rt_sigprocmask),
        PERMIT(rt_sigreturn),
        PERMIT(restart_syscall),
        PERMIT(clock_gettime),
        PERMIT(exit_group),
        /* The two processes of a guarded act end each other. */
        PERMIT(kill),
#ifdef __NR_poll
        PERMIT(poll),
#endif
        PERMIT(ppoll),
#ifdef __NR_alarm
        PERMIT(alarm),
#endif
        PERMIT(setitimer),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ioctl, 1, 0),
        KILL,
        LOAD(args[1]),
        PERMIT_REQUEST(TUNSETIFF),
        PERMIT_REQUEST(TUNGETIFF),
        PERMIT_REQUEST(TUNSETIFINDEX),
        PERMIT_REQUEST(TUNSETOWNER),
        PERMIT_REQUEST(SIOCGSKNS),
        PERMIT_REQUEST(SIOCETHTOOL),
        KILL,
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        fail(INTERNAL, "internal", "seccomp", errno);
#endif
}
