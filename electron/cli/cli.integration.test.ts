import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment } from '../testing/bare-environment.ts';
import { openRuntime, type Runtime } from '../runtime/runtime.ts';
import { resolvePaths } from '../computer/paths.ts';
import { runProgram } from './program.ts';
import { testDefinition } from '../connections/test/definition.ts';

interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
}

let home: string;
let environment: NodeJS.ProcessEnv;
let owner: ChildProcess;
let runtime: Runtime;

/** Runs the command line as a process of its own, to its end. */
function ownProcess(args: readonly string[], input = ''): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, 'main.ts'), ...args], { env: environment, stdio: 'pipe' });
    const result: Result = { status: null, stdout: '', stderr: '' };
    child.stdout.on('data', (data: Buffer) => (result.stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (result.stderr += data.toString()));
    child.on('error', reject);
    child.on('close', (status) => resolve({ ...result, status }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** Runs a command line in this process, over one connection to the owner: what most tests ask needs no process each. */
async function tapestry(args: readonly string[], input = ''): Promise<Result> {
  const result: Result = { status: null, stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr'): NodeJS.WriteStream =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        result[name] += chunk.toString();
        done();
      },
    }) as unknown as NodeJS.WriteStream;
  const log = (error: unknown): void => void (result.stderr += String(error));
  const context = {
    stdin: Readable.from([Buffer.from(input)]) as unknown as NodeJS.ReadStream,
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    runtime: () => Promise.resolve(runtime),
    api: () => Promise.resolve(runtime.api),
    connection: () => Promise.resolve('test'),
    exit: { status: 0 as const },
  };
  result.status = await runProgram({ context, version: '0.0.0', log }, args);
  return result;
}

async function ok(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await tapestry(args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

async function fails(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await tapestry(args);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  return stderr;
}

const file = async (name: string, text: string): Promise<string> => {
  const full = path.join(home, name);
  await writeFile(full, text);
  return full;
};

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'tap-cli-'));
  environment = bareEnvironment(home);
  // Another host, with machines in memory, owns the state: every command attaches to it.
  owner = spawn(process.execPath, [path.join(import.meta.dirname, '../runtime/testing/contender.ts')], {
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (owner.stdout === null) throw new Error('no stdout');
  const lines = createInterface({ input: owner.stdout });
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => line.includes('"ready"') && resolve());
    owner.once('exit', (code) => reject(new Error(`the owner ended with ${String(code)}`)));
  });
  runtime = await openRuntime({
    host: 'cli',
    paths: resolvePaths({ env: environment, uid: process.getuid?.() ?? 0, home, exists: () => false }),
    connections: () => Promise.reject(new Error('there is an owner')),
    log: (error) => expect(error).toBeUndefined(),
  });
  expect(runtime.role).toBe('attached');
});
afterAll(async () => {
  await runtime.close();
  owner.kill('SIGKILL');
  await rm(home, { recursive: true, force: true });
});

