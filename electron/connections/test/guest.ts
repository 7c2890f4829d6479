import { setTimeout as delay } from 'node:timers/promises';
import type { PortStream } from '../../consoles/console-source.types.ts';
import { EventHub } from '../../../shared/event-hub.ts';

const text = new TextEncoder();

/** A guest behind a serial port: it knows a login and a handful of commands. Nobody keeps what it prints. */
export class TestGuest {
  readonly #name: string;
  readonly #output = new EventHub<Uint8Array | 'off'>();
  #runs = false;
  #line = '';
  #stage: 'login' | 'password' | 'shell' = 'login';
  #flood: AbortController | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** The kernel's words and the login prompt, as after power-on. */
  boot(): void {
    this.#runs = true;
    this.#stage = 'login';
    this.#line = '';
    this.#flood?.abort();
    this.print('\x1b[2J\x1b[HSeaBIOS (version 1.16.2)\r\n\r\nBooting from Hard Disk...\r\n');
    for (let n = 0; n < 40; n += 1)
      this.print(`[    0.${String(n * 23871).padStart(6, '0')}] ${kernelWords[n % kernelWords.length] ?? ''}\r\n`);
    this.print(`\r\nDebian GNU/Linux 12 ${this.#name} ttyS0\r\n\r\n${this.#name} login: `);
  }

  off(): void {
    this.#flood?.abort();
    this.#runs = false;
    this.#output.publish('off');
  }

  pause(paused: boolean): void {
    this.#runs = !paused;
    if (paused) this.#flood?.abort();
  }

  print(words: string): void {
    this.#output.publish(text.encode(words));
  }

  /** The port from now on, until the guest is off. */
  port(signal: AbortSignal): PortStream {
    const output = this.#output;
    // Listening begins now, not when somebody first reads.
    const items = output.subscribe(signal, () => []);
    const first = items.next();
    return {
      output: (async function* () {
        for (let item = await first; item.done !== true; item = await items.next()) {
          if (item.value === 'off') return;
          yield item.value;
        }
      })(),
      type: (bytes) => {
        this.#typed(new TextDecoder().decode(bytes));
        return Promise.resolve();
      },
    };
  }

  #typed(keys: string): void {
    if (!this.#runs) return;
    for (const key of keys) {
      if (key === '\x03') {
        this.#flood?.abort();
        this.#line = '';
        this.print('^C\r\n');
        this.#prompt();
      } else if (this.#flood !== undefined && !this.#flood.signal.aborted) {
        continue;
      } else if (key === '\r' || key === '\n') {
        const line = this.#line;
        this.#line = '';
        this.print('\r\n');
        this.#enter(line.trim());
      } else if (key === '\x7f') {
        if (this.#line !== '') this.print('\b \b');
        this.#line = this.#line.slice(0, -1);
      } else {
        this.#line += key;
        if (this.#stage !== 'password') this.print(key);
      }
    }
  }

  #prompt(): void {
    if (this.#stage === 'login') this.print(`${this.#name} login: `);
    else if (this.#stage === 'password') this.print('Password: ');
    else this.print(`\x1b[1;32mroot@${this.#name}\x1b[0m:\x1b[1;34m~\x1b[0m# `);
  }

  #enter(line: string): void {
    if (this.#stage === 'login') {
      this.#stage = line === '' ? 'login' : 'password';
    } else if (this.#stage === 'password') {
      this.#stage = 'shell';
      this.print(`Linux ${this.#name} 6.1.0-28-amd64 x86_64\r\n\r\nLast login: Sat Nov 21 09:12:44 UTC 2026 on ttyS0\r\n`);
    } else {
      const [command = '', ...rest] = line.split(/\s+/);
      if (command === 'exit') this.#stage = 'login';
      else if (command === 'yes') {
        void this.#yes(rest[0] ?? 'y');
        return;
      } else if (command === 'reboot') {
        this.boot();
        return;
      } else if (command !== '') {
        this.print((answers[command]?.(rest, this.#name) ?? `-bash: ${command}: command not found`).replaceAll('\n', '\r\n') + '\r\n');
      }
    }
    this.#prompt();
  }

  /** Prints without end until Ctrl+C: what a window has to survive. */
  async #yes(word: string): Promise<void> {
    const stop = new AbortController();
    this.#flood = stop;
    while (!stop.signal.aborted) {
      this.print(`${word}\r\n`.repeat(200));
      await delay(10, undefined, { signal: stop.signal, ref: false }).catch(() => undefined); // stopped: the loop ends
    }
  }
}

const answers: Record<string, (rest: string[], name: string) => string> = {
  ls: () => '\x1b[1;34mDownloads\x1b[0m  notes.txt  \x1b[1;32mrun.sh\x1b[0m',
  pwd: () => '/root',
  whoami: () => 'root',
  hostname: (_rest, name) => name,
  echo: (rest) => rest.join(' '),
  uname: (_rest, name) => `Linux ${name} 6.1.0-28-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 x86_64 GNU/Linux`,
  ip: () =>
    '2: enp1s0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP\n    inet 192.168.1.42/24 brd 192.168.1.255 scope global dynamic enp1s0',
  uptime: () => ' 09:14:02 up 3 days,  2:11,  1 user,  load average: 0.02, 0.05, 0.01',
};

const kernelWords = [
  'Linux version 6.1.0-28-amd64 (debian-kernel@lists.debian.org)',
  'Command line: BOOT_IMAGE=/boot/vmlinuz-6.1.0-28-amd64 root=/dev/vda1 ro console=ttyS0',
  'BIOS-provided physical RAM map:',
  'clocksource: tsc: mask: 0xffffffffffffffff max_cycles: 0x2b3e459bf4c',
  'virtio_blk virtio2: [vda] 41943040 512-byte logical blocks (21.5 GB/20.0 GiB)',
  'EXT4-fs (vda1): mounted filesystem with ordered data mode. Quota mode: none.',
  'systemd[1]: Detected virtualization kvm.',
  'virtio_net virtio0 enp1s0: renamed from eth0',
];
