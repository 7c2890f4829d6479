import { describe, expect, it } from 'vitest';
import { uidOf } from './peer-user.ts';

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31337 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000  1000        0 31338 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:C001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 31339 1 0000000000000000 20 4 30 10 -1
  10: 0000000000000000FFFF00000100007F:0400 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:00000000 00000000 65534 0 1 1
`;

describe('the user at the other end', () => {
  it('is the one of the socket that goes the other way', () => {
    expect(uidOf(table, 0xc001, 8080)).toBe(1001);
    expect(uidOf(table, 8080, 0xc001)).toBe(1000);
    expect(uidOf(table, 1024, 8080)).toBe(65534);
  });
  it('is nobody when the connection isn’t there', () => {
    expect(uidOf(table, 0xc002, 8080)).toBeUndefined();
    expect(uidOf('', 1, 2)).toBeUndefined();
  });
});
