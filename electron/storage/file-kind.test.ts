import { describe, expect, it } from 'vitest';
import { fileKindOf } from './file-kind.ts';

const head = (...parts: readonly (readonly [at: number, bytes: string | readonly number[]])[]): Uint8Array => {
  const bytes = Buffer.alloc(0x8006);
  for (const [at, part] of parts) bytes.set(typeof part === 'string' ? Buffer.from(part, 'latin1') : part, at);
  return bytes;
};
const text = (content: string) => Buffer.from(content);

describe('fileKindOf', () => {
  it.each<[string, Uint8Array, object]>([
    ['qcow2', head([0, [0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3]]), { kind: 'disk', format: 'qcow2' }],
    ['vmdk', head([0, 'KDMV']), { kind: 'disk', format: 'vmdk' }],
    ['vdi', head([0x40, [0x7f, 0x10, 0xda, 0xbe]]), { kind: 'disk', format: 'vdi' }],
    ['vhdx', head([0, 'vhdxfile']), { kind: 'disk', format: 'vhdx' }],
    ['MBR', head([446, [0x80, 0, 0, 0, 0x83]], [510, [0x55, 0xaa]]), { kind: 'disk', format: 'raw', partitions: 'mbr' }],
    ['GPT', head([450, [0xee]], [510, [0x55, 0xaa]], [512, 'EFI PART']), { kind: 'disk', format: 'raw', partitions: 'gpt' }],
    ['GPT of large sectors', head([510, [0x55, 0xaa]], [4096, 'EFI PART']), { kind: 'disk', format: 'raw', partitions: 'gpt' }],
    ['ext4', head([1080, [0x53, 0xef]]), { kind: 'disk', format: 'raw', partitions: null }],
    ['FAT', head([0, 'é<.mkfs'], [82, 'FAT32'], [446, 'text'], [510, [0x55, 0xaa]]), { kind: 'disk', format: 'raw', partitions: null }],
    ['ISO', head([0x8001, 'CD001']), { kind: 'iso', format: 'raw', partitions: null }],
    ['hybrid ISO', head([0x8001, 'CD001'], [446, [0x80, 0, 0, 0, 0x17]], [510, [0x55, 0xaa]]), { kind: 'iso', partitions: 'mbr' }],
    ['gzip', head([0, [0x1f, 0x8b, 8]]), { kind: 'compressed', compression: 'gzip' }],
    ['xz', head([0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]]), { kind: 'compressed', compression: 'xz' }],
    ['zstd', head([0, [0x28, 0xb5, 0x2f, 0xfd]]), { kind: 'compressed', compression: 'zstd' }],
    ['bzip2', head([0, 'BZh9'], [4, [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]]), { kind: 'compressed', compression: 'bzip2' }],
    ['OVA', head([0, 'appliance.ovf'], [257, 'ustar']), { kind: 'ova', format: null }],
    ['tar', head([0, 'other.txt'], [257, 'ustar']), { kind: 'archive' }],
    ['zip', head([0, [0x50, 0x4b, 3, 4]]), { kind: 'archive' }],
    ['domain XML', text(`<?xml version='1.0'?>\n<!-- mine -->\n<domain type='kvm'>\n</domain>\n`), { kind: 'domain-xml', format: null }],
    ['domain XML without a declaration', text(`  <domain/>`), { kind: 'domain-xml' }],
    ['OVF', text(`<?xml version="1.0"?><Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1">`), { kind: 'ovf' }],
    ['other XML', text(`<pool type='dir'>`), { kind: 'unknown' }],
    ['zeros', head(), { kind: 'unknown', format: null }],
    ['a boot mark without partitions', head([510, [0x55, 0xaa]]), { kind: 'unknown', partitions: null }],
    ['nothing', new Uint8Array(), { kind: 'empty' }],
    ['one byte', text('x'), { kind: 'unknown' }],
  ])('%s', (_name, bytes, expected) => expect(fileKindOf(bytes)).toMatchObject(expected));
});