describe('virsh’s shapes', () => {
  it('list', async () => {
    expect(await ok('list', '--all')).toBe(
      [
        ' Id   Name         State',
        '-----------------------------',
        ' 1    debian-12    running',
        ' 2    web-1        running',
        ' 3    database     paused',
        ' -    router-lab   shut off',
        ' -    win11        crashed',
        '',
        '',
      ].join('\n'),
    );
    expect(await ok('list', '--name')).toBe('debian-12\nweb-1\ndatabase\n\n');
    expect(await ok('list', '--inactive', '--uuid')).toBe('7a1f8c1e-54d0-4e0c-9a57-0c5a3b5d1e04\n7a1f8c1e-54d0-4e0c-9a57-0c5a3b5d1e05\n\n');
    expect(await ok('list', '--autostart', '--name')).toBe('debian-12\n\n');
    expect(await ok('list', '--state-paused', '--name')).toBe('database\n\n');
    expect(await ok('list', '--all', '--state-shutoff', '--state-running', '--name')).toBe('debian-12\nweb-1\nrouter-lab\n\n');
    expect(await ok('list', '--all', '--state-other', '--name')).toBe('win11\n\n');
    expect(await ok('list', '--state-shutoff', '--name')).toBe('\n');
    expect(await ok('list', '--transient', '--name')).toBe('\n');
    expect(await ok('list', '--persistent', '--name')).toBe('debian-12\nweb-1\ndatabase\n\n');
    const json = JSON.parse(await ok('list', '--all', '--json')) as { name: string; id: number | null }[];
    expect(json.map(({ name, id }) => [name, id])).toContainEqual(['router-lab', null]);
  });

  it('dominfo, domstate, domid, domname, domuuid by name, id and UUID', async () => {
    expect(await ok('dominfo', 'debian-12')).toBe(
      [
        'Id:             1',
        'Name:           debian-12',
        'UUID:           7a1f8c1e-54d0-4e0c-9a57-0c5a3b5d1e01',
        'OS Type:        hvm',
        'State:          running',
        'CPU(s):         4',
        'CPU time:       1.2s',
        'Max memory:     4194304 KiB',
        'Used memory:    4194304 KiB',
        'Persistent:     yes',
        'Autostart:      enable',
        'Managed save:   no',
        'Security model: none',
        'Security DOI:   0',
        '',
        '',
      ].join('\n'),
    );
    expect(await ok('domstate', '3')).toBe('paused\n\n');
    expect(await ok('domstate', 'debian-12', '--reason')).toBe('running (booted)\n\n');
    expect(JSON.parse(await ok('domstate', 'debian-12', '--json'))).toEqual({ state: 'running', reason: 'booted' });
    expect(await ok('domname', '7a1f8c1e-54d0-4e0c-9a57-0c5a3b5d1e02')).toBe('web-1\n\n');
    expect(await ok('domid', 'win11')).toBe('-\n\n');
  });

  it('domiflist, domifaddr, domifstat, domif-getlink', async () => {
    expect(await ok('domiflist', 'router-lab')).toBe(
      [
        ' Interface   Type       Source   Model    MAC',
        '-------------------------------------------------------------',
        ' tap10       ethernet   -        e1000e   f6:19:e0:6c:84:c3',
        ' -           bridge     br200    virtio   52:54:00:aa:00:04',
        '',
        '',
      ].join('\n'),
    );
    const addresses = (await ok('domifaddr', 'web-1')).split('\n');
    expect(addresses.slice(0, 3)).toEqual([
      ' Name       MAC address          Protocol     Address',
      '-------------------------------------------------------------------------------',
      ' tap-web-10 52:54:00:aa:00:02    ipv4         192.168.1.42/24',
    ]);
    expect(await ok('domifstat', 'web-1', 'tap-web-10')).toMatch(
      /^tap-web-10 rx_bytes \d+\ntap-web-10 rx_packets \d+\ntap-web-10 rx_errs 0\ntap-web-10 rx_drop 3\ntap-web-10 tx_bytes/,
    );
    expect(await ok('domif-getlink', 'web-1', '52:54:00:aa:00:02')).toBe('52:54:00:aa:00:02 up\n');
  });

  it('iface-list', async () => {
    const lines = (await ok('iface-list')).split('\n');
    expect(lines[0]).toBe(' Name      State    MAC Address');
    expect(lines).toContain(' br0       active   3c:52:82:10:20:30');
    expect(lines.join()).not.toContain('wlp2s0');
    expect(await ok('iface-list', '--all')).toContain(' wlp2s0    inactive   3c:52:82:10:20:31');
  });
});

