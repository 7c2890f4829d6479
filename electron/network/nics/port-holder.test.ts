import { once } from 'node:events';
import { createServer } from 'node:net';
import { createSocket } from 'node:dgram';
import { expect, test } from 'vitest';
import { listeners, portHolder } from './port-holder.ts';

test('the sockets that listen on a port, in the kernel’s words', () => {
  const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:9999 01 00000000:00000000 00:00000000 00000000  1000        0 4243 1 0 100 0 0 10 0
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 17 1 0 100 0 0 10 0
`;
  expect(listeners(text, 'tcp', 8080)).toEqual([{ inode: '4242', uid: 1000 }]);
  expect(listeners(text, 'tcp', 22)).toEqual([{ inode: '17', uid: 0 }]);
  expect(listeners(text, 'tcp', 23)).toEqual([]);
});

test('our own listeners, of both protocols', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  try {
    await Promise.all([once(server, 'listening'), once(socket, 'listening')]);
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    expect(await portHolder('tcp', port)).toMatchObject({ pid: process.pid });
    expect(await portHolder('udp', socket.address().port)).toMatchObject({ pid: process.pid });
  } finally {
    server.close();
    socket.close();
  }
});
