import { inflateSync } from 'node:zlib';
import type { Picture } from './rfb-client.ts';

/** Reads a PNG as QEMU writes it: 8 bits a colour, three or four colours, not interlaced. */
export function readPng(png: Buffer): Picture {
  const [width, height, kind] = [png.readUInt32BE(16), png.readUInt32BE(20), png[25]];
  const samples = kind === 6 ? 4 : 3;
  const data: Buffer[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const raw = inflateSync(Buffer.concat(data));
  const stride = width * samples;
  const rows = Buffer.alloc(height * stride);
  const rgb = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x++) {
      const left = x < samples ? 0 : (rows[y * stride + x - samples] ?? 0);
      const up = y === 0 ? 0 : (rows[(y - 1) * stride + x] ?? 0);
      const corner = x < samples || y === 0 ? 0 : (rows[(y - 1) * stride + x - samples] ?? 0);
      const guess = left + up - corner;
      const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
      const paeth = a <= b && a <= c ? left : b <= c ? up : corner;
      const add = [0, left, up, (left + up) >> 1, paeth][filter] ?? 0;
      rows[y * stride + x] = (raw[y * (stride + 1) + 1 + x] ?? 0) + add;
    }
    for (let x = 0; x < width; x++) rows.copy(rgb, (y * width + x) * 3, y * stride + x * samples, y * stride + x * samples + 3);
  }
  return { width, height, rgb };
}

/** The part of pixels that two pictures have alike, 0 to 1; 0 where they aren't of one size. */
export function alike(a: Picture, b: Picture): number {
  if (a.width !== b.width || a.height !== b.height) return 0;
  let same = 0;
  for (let at = 0; at < a.rgb.length; at += 3) if (a.rgb.compare(b.rgb, at, at + 3, at, at + 3) === 0) same++;
  return (same * 3) / a.rgb.length;
}
