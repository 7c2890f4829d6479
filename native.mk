# What both C programs are compiled with; each Makefile includes it, so that the flags live in one place. Warnings are errors.
CC ?= cc
OUT ?= ../build/native
HARDENED = -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
WARNINGS = -std=c11 -Wall -Wextra -Werror -Wshadow -Wconversion -Wno-sign-conversion -Wformat=2 -Wstrict-prototypes \
  -Wmissing-prototypes -Wvla
LINK = -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
