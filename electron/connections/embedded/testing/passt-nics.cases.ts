import { lastWords } from '../../../network/testing/last-words.ts';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import type { NamespaceCases } from '../../../network/testing/namespace.ts';
import { rejectsWith, until } from '../../../network/testing/tools.ts';
import { guestCommandLine } from '../../../guest/command-line.ts';
import { GuestShell } from './guest-shell.ts';
import { never, NicMachine } from './nic-machine.ts';
import { passtRuns, passts, listening, wayOut, passt, forward, passtOf, command, exchange, network } from './hotplug-tools.ts';

export const cases: NamespaceCases = {
  'passt: forwards from the start; others while the machine runs, under the same NIC; plugged in and out': {
    as: ['root', 'user'],
    needs: ['passt', 'qemu-system-x86_64'],
    prepare: wayOut,
    run: async () => {
      const machine = new NicMachine();
      await machine.open();
      await machine.define(passt('1', forward(7001)));
      await machine.act('start');
      const { pid } = await machine.connection.domains.get(machine.uuid);
      assert.ok(listening(7001), 'a forward of the definition is there from the start');
      const first = passtOf(machine, 'net0');
      assert.ok(passtRuns(first));
      const change = (how: 'add' | 'remove', hostPort: number, scope: 'live' | 'both' = 'both') =>
        machine.connection.networks.forward({ machine: machine.uuid, alias: 'net0', how, proto: 'tcp', hostPort, guestPort: 22, scope });

      await change('add', 7002);
      assert.ok(listening(7001) && listening(7002));
      const second = passtOf(machine, 'net0');
      assert.notEqual(second, first);
      assert.deepEqual(passts(), [second]);
      assert.equal((await machine.connection.domains.get(machine.uuid)).pid, pid);
      // What the new one sends reaches the NIC: a connection to the new port becomes a packet.
      const dump = path.join(machine.folder, 'packets');
      await command(machine, 'object-add', { 'qom-type': 'filter-dump', id: 'dump', netdev: 'hostnet0', file: dump });
      const caller = createConnection(7002, '127.0.0.1').on('error', () => undefined);
      await until(() => readFileSync(dump).length > 24, 'a packet through the new passt');
      caller.destroy();
      await command(machine, 'object-del', { id: 'dump' });
      const xmls = async () => machine.connection.domains.xml(machine.uuid);
      for (const text of [(await xmls()).live, (await xmls()).inactive]) assert.match(text ?? '', /start=.7002. to=.22./);
      assert.match(lastWords((await machine.strips())[0]?.timeline), /passt \d+ replaced by \d+ .*connections through it broke/);
      assert.equal((await machine.strips())[0]?.link, 'up');

      // A port that is taken: nothing changes, not even the process.
      const taken = createServer().listen(7003);
      await once(taken, 'listening');
      await rejectsWith(change('add', 7003) ?? Promise.resolve(), 'invalid');
      assert.equal(passtOf(machine, 'net0'), second);
      taken.close();
      await once(taken, 'close');

      // The app's next life changes what an earlier one began.
      await machine.close();
      await machine.open();
      await change('remove', 7001);
      await until(() => !listening(7001), 'the removed forward is gone');
      assert.ok(listening(7002));
      assert.doesNotMatch((await xmls()).inactive ?? '', /7001/);

      // A second NIC, plugged and unplugged.
      await machine.device('attach', passt('2', forward(7004)), 'live');
      const plugged = passtOf(machine, 'net1');
      assert.ok(passtRuns(plugged) && listening(7004));
      assert.match(await network(machine), /net1.*hostnet1/s);
      // A passt that can't serve: no process, no netdev.
      const inUse = await rejectsWith(machine.device('attach', passt('3', forward(7004)), 'live'), 'start-failed');
      assert.match(inUse.message, /^TCP port 7004 of this computer is in use\.$/);
      assert.match(inUse.data.path ?? '', /\/portForward\/range\/@start$/);
      assert.doesNotMatch(await network(machine), /hostnet2/);
      assert.equal(passts().length, 2);
      await machine.device('detach', passt('2'), 'live');
      await machine.reset();
      await until(() => !passtRuns(plugged), 'its passt is gone with the NIC');
      await until(() => !listening(7004), 'and its port');

      await machine.act('destroy');
      await until(() => passts().length === 0, 'no passt is left');
      assert.ok(!existsSync(path.join(machine.folder, 's', machine.uuid)));
      await machine.close();
    },
  },
  'passt: a live change that can’t be stored, and one whose passt can’t serve, are taken back': {
    as: ['root'],
    needs: ['passt', 'qemu-system-x86_64'],
    prepare: wayOut,
    run: async () => {
      const machine = new NicMachine();
      await machine.open();
      await machine.define(
        passt('1', forward(7001)) + "<interface type='user'><mac address='52:54:00:00:00:02'/><model type='virtio'/></interface>",
      );
      await machine.act('start-paused');
      const before = await machine.connection.domains.xml(machine.uuid);
      const definitions = path.join(machine.folder, 'm');
      execFileSync('mount', ['--bind', definitions, definitions]);
      execFileSync('mount', ['-o', 'remount,bind,ro', definitions]);
      for (const [alias, how, hostPort] of [
        ['net0', 'add', 7002],
        ['net0', 'remove', 7001],
        ['net1', 'add', 7005],
      ] as const) {
        const asked = machine.connection.networks.forward({
          machine: machine.uuid,
          alias,
          how,
          proto: 'tcp',
          hostPort,
          guestPort: 22,
          scope: 'both',
        });
        await rejectsWith(asked ?? Promise.resolve(), 'io');
        assert.deepEqual(await machine.connection.domains.xml(machine.uuid), before, `${how} ${hostPort} of ${alias}`);
        await until(() => listening(7001) && !listening(7002) && !listening(7005), `the ports are as before ${how} ${hostPort}`);
      }
      execFileSync('umount', [definitions]);
      assert.equal(passts().length, 1);
      // passt itself says no: an address that this host hasn't got.
      const refused = machine.connection.networks.forward({
        machine: machine.uuid,
        alias: 'net0',
        how: 'add',
        proto: 'tcp',
        hostAddress: '10.77.0.1',
        hostPort: 7006,
        guestPort: 22,
        scope: 'both',
      });
      await rejectsWith(refused ?? Promise.resolve(), 'invalid');
      assert.deepEqual(await machine.connection.domains.xml(machine.uuid), before);
      await machine.act('destroy');
      await machine.close();
    },
  },
  'a real guest is reached through forwards of passt and of slirp; keeps its address while passt is replaced; and is re-plugged': {
    as: ['root'],
    needs: ['passt', 'qemu-system-x86_64'],
    prepare: wayOut,
    run: async () => {
      const machine = new NicMachine();
      await machine.open();
      const serial = path.join(machine.folder, 'serial');
      const guest = new GuestShell();
      await guest.listen(serial);
      const kernel = process.env['TAPESTRY_TEST_KERNEL'] ?? '';
      const initrd = process.env['TAPESTRY_TEST_INITRD'] ?? '';
      const nic = (mac: string) =>
        `<interface type='user'><mac address='${mac}'/><portForward proto='tcp'><range start='7001' to='8080'/></portForward><model type='virtio'/><backend type='passt'/></interface>`;
      const slirp = `<interface type='user'><mac address='52:54:00:00:00:03'/><portForward proto='tcp' address='127.0.0.1'><range start='7009' to='8080'/></portForward><model type='virtio'/></interface>`;
      const append = guestCommandLine({ autologin: true, hostname: 'guest' });
      machine.uuid = (
        await machine.connection.domains.define({
          xml: `<domain type='qemu'><name>guest</name><memory unit='MiB'>160</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type><kernel>${kernel}</kernel><initrd>${initrd}</initrd><cmdline>${append}</cmdline></os><features><acpi/></features><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>${nic('52:54:00:00:00:01')}${slirp}<serial type='unix'><source mode='connect' path='${serial}'/></serial></devices></domain>`,
        })
      ).uuid;
      await machine.act('start');
      await guest.see('guest:~# ');
      const addresses = () => guest.run('ip -4 address show eth0 | grep -o "inet [0-9.]*"; cat /sys/class/net/eth0/carrier_changes');
      await until(async () => (await addresses()).includes('inet 10.1.0.2'), 'the guest has its address of passt');
      /** Asks passt for the address again: what answers serves the guest. */
      const asks = () => guest.run('udhcpc -i eth0 -n -q -t 20 -T 1 -s /bin/true 2>&1 | grep -o "lease of [0-9.]* obtained from"');
      assert.match(await asks(), /lease of 10\.1\.0\.2 obtained/);
      await exchange(guest, 7001, 8080);
      await guest.run('ip link set eth1 up; ip address add 10.0.2.15/24 dev eth1');
      await exchange(guest, 7009, 8080);
      const before = await addresses();

      await machine.connection.networks.forward({
        machine: machine.uuid,
        alias: 'net0',
        how: 'add',
        proto: 'tcp',
        hostPort: 7002,
        guestPort: 8080,
        scope: 'live',
      });
      assert.ok(listening(7001) && listening(7002));
      assert.equal(await addresses(), before, 'address and carrier of the guest stayed');
      await exchange(guest, 7002, 8080);
      await exchange(guest, 7001, 8080);
      assert.match(await asks(), /lease of 10\.1\.0\.2 obtained/, 'and the new passt serves it');

      // Its guest lets go at once; the new card has another MAC, and takes its address anew.
      const replugged = await machine.connection.domains.device(
        { machine: machine.uuid, how: 'update', xml: nic('52:54:00:00:00:77'), scope: 'live', replug: true, alias: 'net0' },
        never,
      );
      assert.deepEqual([replugged.state, replugged.replugged], ['done', true]);
      await until(
        async () => (await guest.run('cat /sys/class/net/*/address')).includes('52:54:00:00:00:77'),
        'the guest has the new card',
      );
      assert.doesNotMatch(await guest.run('cat /sys/class/net/*/address'), /52:54:00:00:00:01/);
      await machine.act('destroy');
      guest.close();
      await machine.close();
    },
  },
};
