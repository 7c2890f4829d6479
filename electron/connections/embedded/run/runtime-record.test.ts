import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { NicStep } from '../../../../shared/contract/nic-steps.ts';
import { nicStepWords } from '../../../../shared/words/nic-step-words.ts';
import type { NicRecord } from '../../../network/nics/nic-record.ts';
import { readRecordText, recordText, recordVersion } from './runtime-record.ts';

const uuid = '7a1f8c1e-54d0-4e0c-9a57-0c5a3b5d1e01';

/** As version 1 wrote it. */
const first = {
  version: 1,
  uuid,
  name: 'keeper',
  phase: 'running',
  id: 3,
  qemu: { pid: 4321, startTime: 99_887 },
  monitor: `/run/user/1000/tapestry/${uuid}/qmp.sock`,
  log: `/home/u/.local/state/tapestry/logs/${uuid}.log`,
  logOffset: 2048,
  startedAt: 1_700_000_000_000,
  state: { state: 'paused', reason: 'user' },
  liveXml: "<domain type='qemu' id='3'/>",
  definition: "<domain type='qemu'/>",
  undefined: { nvram: 'keep' },
  startPaused: false,
  nics: [
    {
      alias: 'net0',
      type: 'bridge',
      device: 'vt1',
      ifindex: 7,
      queues: 1,
      mtu: 1500,
      created: true,
      downscript: null,
      processId: null,
      createdBy: { who: 'u', pid: 1, at: 5 },
      descriptors: [30],
      timeline: [{ at: 5, kind: 'created', text: 'made' }],
    },
  ],
  consoles: [{ alias: 'serial0', label: 'Serial 1', interactive: true }],
  images: [{ path: '/i.qcow2', readOnly: false, shareable: false, element: '/domain/devices/disk', format: 'qcow2' }],
  diverged: false,
  detachPending: ['net1'],
};

const read = (record: object) => {
  const reading = readRecordText(JSON.stringify(record), '/r');
  if (reading.kind !== 'read') throw reading.error;
  return reading;
};