describe('a machine’s life', () => {
  it('goes from define to undefine in virsh’s words', async () => {
    const xml = testDefinition({ name: 'guest', uuid: '7a1f8c1e-54d0-4e0c-9a57-0c5a3b5d1f00', memoryGiB: 1, vcpus: 1 });
    const definition = await file('guest.xml', xml);
    expect(await ok('define', definition)).toBe(`Domain 'guest' defined from ${definition}\n\n`);
    expect(await ok('dumpxml', 'guest')).toBe(`${xml}\n`);
    expect(await ok('start', 'guest', '--paused')).toBe("Domain 'guest' started\n\n");
    expect(await ok('domstate', 'guest', '--reason')).toBe('paused (starting up)\n\n');
    expect(await ok('resume', 'guest')).toBe("Domain 'guest' resumed\n\n");
    expect(await fails('start', 'guest')).toBe('error: Domain is already active\n');
    expect(await ok('suspend', 'guest')).toBe("Domain 'guest' suspended\n\n");
    expect(await ok('suspend', 'guest')).toBe("Domain 'guest' suspended\n\n");
    expect(await ok('reset', 'guest')).toBe("Domain 'guest' was reset\n\n");
    expect(await ok('reboot', 'guest')).toBe("Domain 'guest' is being rebooted\n\n");
    expect(await ok('shutdown', 'guest')).toBe("Domain 'guest' is being shutdown\n\n");
    expect(await ok('destroy', 'guest')).toBe("Domain 'guest' destroyed\n\n");
    expect(await fails('destroy', 'guest')).toBe(
      "error: Failed to destroy domain 'guest'\nerror: Requested operation is not valid: domain is not running\n",
    );
    expect(await ok('domrename', 'guest', 'visitor')).toBe('Domain successfully renamed\n\n');
    expect(await ok('autostart', 'visitor')).toBe("Domain 'visitor' marked as autostarted\n\n");
    expect(await ok('autostart', 'visitor', '--disable')).toBe("Domain 'visitor' unmarked as autostarted\n\n");
    expect(await fails('undefine', 'visitor', '--nvram', '--keep-nvram')).toContain('--keep-nvram');
    expect(await ok('undefine', 'visitor', '--nvram')).toBe("Domain 'visitor' has been undefined\n\n");
    expect(await fails('domstate', 'visitor')).toBe("error: failed to get domain 'visitor'\n");
  });

  it('takes a definition in the encoding that it declares, and none that isn’t text in it', async () => {
    const guest = (encoding: string) =>
      `<?xml version='1.0' encoding='${encoding}'?>\n${testDefinition({ name: 'müller', uuid: '7a1f8c1e-54d0-4e0c-9a57-0c5a3b5d1f02', memoryGiB: 1, vcpus: 1 })}`;
    const encoded = path.join(home, 'encoded.xml');
    for (const [encoding, codec] of [
      ['ISO-8859-1', 'latin1'],
      ['UTF-16', 'utf16le'],
    ] as const) {
      await writeFile(encoded, Buffer.from(guest(encoding), codec));
      expect(await ok('define', encoded)).toBe(`Domain 'müller' defined from ${encoded}\n\n`);
      expect(await ok('dumpxml', 'müller')).toBe(`${guest('UTF-8')}\n`);
      await ok('undefine', 'müller');
    }
    await writeFile(encoded, Buffer.from(guest('UTF-8'), 'latin1'));
    expect(await fails('define', encoded)).toContain('error: The XML is not UTF-8 text.');
    expect(await fails('attach-device', 'web-1', encoded)).toContain('error: The XML is not UTF-8 text.');
  });

  it('keeps passwords to itself, and removes the images that it is told to', async () => {
    const image = path.join(home, 'image.qcow2');
    const disk = (target: string, more = '') =>
      `<disk type='file'${more}><source file='${image}'/><target dev='${target}' bus='sata'/></disk>`;
    const xml = testDefinition({ name: 'secret', uuid: '7a1f8c1e-54d0-4e0c-9a57-0c5a3b5d1f02', memoryGiB: 1, vcpus: 1 }).replace(
      '</devices>',
      `${disk('sda')}${disk('sdb', " device='cdrom'")}<graphics type='vnc' passwd='tell-nobody' port='5901'/></devices>`,
    );
    await ok('define', await file('secret.xml', xml));
    expect(await ok('dumpxml', 'secret', '--security-info')).toBe(`${xml}\n`);
    expect(await ok('dumpxml', 'secret')).toBe(`${xml.replace(" passwd='tell-nobody'", '')}\n`);
    expect(await fails('undefine', 'secret', '--storage', 'sdz')).toBe("error: Volume 'sdz' was not found in domain's definition.\n");
    expect(await fails('undefine', 'secret', '--storage', 'sda', '--remove-all-storage')).toContain('mutually exclusive');
    const told = await ok('undefine', 'secret', '--remove-all-storage');
    expect(told).toMatch(/^Domain 'secret' has been undefined\nVolume 'vda'\(.*\) removed\.\nVolume 'sda'\(.*\) removed\.\n\n$/);
  });

  it('is asked for by a name, and its console by a port that it has', async () => {
    expect(await fails('dumpxml', '')).toBe("error: Failed to get option 'domain': Option argument is empty\n");
    const refused = await fails('console', 'web-1', '--devname', 'foo');
    expect(refused).toContain('foo');
    expect(refused).not.toContain('Connected to domain');
  });

  it('takes a definition from standard input', async () => {
    const xml = testDefinition({ name: 'piped', uuid: '7a1f8c1e-54d0-4e0c-9a57-0c5a3b5d1f01', memoryGiB: 1, vcpus: 1 });
    expect(await tapestry(['define', '-'], xml)).toEqual({ status: 0, stdout: "Domain 'piped' defined from -\n\n", stderr: '' });
  });
});

