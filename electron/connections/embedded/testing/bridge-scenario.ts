import { nicStepWords } from '../../../../shared/words/nic-step-words.ts';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { until } from '../../../consoles/testing/until.ts';
import { openNamed } from './named-connection.ts';
import type { EmbeddedDirectories } from '../ports/ports.ts';

/*
 * Runs in a network namespace of its own (argv[2]: directories as JSON): bridge NICs of a real QEMU, looked at from the outside.
 * Ends with status 0 when everything held.
 */
const directories = JSON.parse(process.argv[2] ?? '') as EmbeddedDirectories;
const never = new AbortController().signal;
const ip = (...argv: string[]) => execFileSync('ip', argv, { encoding: 'utf8' });
const masterOf = (device: string) => readlinkSync(`/sys/class/net/${device}/master`).split('/').at(-1);
const taps = () =>
  (JSON.parse(ip('-j', 'link', 'show')) as { ifname: string }[])
    .map(({ ifname }) => ifname)
    .filter((name) => existsSync(`/sys/class/net/${name}/tun_flags`));

ip('link', 'set', 'lo', 'up');
for (const bridge of ['br0', 'br1']) {
  ip('link', 'add', bridge, 'type', 'bridge');
  ip('link', 'set', bridge, 'up');
}

const unexpected: unknown[] = [];
const openIt = () => openNamed({ directories, log: (error) => unexpected.push(error) });
let connection = await openIt();
const nicXml = (bridge: string, more = '') =>
  `<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='${bridge}'/><model type='virtio'/>${more}</interface>`;
await connection.domains.define({
  xml: `<domain type='qemu'><name>a</name><memory unit='MiB'>32</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features><devices>${nicXml('br0')}</devices></domain>`,
});
const { domains } = connection;
await domains.act('a', 'start', never);
const [tap = ''] = taps();
assert.equal(taps().length, 1);
assert.equal(masterOf(tap), 'br0');
assert.ok((await domains.xml('a')).live?.includes(`<target dev='${tap}'/>`));
const { pid } = await domains.get('a');
assert.match(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /"fd":"3"/);
const [strip] = (await connection.networks.nic('a')) ?? [];
assert.equal(strip?.device, tap);
assert.ok(strip?.timeline.some(({ kind }) => kind === 'handed'));

// Moved live and for good; the guest's device stays the same.
await domains.device({ machine: 'a', how: 'update', xml: nicXml('br1'), scope: 'both' }, never);
assert.equal(masterOf(tap), 'br1');
assert.match((await domains.xml('a')).inactive ?? '', /bridge='br1'/);
assert.equal((await domains.get('a')).pending, false);
// The way back is known to everybody, and to the next life of the app.
const movedNow = async () => [
  (await domains.get('a')).moved?.map(({ alias, from, to }) => [alias, from, to]),
  (await connection.networks.nic('a'))?.[0]?.moved?.from,
];
assert.deepEqual(await movedNow(), [[['net0', 'br0', 'br1']], 'br0']);
const told: string[] = [];
void (async () => {
  for await (const { text } of connection.host.activity(never)) told.push(text);
})();
await until('the TAP that was made is told', () => told.some((text) => /^Helper \d+ made TAP vt\w+ for “a” and put it on br0$/.test(text)));
await until('its move is told', () => told.some((text) => /^Helper \d+: vt\w+ moved to br1, MTU 1500 \(net0 of “a”\)$/.test(text)));
// A bridge that is not there: nothing changes, live or stored.
await assert.rejects(domains.device({ machine: 'a', how: 'update', xml: nicXml('br9', `<link state='down'/>`), scope: 'both' }, never), {
  code: 'bridge-missing',
});
assert.equal(masterOf(tap), 'br1');
assert.match((await domains.xml('a')).live ?? '', /bridge='br1'/);
assert.match((await domains.xml('a')).inactive ?? '', /bridge='br1'/);

// The element as dumpxml prints it, automatic name of the TAP and all, is what update-device is given by people.
const printed = /<interface.*?<\/interface>/s.exec((await domains.xml('a')).live ?? '')?.[0] ?? '';
assert.ok(printed.includes(`<target dev='${tap}'/>`));
const linkDown = printed.replace('</interface>', "<link state='down'/></interface>");
await domains.device({ machine: 'a', how: 'update', xml: linkDown, scope: 'live' }, never);
assert.deepEqual(
  (await connection.networks.nic('a'))?.map(({ device, link }) => [device, link]),
  [[tap, 'down']],
);
assert.ok((await domains.xml('a')).live?.includes(`<target dev='${tap}'/>`));
await assert.rejects(
  domains.device({ machine: 'a', how: 'update', xml: linkDown.replace(`dev='${tap}'`, "dev='vnet77'"), scope: 'live' }, never),
  { code: 'unsupported-operation', message: /TAP’s name/ },
);
await domains.device({ machine: 'a', how: 'update', xml: printed, scope: 'live' }, never);

