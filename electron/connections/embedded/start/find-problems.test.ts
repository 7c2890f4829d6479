import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseXml, setAsideParts, withSetAside } from '../../../../shared/domain-xml/index.ts';
import { TapestryError } from '../../../../shared/errors.ts';
import { domainXml } from '../../../qemu/testing/plan-of.ts';
import { checkedBackend } from '../testing/checked-backend.ts';
import type { MachinePaths } from '../ports/ports.ts';
import { withObstacles } from './why-it-failed.ts';

const paths = { runtime: '/run/tapestry/x', persistent: '/var/lib/tapestry/x' } as MachinePaths;
const backend = checkedBackend();
const pathsOf = async (xml: string, from = backend) => (await from.problems(xml)).map(({ severity, path }) => `${severity} ${path}`);

const virtualNetwork = "<interface type='network'><source network='default'/><model type='virtio'/></interface>";
const filtered = "<interface type='user'><model type='virtio'/><filterref filter='clean-traffic'/></interface>";

describe('all that keeps a machine from starting', () => {
  test('is one list: of the domain, of devices, and of what only planning finds', async () => {
    const xml = domainXml(
      `${virtualNetwork}<vsock model='virtio'><cid auto='yes'/></vsock>${filtered}<watchdog model='ib700' action='dump'/>`,
      {
        top: '<cputune><shares>512</shares></cputune><teleporter/>',
      },
    );
    const problems = await backend.problems(xml);
    expect(problems.map(({ path }) => path).toSorted()).toEqual([
      '/domain/cputune',
      '/domain/devices/interface[1]/@type',
      '/domain/devices/interface[2]/filterref',
      '/domain/devices/vsock',
      '/domain/devices/watchdog/@action',
      '/domain/teleporter',
    ]);
    for (const { severity, next, line, column } of problems) {
      expect(severity).toBe('unsupported');
      expect(next).toBeTruthy();
      expect(line).toBe(1);
      expect(column).toBeGreaterThan(1);
    }
  });

  test('names every device that is refused, of one kind and of several', async () => {
    const xml = domainXml(
      `${virtualNetwork}${virtualNetwork}` +
        "<sound model='sb17'/><hostdev mode='subsystem' type='pci'><source><address domain='0' bus='1' slot='2' function='0'/></source></hostdev>" +
        "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='1' slot='3' function='0'/></source></hostdev>",
    );
    const found = await pathsOf(xml);
    for (const path of ['interface[1]/@type', 'interface[2]/@type', 'hostdev[1]', 'hostdev[2]']) {
      // The unknown model of the sound card is an error, which planning doesn't add errors to; what isn't supported stands beside it.
      expect(found).toContain(`unsupported /domain/devices/${path}`);
    }
    expect(found.filter((one) => one.startsWith('error'))).toEqual(['error /domain/devices/sound/@model']);
  });

  test('goes on where a place on a bus or the machine type is refused', async () => {
    const homeless = "<input type='tablet' bus='usb'/><input type='mouse' bus='usb'/>"; // the machine has no USB
    const found = await pathsOf(domainXml(`${homeless}${virtualNetwork}`, { machine: 'pc' }));
    expect(found).toContain('unsupported /domain/devices/interface/@type');
    expect(found.filter((one) => one.includes('/domain/devices/input'))).toHaveLength(2);
    const unknown = await pathsOf(domainXml(virtualNetwork, { machine: 'pc-q35-rhel9.4.0' }));
    expect(unknown).toEqual(['unsupported /domain/os/type/@machine', 'unsupported /domain/devices/interface/@type']);
  });

  test('holds files that are missing, also where another part is refused', async () => {
    const disk = (target: string, more = '') =>
      `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/nowhere/${target}.img'${more}/><target dev='${target}' bus='virtio'/></disk>`;
    const boot = '<kernel>/nowhere/vmlinuz</kernel>';
    const refusals = [
      '',
      '<cputune><shares>512</shares></cputune>',
      "<cpu mode='custom'><model>no-such-model</model></cpu>",
      '<teleporter/>',
    ];
    for (const top of refusals) {
      const xml = domainXml(`${disk('vda')}${disk('vdb', " startupPolicy='optional'")}`, { top }).replace('</os>', `${boot}</os>`);
      const found = await pathsOf(xml);
      expect(found, top).toEqual(
        expect.arrayContaining(['unsupported /domain/os/kernel', 'unsupported /domain/devices/disk[1]', 'warning /domain/devices/disk[2]']),
      );
    }
  });

  test('holds what this computer lacks', async () => {
    await using folder = { path: await mkdtemp(join(tmpdir(), 'tap-')), [Symbol.asyncDispose]: () => rm(folder.path, { recursive: true }) };
    const xml = domainXml(
      "<interface type='bridge'><source bridge='br-not-here'/><model type='virtio'/></interface>" +
        `<disk type='file' device='cdrom'><source file='${folder.path}/gone.iso'/><target dev='sda' bus='scsi'/></disk>`,
      { type: 'kvm', top: '<memoryBacking><hugepages/></memoryBacking>' },
    );
    const problems = await checkedBackend({}, { usable: 'no', message: 'There is no /dev/kvm.' }).problems(xml);
    expect(problems.map(({ path }) => path)).toEqual([
      '/domain/@type',
      '/domain/memoryBacking/hugepages',
      '/domain/devices/interface/source/@bridge',
      '/domain/devices/disk',
    ]);
    expect(problems[2]?.fixes).toEqual([expect.objectContaining({ kind: 'create-bridge', value: 'br-not-here' })]);
    expect(problems[3]).toMatchObject({ message: expect.stringContaining('gone.iso') });
    expect(problems[3]?.fixes?.map(({ kind }) => kind)).toEqual(['choose-image', 'eject']);
  });

  test('has a fix for a virtual network, and for what the guest does not see', async () => {
    const problems = await backend.problems(
      domainXml(virtualNetwork, { top: "<seclabel type='static' model='dac'><label>+0:+0</label></seclabel>" }),
    );
    const fixes = problems.map(({ path, fixes: some }) => [path, some?.map(({ kind }) => kind).filter((kind) => kind !== 'use-bridge')]);
    expect(fixes).toEqual([
      ['/domain/seclabel', ['set-aside']],
      ['/domain/devices/interface/@type', ['use-user-network']],
    ]);
  });

  test('is told by a refused start too, its own error first', async () => {
    const xml = domainXml(virtualNetwork, { top: '<cputune><shares>512</shares></cputune>' });
    const refused = await backend.prepare(xml, paths).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(refused instanceof TapestryError)) throw new Error('It was planned');
    const error = await withObstacles(refused, () => backend.problems(xml));
    expect(error.code).toBe('xml-unsupported');
    expect(error.data.path).toBe(error.data.findings?.[0]?.path);
    expect(error.data.findings?.map(({ path }) => path).toSorted()).toEqual(['/domain/cputune', '/domain/devices/interface/@type']);
    const other = new TapestryError('qemu-exited', 'It ended.');
    expect(await withObstacles(other, () => Promise.reject(new Error('was asked')))).toBe(other);
  });

  test('is nothing for a machine that starts', async () => {
    expect(await backend.problems(domainXml("<interface type='user'><model type='virtio'/></interface>"))).toEqual([]);
    expect(await backend.problems('<domain')).toMatchObject([{ severity: 'error', line: 1 }]);
  });
});