describe('a record of another version', () => {
  it('is read whole when version 1 wrote it, and written as this version', () => {
    const { record, newer } = read(first);
    expect(newer).toBe(false);
    const { version: _version, ...known } = first;
    expect(record).toMatchObject({ ...known, boot: null, computer: null, rebootAskedAt: null, replugs: [] });
    const again = JSON.parse(recordText(record)) as object;
    const { nics: _nics, ...same } = first;
    expect(again).toMatchObject({ ...same, version: recordVersion });
    expect(read(again).record).toEqual(record);
  });

  it('keeps the fields and words that only a newer one knows, at every depth, and its version', () => {
    const newer = {
      ...first,
      version: 7,
      cloned: { from: 'other' },
      phase: 'handing over',
      undefined: { nvram: 'shred', snapshots: 'keep' },
      nics: first.nics.map((nic) => ({ ...nic, offload: true, timeline: [{ at: 5, kind: 'teleported', text: 'gone', to: 'b' }] })),
      images: first.images.map((image) => ({ ...image, mirror: '/m' })),
      consoles: first.consoles.map((port) => ({ ...port, colour: 'green' })),
    };
    const { record, newer: told } = read(newer);
    expect(told).toBe(true);
    expect(record.phase).toBe('running');
    expect(record.undefined?.nvram).toBe('keep');
    expect(record.nics[0]?.timeline[0]).toMatchObject({ kind: 'other', text: 'gone' });
    const nics = record.nics.map((nic): NicRecord => ({
      ...nic,
      timeline: [...nic.timeline, { at: 6, kind: 'up', text: 'up' }],
      fault: 'unplugged',
    }));
    const again = JSON.parse(recordText({ ...record, name: 'renamed', nics })) as typeof newer;
    expect(again).toMatchObject({
      version: 7,
      cloned: { from: 'other' },
      phase: 'handing over',
      name: 'renamed',
      images: [{ mirror: '/m' }],
      consoles: [{ colour: 'green' }],
    });
    expect(again.nics[0]).toMatchObject({ offload: true, fault: 'unplugged' });
    expect(again.nics[0]?.timeline).toEqual([
      { at: 5, kind: 'teleported', text: 'gone', to: 'b' },
      { at: 6, kind: 'up', text: 'up' },
    ]);
  });

  it('has the steps of a NIC as data, and beside them what earlier versions know steps by', () => {
    const { record } = read(first);
    const step: NicStep = {
      at: 6.5,
      kind: 'moved',
      device: 'vt1',
      bridge: 'br1',
      mtu: 1500,
      by: { program: 'tapestry-net-helper', pid: 9 },
    };
    const replugged: NicStep = { at: 7, kind: 'replugged' };
    const nics = record.nics.map((nic) => ({ ...nic, timeline: [...nic.timeline, step, replugged] }));
    const again = JSON.parse(recordText({ ...record, nics })) as { nics: { timeline: unknown[] }[] };
    expect(read(again).record.nics[0]?.timeline).toEqual([{ at: 5, kind: 'created', text: 'made' }, step, replugged]);
    // As the version before read a step: it shows it, and takes a kind that it doesn't know for another one.
    const earlier = z.looseObject({ at: z.number(), kind: z.string(), text: z.string(), by: z.string().optional() });
    expect(again.nics[0]?.timeline.map((one) => earlier.parse(one))).toMatchObject([
      { kind: 'created', text: 'made' },
      { kind: 'moved', text: 'vt1 moved to br1, MTU 1500', by: 'tapestry-net-helper, pid 9' },
      { kind: 'replugged', text: 're-plugged: the guest has a new card' },
    ]);
  });

  it('shows the sentences of a machine that the version before started as they were told', () => {
    // As version 2 wrote it, with a NIC that had lost its bridge.
    const timeline = [
      { at: 5, kind: 'created', text: 'TAP vt1 made (TAP, NO_PI; 1 queue)', by: 'tapestry-net-helper, pid 8' },
      { at: 6, kind: 'other', text: 'isolated from other isolated ports', by: 'tapestry-net-helper, pid 9' },
      { at: 7, kind: 'lost', text: 'left br0: the bridge is gone' },
    ];
    const second = {
      ...first,
      version: 2,
      boot: 'b',
      computer: 'c',
      nics: first.nics.map((nic) => ({ ...nic, socket: null, timeline, fault: 'left br0: the bridge is gone' })),
    };
    const { record } = read(second);
    expect(record.nics[0]?.timeline.map(nicStepWords)).toEqual(timeline.map(({ text }) => text));
    expect(JSON.parse(recordText(record))).toMatchObject({ nics: second.nics });
  });

  it('keeps a field that a newer one writes otherwise, and reads the others', () => {
    const newer = { ...first, version: 3, qemu: { pidfd: 'inode 7' }, diverged: 'in two places' };
    const reading = readRecordText(JSON.stringify(newer), '/r');
    expect(reading).toMatchObject({ kind: 'damaged', part: { name: 'keeper', id: 3, images: first.images } });
  });

  it('reads a word that it doesn’t know as one that ends nothing', () => {
    for (const phase of ['saving', 'startinf', '']) expect(read({ ...first, phase }).record.phase).toBe('running');
    expect(read({ ...first, state: { state: 'saving', reason: 'x' } }).record.state).toMatchObject({ state: 'unknown', reason: 'x' });
  });
});

describe('a damaged record', () => {
  it.each(['', '{', 'null', '[]', '"text"', '{"version":1}', '\u0000'])('is told from one that can be read: %j', (text) => {
    expect(readRecordText(text, '/r')).toMatchObject({ kind: 'damaged', error: { code: 'io' } });
  });

  it('keeps the NICs and images that can be read beside one that can’t', () => {
    const [nic] = first.nics;
    const reading = readRecordText(JSON.stringify({ ...first, nics: [{ ...nic, alias: 5 }, nic], images: [null, ...first.images] }), '/r');
    expect(reading).toMatchObject({ kind: 'damaged', part: { nics: [{ alias: 'net0' }], images: first.images } });
  });

  it.each(Object.keys(first).filter((name) => !['version', 'undefined'].includes(name)))(
    'costs no other field when %s is wrong',
    (name) => {
      const { version: _version, ...rest } = first;
      const others = Object.fromEntries(Object.entries(rest).filter(([one]) => one !== name && one !== 'nics'));
      for (const wrong of [undefined, null, { odd: 1 }]) {
        if (name === 'qemu' && wrong === null) continue;
        const reading = readRecordText(JSON.stringify({ ...first, [name]: wrong }), '/r');
        expect(reading).toMatchObject({ kind: 'damaged', part: others });
      }
    },
  );
});
