import { describe, expect, it } from 'vitest';
import { seeded } from '../testing/seeded.ts';
import { RfbClientFilter, type RfbRights } from './rfb-client-filter.ts';

const handshake = Buffer.from('RFB 003.008\n\u0001\u0001', 'latin1');
const update = Buffer.from([3, 1, 0, 0, 0, 0, 0, 10, 0, 10]);
const encodings = Buffer.from([2, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1]);
const format = Buffer.concat([Buffer.from([0]), Buffer.alloc(19, 7)]);
const sound = Buffer.from([255, 1, 0, 2, 1, 2, 0, 0, 0xac, 0x44]);
const key = Buffer.from([4, 1, 0, 0, 0, 0, 0, 0x61]);
const pointer = Buffer.from([5, 1, 0, 1, 0, 1]);
const extendedKey = Buffer.from([255, 0, 0, 1, 0, 0, 0, 0x61, 0, 0, 0, 0x1e]);
const size = Buffer.from([251, 0, 2, 128, 1, 224, 1, 0, ...Array.from({ length: 16 }, () => 4)]);
const power = Buffer.from([250, 0, 1, 2]);
const cut = Buffer.from([6, 0, 0, 0, 0, 0, 0, 3, 4, 4, 4]);
const extendedCut = Buffer.from([6, 0, 0, 0, 0xff, 0xff, 0xff, 0xfb, 4, 4, 4, 4, 4]);

const views = [update, encodings, format, sound];
const inputs = [key, pointer, extendedKey, size, power];
const cuts = [cut, extendedCut];

/** What comes through, given in these pieces. */
const through = (rights: RfbRights, pieces: readonly Uint8Array[]): Buffer => {
  const filter = new RfbClientFilter(rights);
  return Buffer.concat(pieces.map((piece) => filter.pass(piece)));
};

describe('what a viewer says', () => {
  it.each([
    [{ input: false, clipboard: false }, views],
    [{ input: true, clipboard: false }, [...views, ...inputs]],
    [{ input: false, clipboard: true }, [...views, ...cuts]],
    [{ input: true, clipboard: true }, [...views, ...inputs, ...cuts]],
  ])('goes through as far as it may: %o', (rights, passing) => {
    const all = [...views, ...inputs, ...cuts];
    const random = seeded();
    for (let round = 0; round < 200; round++) {
      const said = Array.from({ length: 30 }, () => random.one(all));
      const stream = Buffer.concat([handshake, ...said]);
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < stream.length;) {
        const length = 1 + random.integer(17);
        pieces.push(stream.subarray(at, at + length));
        at += length;
      }
      const expected = Buffer.concat([handshake, ...said.filter((message) => passing.includes(message))]);
      expect(through(rights, pieces).equals(expected)).toBe(true);
    }
  });

  it('is made to share, as every viewer may stay', () => {
    const exclusive = Buffer.concat([handshake.subarray(0, -1), Uint8Array.of(0)]);
    expect(through({ input: true, clipboard: true }, [exclusive]).equals(handshake)).toBe(true);
  });

  it('before version 3.7 chooses no security type', () => {
    const old = Buffer.from('RFB 003.003\n\u0001', 'latin1');
    expect(through({ input: false, clipboard: false }, [old, key, update]).equals(Buffer.concat([old, update]))).toBe(true);
  });

  it.each([
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n')],
    ['a security type that was not offered', Buffer.from('RFB 003.008\n\u0002', 'latin1')],
    ['an unknown message', Buffer.concat([handshake, Uint8Array.of(77)])],
    ['an unknown message of QEMU’s', Buffer.concat([handshake, Uint8Array.of(255, 9)])],
  ])('ends it: %s', (_, bytes) => {
    expect(() => through({ input: false, clipboard: false }, [bytes])).toThrow(expect.objectContaining({ code: 'invalid' }));
  });

  it('may be anything: of garbage nothing gets through that was to be dropped', () => {
    const random = seeded('RFB garbage');
    for (let round = 0; round < 2000; round++) {
      const filter = new RfbClientFilter({ input: false, clipboard: false });
      filter.pass(handshake);
      const garbage = Buffer.from(Array.from({ length: 1 + random.integer(400) }, () => random.integer(round % 2 === 0 ? 256 : 7)));
      let out: Uint8Array;
      try {
        out = filter.pass(garbage);
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid' });
        continue;
      }
      // Read anew, it is messages of a viewer that only looks.
      expect(through({ input: false, clipboard: false }, [handshake, out]).equals(Buffer.concat([handshake, out]))).toBe(true);
    }
  });
});