// Bandwidth, isolation and coalescing, each seen from the outside and stored; then a flapped link.
const one = nicXml('br1');
const both = (xml: string, linkFlap = false) => domains.device({ machine: 'a', how: 'update', xml, scope: 'both', linkFlap }, never);
const qdisc = () => execFileSync('tc', ['class', 'show', 'dev', tap], { encoding: 'utf8' });
const isolated = () => readFileSync(`/sys/class/net/${tap}/brport/isolated`, 'utf8').trim();
await both(nicXml('br1', "<bandwidth><inbound average='500'/></bandwidth>"));
assert.match(qdisc(), /rate 4096Kbit/);
assert.match((await domains.xml('a')).inactive ?? '', /<inbound average='500'/);
// In and out at once: where this kernel can't limit what comes out, the change fails, and the limit of before is back.
const inAndOut = "<bandwidth><inbound average='700'/><outbound average='300'/></bandwidth>";
const policed = () => execFileSync('tc', ['filter', 'show', 'dev', tap, 'ingress'], { encoding: 'utf8' }).includes('police');
const limited = await both(nicXml('br1', inAndOut)).then(
  () => true,
  (error: unknown) => {
    assert.equal((error as { code?: string }).code, 'unsupported-operation');
    return false;
  },
);
assert.equal(policed(), limited);
assert.match(qdisc(), limited ? /rate 5734Kbit/ : /rate 4096Kbit/);
assert.equal(((await domains.xml('a')).inactive ?? '').includes("<outbound average='300'/>"), limited);
await both(nicXml('br1', "<bandwidth><inbound average='500'/></bandwidth>"));
assert.equal(policed(), false);
assert.match(qdisc(), /rate 4096Kbit/);
await both(nicXml('br1', "<port isolated='yes'/>"));
assert.equal(qdisc(), '');
assert.equal(isolated(), '1');
await both(nicXml('br1', "<coalesce><rx><frames max='7'/></rx></coalesce>"));
assert.equal(isolated(), '0');
assert.match((await domains.xml('a')).live ?? '', /<frames max='7'/);
await both(one, true);
assert.doesNotMatch((await domains.xml('a')).live ?? '', /<frames/);
assert.ok((await connection.networks.nic('a'))?.[0]?.timeline.some((step) => nicStepWords(step).includes('flapped')));
assert.equal((await connection.networks.nic('a'))?.[0]?.link, 'up');

// Stored definitions can't be written: the running machine is put back as it was, by every kind of change.
execFileSync('mount', ['--bind', directories.machines, directories.machines]);
execFileSync('mount', ['-o', 'remount,bind,ro', directories.machines]);
const limit = "<bandwidth><inbound average='500'/></bandwidth>";
for (const xml of [nicXml('br0'), nicXml('br1', "<link state='down'/>"), nicXml('br1', "<port isolated='yes'/>"), nicXml('br1', limit)])
  await assert.rejects(both(xml), { code: 'io' });
await assert.rejects(domains.device({ machine: 'a', how: 'attach', xml: nicXml('br0').replace(':01', ':04'), scope: 'both' }, never), {
  code: 'io',
});
execFileSync('umount', [directories.machines]);
assert.equal(masterOf(tap), 'br1');
assert.deepEqual(await movedNow(), [[['net0', 'br0', 'br1']], 'br0']);
assert.equal(isolated(), '0');
assert.equal(qdisc(), '');
assert.equal((await connection.networks.nic('a'))?.[0]?.link, 'up');
assert.doesNotMatch((await domains.xml('a')).inactive ?? '', /:04|isolated|state='down'|bandwidth/);
// What was plugged is being taken back; the firmware doesn't answer, so a reset finishes it.
await domains.act('a', 'reset', never);
await until('the TAP of the NIC that could not be stored is gone', () => taps().length === 1);

// A second NIC, plugged while it runs; its TAP comes over the monitor.
const second = nicXml('br0').replace(':01', ':02');
await domains.device({ machine: 'a', how: 'attach', xml: second, scope: 'both' }, never);
assert.equal(taps().length, 2);
const other = taps().find((name) => name !== tap) ?? '';
assert.equal(masterOf(other), 'br0');
assert.ok((await domains.xml('a')).live?.includes(`<target dev='${other}'/>`));
// One that fails leaves no TAP and no netdev.
await assert.rejects(domains.device({ machine: 'a', how: 'attach', xml: nicXml('br9').replace(':01', ':03'), scope: 'both' }, never), {
  code: 'bridge-missing',
});
assert.equal(taps().length, 2);
assert.doesNotMatch((await domains.xml('a')).inactive ?? '', /:03/);
// Detach: the firmware doesn't answer, a reset does it; then the TAP is gone.
const detached = await domains.device({ machine: 'a', how: 'detach', xml: second, scope: 'both' }, never);
assert.equal(detached.state, 'pending');

// The app goes and comes back while the detach is pending: NICs, pending detach and control are found again.
await connection.close();
connection = await openIt();
const again = connection.domains;
const strips = (await connection.networks.nic('a')) ?? [];
assert.deepEqual(
  strips.map(({ device, detachPending }) => [device, detachPending]),
  [
    [tap, false],
    [other, true],
  ],
);
assert.equal(strips[0]?.moved?.from, 'br0');
assert.equal((await again.get('a')).moved?.[0]?.to, 'br1');
// Put back, it is no move any more; moved once more and kept there, neither.
const live = (bridge: string) => again.device({ machine: 'a', how: 'update', xml: nicXml(bridge), scope: 'live' }, never);
await live('br0');
assert.equal((await again.get('a')).moved, undefined);
await live('br1');
assert.equal((await again.get('a')).moved?.[0]?.from, 'br0');
await connection.networks.keepMove('a', 'net0');
assert.equal((await again.get('a')).moved, undefined);
assert.equal(masterOf(tap), 'br1');
await again.act('a', 'reset', never);
await until('the second TAP is gone', () => taps().length === 1);
await until('the live XML is without it', async () => !((await again.xml('a')).live ?? '').includes(other));

await again.act('a', 'destroy', never);
await until('no TAP is left', () => taps().length === 0);
assert.deepEqual(unexpected, []);
await connection.close();