describe('NICs', () => {
  it('are attached, changed and detached', async () => {
    const mac = '52:54:00:aa:00:77';
    expect(await ok('attach-interface', 'web-1', 'bridge', 'br0', '--mac', mac, '--model', 'virtio', '--target', 'tap77', '--live')).toBe(
      'Interface attached successfully\n\n',
    );
    expect(await ok('domiflist', 'web-1')).toContain(` tap77        bridge   br0      virtio   ${mac}`);
    expect(await ok('domiflist', 'web-1', '--inactive')).not.toContain('tap77');
    expect(await ok('domif-setlink', 'web-1', 'tap77', 'down')).toBe('Device updated successfully\n\n');
    expect(await ok('domif-getlink', 'web-1', 'tap77')).toBe('tap77 down\n');
    expect(await ok('domiftune', 'web-1', 'tap77', '--inbound', '1000,2000,512', '--live')).toBe('\n');
    expect(await ok('domiftune', 'web-1', 'tap77')).toBe(
      'inbound.average: 1000\ninbound.peak   : 2000\ninbound.burst  : 512\ninbound.floor  : 0\noutbound.average: 0\noutbound.peak  : 0\noutbound.burst : 0\n\n',
    );
    expect(await ok('detach-interface', 'web-1', 'bridge', '--mac', mac, '--live')).toBe('Interface detached successfully\n\n');
    expect(await ok('domiflist', 'web-1')).not.toContain('tap77');
  });

  it('say what is wrong in virsh’s words', async () => {
    expect(await fails('detach-interface', 'web-1', 'bridge', '--mac', '52:54:00:00:00:00')).toBe(
      'error: No interface with MAC address 52:54:00:00:00:00 was found\nerror: Failed to detach interface\n',
    );
    expect(await fails('domif-getlink', 'web-1', 'tap99')).toBe('error: Interface (dev: tap99) not found.\n');
    expect(await fails('domifstat', 'web-1', 'tap99')).toBe(
      "error: Failed to get interface stats web-1 tap99\nerror: invalid argument: 'tap99' is not a known interface\n",
    );
    expect(await fails('attach-interface', 'web-1', 'bridge', 'br404', '--live')).toContain(
      'error: Failed to attach interface\nerror: The bridge “br404” doesn’t exist.',
    );
    expect(await fails('attach-interface', 'router-lab', 'bridge', 'br0', '--live')).toBe(
      'error: Failed to attach interface\nerror: Requested operation is not valid: domain is not running\n',
    );
    expect(await fails('attach-interface', 'web-1', 'bridge', 'br0', '--current', '--live')).toContain('mutually exclusive');
  });

  it('print a NIC’s XML in virsh’s order, host devices and modes of macvtaps included', async () => {
    const nic = await ok('attach-interface', 'web-1', 'bridge', 'br0', '--mac', '52:54:00:00:00:01', '--target', 'tap0', '--print-xml');
    expect(nic.match(/<[a-z]+/g)).toEqual(['<interface', '<source', '<target', '<mac']);
    expect(await ok('attach-interface', 'web-1', 'hostdev', '0000:03:00.1', '--managed', '--print-xml')).toMatch(
      /<interface type=.hostdev. managed=.yes.>[^]*<address type=.pci. domain=.0x0000. bus=.0x03. slot=.0x00. function=.0x1.\/>/,
    );
    expect(await ok('attach-interface', 'web-1', 'direct', 'eth0', '--source-mode', 'private', '--print-xml')).toMatch(/mode=.private./);
    expect(await fails('attach-interface', 'web-1', 'bridge', 'br0', '--source-mode', 'private', '--print-xml')).toContain(
      'Invalid source mode: private',
    );
  });

  it('escape what a command line puts into XML', async () => {
    expect(await ok('attach-interface', 'web-1', 'bridge', `a'/><x y="&<`, '--print-xml')).not.toContain('<x');
  });
});