describe('hints that only a daemon with root’s rights follows', () => {
  const hints =
    "<cputune><shares>512</shares></cputune><blkiotune><weight>800</weight></blkiotune><memtune><hard_limit unit='GiB'>1</hard_limit></memtune>" +
    "<resource><partition>/production</partition></resource><perf><event name='cmt' enabled='yes'/></perf><on_lockfailure>pause</on_lockfailure>" +
    "<numatune><memory mode='strict' placement='auto'/></numatune><memoryBacking><hugepages/></memoryBacking>" +
    "<seclabel type='static' model='selinux'><label>a</label></seclabel><seclabel type='static' model='dac'><label>+0:+0</label></seclabel>";
  const xml = domainXml('', { top: hints }).replace('<vcpu>', "<vcpu placement='static' cpuset='0-1'>");

  test('each can be set aside, stays in the XML, and is told as a note', async () => {
    const problems = await backend.problems(xml);
    const parts = problems.flatMap(({ fixes = [] }) =>
      fixes.flatMap(({ kind, path }) => (kind === 'set-aside' && path !== undefined ? [path] : [])),
    );
    expect(problems.filter(({ fixes }) => fixes === undefined)).toEqual([]);
    const noted = withSetAside(parseXml(xml), parts).text;
    // Planning may have stopped at one of two in the same place: then the next round shows the other.
    const left = (await backend.problems(noted)).filter(({ severity }) => severity !== 'note');
    const all = withSetAside(parseXml(xml), [...parts, ...left.flatMap(({ fixes = [] }) => fixes.flatMap(({ path }) => path ?? []))]).text;
    const notes = await backend.problems(all);
    expect(notes.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(notes.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        '/domain/cputune',
        '/domain/vcpu/@cpuset',
        '/domain/memtune',
        '/domain/blkiotune',
        '/domain/resource',
        '/domain/perf',
      ]),
    );
    expect(all.replace(/<metadata>.*?<\/metadata>/s, '').replaceAll(/\s/g, '')).toBe(xml.replaceAll(/\s/g, ''));
    const { plan } = await backend.prepare(all, paths);
    expect(plan.liveXml).toContain('<cputune>');
  });

  test('the note is written beside other notes, changes, and goes', () => {
    const document = parseXml(
      "<domain type='qemu'>\n  <name>a</name>\n  <metadata>\n    <x:y xmlns:x='urn:x'/>\n  </metadata>\n</domain>\n",
    );
    const once = withSetAside(document, ['/domain/seclabel[2]', '/domain/cputune']);
    expect(setAsideParts(once)).toEqual(['/domain/seclabel', '/domain/cputune']);
    expect(once.text).toContain("<x:y xmlns:x='urn:x'/>");
    expect(withSetAside(once, ['/domain/cputune', '/domain/seclabel'])).toBe(once);
    expect(setAsideParts(withSetAside(once, ['/domain/perf']))).toEqual(['/domain/perf']);
    expect(withSetAside(once, []).text).toBe(document.text);
  });

  test('what the guest sees can not', async () => {
    const set = withSetAside(parseXml(domainXml(virtualNetwork)), ['/domain/devices/interface/@type', '/domain/devices']).text;
    expect(await pathsOf(set)).toEqual(['unsupported /domain/devices/interface/@type']);
  });
});