describe('a process of its own', () => {
  it('attaches, prints and ends with 0 or 1', async () => {
    expect((await ownProcess(['-c', 'test', 'list', '--name'])).stdout).toContain('debian-12\n');
    expect(await ownProcess(['-c', 'test', 'domstate', 'nobody'])).toEqual({
      status: 1,
      stdout: '',
      stderr: "error: failed to get domain 'nobody'\n",
    });
    expect((await ownProcess(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('prints all of it, however long, before it ends', async () => {
    // A pipe takes 64 KiB at once (the streams between Node's processes are sockets, which take more); one argument may have 128 KiB.
    // The reader is slow: who ends without waiting for it loses the rest.
    const long = 'x'.repeat(120_000);
    const main = path.join(import.meta.dirname, 'main.ts');
    const shell = spawn('sh', ['-c', '"$@" 2>&1 >/dev/null | { head -c 1; sleep 0.3; cat; }', 'sh', process.execPath, main, long], {
      env: environment,
    });
    const told = await text(shell.stdout);
    expect({ whole: told.includes(long), ended: told.endsWith('\n') }).toEqual({ whole: true, ended: true });
    const xml = await file('long.xml', `<domain>${'<!-- x -->'.repeat(30_000)}</domain>`);
    expect((await ownProcess(['domxml-format', xml])).stdout).toHaveLength(17 + 300_000);
  });

  it('shows a console to a pipe and types what comes from one', async () => {
    const { status, stdout, stderr } = await ownProcess(['-c', 'test', 'console', 'database'], '');
    expect({ status, stderr }).toEqual({ status: 0, stderr: "Connected to domain 'database'\nEscape character is ^] (Ctrl + ])\n" });
    expect(stdout).toContain('database login: ');
  });
});

describe('failures', () => {
  it('have status 1, one error on standard error, and JSON for those who ask', async () => {
    expect(await fails('frobnicate')).toContain("error: unknown command: 'frobnicate'");
    expect(await fails('start')).toContain("error: command 'start' requires <domain> option");
    expect(await fails('list', '--bogus')).toContain("error: command 'list' doesn't support option --bogus");
    expect(await fails('define', '/nonexistent.xml')).toBe("error: Failed to open file '/nonexistent.xml': No such file or directory\n");
    const bad = await file('bad.xml', '<domain><name>x</domain');
    expect(await fails('define', bad)).toContain(
      `error: Failed to define domain from ${bad}\nerror: The end tag </domain> is not closed with ">". (line 1, column 24)`,
    );
    expect(JSON.parse(await fails('domstate', 'nobody', '--json'))).toEqual({
      error: { code: 'not-found', message: "failed to get domain 'nobody'" },
    });
  });
});

describe('help', () => {
  it('lists every command of the product and explains each', async () => {
    const help = await ok('--help');
    const wanted =
      'define undefine list dominfo domstate dumpxml start shutdown reboot reset destroy suspend resume autostart domrename console domxml-to-native domxml-format qemu-monitor-command capabilities domcapabilities serve doctor domiflist domifstat domifaddr domif-setlink domif-getlink domiftune attach-interface attach-device detach-interface detach-device update-device iface-list iface-bridge iface-unbridge';
    for (const command of wanted.split(' ')) expect(help).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(await ok('start', '--help')).toContain('--paused');
  });
});

describe('console', () => {
  it('shows what came before, delivers what is typed, shows its answer, and ends with standard input', async () => {
    const { status, stdout, stderr } = await tapestry(['console', 'debian-12'], 'root\nsecret\nuname\n');
    expect(status).toBe(0);
    expect(stderr).toBe("Connected to domain 'debian-12'\nEscape character is ^] (Ctrl + ])\n");
    expect(stdout).toContain('SeaBIOS');
    expect(stdout).toContain('Linux debian-12 6.1.0-28-amd64 #1 SMP');
  });

  it('ends at Ctrl+] and drops what follows it', async () => {
    const { status, stdout } = await tapestry(['console', 'debian-12', '--follow', '--from', 'end'], 'echo before\n\x1decho after\n');
    expect(status).toBe(0);
    expect(stdout).not.toContain('after');
  });

  it('is refused for a machine that is off, and for none', async () => {
    expect(await fails('console', 'router-lab')).toBe('error: The domain is not running\n');
    expect(await fails('console', 'nobody')).toBe("error: failed to get domain 'nobody'\n");
  });
});

describe('XML without a host', () => {
  it('is written again byte by byte, also several files, and what is not XML is reported by file and line', async () => {
    const text = `<?xml version="1.0"?>\n<!-- kept -->\n<domain  type='kvm' >\n <name><![CDATA[a&b]]></name>\n\t<x:y xmlns:x="urn:x"/>\n</domain>\n`;
    const good = await file('good.xml', text);
    const other = await file('other.xml', '<domain/>');
    const bad = await file('worse.xml', '<domain>\n  <name>x</nam>\n</domain>');
    expect(await ok('domxml-format', good)).toBe(text);
    const output = path.join(home, 'formatted');
    const { status, stdout, stderr } = await tapestry([
      'domxml-format',
      good,
      bad,
      other,
      path.join(home, 'missing.xml'),
      '--output-dir',
      output,
    ]);
    expect([status, stdout]).toEqual([1, '2 converted, 2 refused\n']);
    expect(stderr).toContain(`error: ${bad}:2: `);
    expect(stderr).toContain('missing.xml');
    expect((await readdir(output)).toSorted((a, b) => a.localeCompare(b))).toEqual(['good.xml', 'other.xml']);
    expect(await readFile(path.join(output, 'good.xml'), 'utf8')).toBe(text);
  });

  it('does not touch the state directory', async () => {
    const elsewhere = path.join(home, 'untouched');
    const good = await file('alone.xml', '<domain/>');
    const before = environment;
    environment = { ...before, HOME: elsewhere, XDG_RUNTIME_DIR: path.join(elsewhere, 'run'), XDG_CACHE_HOME: path.join(home, 'cache') };
    try {
      expect((await ownProcess(['domxml-format', good])).stdout).toBe('<domain/>');
      await expect(readdir(elsewhere)).rejects.toMatchObject({ code: 'ENOENT' });
    } finally {
      environment = before;
    }
  });

  it('converts a machine’s definition as it converts a file with it, and takes virsh’s named arguments', async () => {
    const alone = await file('web.xml', await ok('dumpxml', 'web-1', '--inactive'));
    const commandLine = await ownProcess(['-c', 'test', 'domxml-to-native', 'qemu-argv', alone]);
    expect(commandLine).toMatchObject({ status: 0, stderr: '' });
    expect(commandLine.stdout).toMatch(/qemu-system-x86_64 -name guest=web-1,debug-threads=on .* timestamp=on\n$/);
    expect(await ownProcess(['-c', 'test', 'domxml-to-native', 'qemu-argv', '--xml', alone])).toEqual(commandLine);
    expect(await ownProcess(['-c', 'test', 'domxml-to-native', '--format', 'qemu-argv', '--domain', 'web-1'])).toEqual(commandLine);
    expect(await fails('domxml-to-native', 'qemu-argv', '--domain', 'web-1', '--xml', alone)).toContain('mutually exclusive');
    expect(await fails('domxml-to-native', 'qemu-argv')).toBe('error: no file was named\n');
    expect(await ok('domstate', '--domain', '3')).toBe('paused\n\n');
  });

  it('asks for a directory when there are several files', async () => {
    const good = await file('one.xml', '<domain/>');
    expect(await fails('domxml-format', good, good)).toBe('error: several files need --output-dir\n');
    expect(await fails('domxml-to-native', 'xen-xl', good)).toContain('unsupported config type xen-xl');
  });
});

describe('other things of the host', () => {
  it('capabilities, domcapabilities, qemu-monitor-command, doctor', async () => {
    expect(await ok('capabilities')).toMatch(/^<capabilities>/);
    expect(await ok('domcapabilities', '--virttype', 'qemu')).toMatch(/^<domainCapabilities>/);
    expect(await fails('domcapabilities', '--virttype', 'xyz')).toBe(
      'error: failed to get emulator capabilities\nerror: invalid argument: unknown virttype: xyz\n',
    );
    expect(JSON.parse(await ok('qemu-monitor-command', 'web-1', '{"execute":"query-status"}'))).toEqual({
      return: { echo: '{"execute":"query-status"}' },
    });
    const { status, stdout } = await tapestry(['doctor']);
    expect(status).toBe(1);
    expect(stdout).toContain('PASS  QEMU: QEMU 8.2.2');
    expect(stdout).toContain('FAIL  Network helper: ');
    expect(stdout).toContain('      run: sudo setcap');
  });
});
