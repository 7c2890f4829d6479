import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { interfaces, scratch, until } from '../../../network/testing/tools.ts';
import { openNamed, type NamedConnection } from './named-connection.ts';
import { never } from './fixture.ts';

export { never };

/** A connection of a case's own with one machine, in the case's network namespace; what runs is ended with it. */
export class NicMachine {
  readonly folder = scratch();
  connection!: NamedConnection;
  uuid = '';
  readonly unexpected: unknown[] = [];

  /** Opens the connection; again after {@link close} it is the app's next life. */
  async open(): Promise<NamedConnection> {
    const of = (name: string) => path.join(this.folder, name);
    const directories = {
      machines: of('m'),
      sockets: of('s'),
      state: of('t'),
      logs: of('l'),
      recordings: of('r'),
      images: of('i'),
      cache: of('c'),
    };
    for (const directory of Object.values(directories)) mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.connection = await openNamed({ directories, log: (error) => this.unexpected.push(error) });
    return this.connection;
  }

  /** Stores the machine `nics` with these elements, in place of what it had. */
  async define(elements: string, machine = 'pc'): Promise<void> {
    const xml = `<domain type='qemu'><name>nics</name><uuid>3fa90c12-0000-4000-8000-0000000000aa</uuid><memory unit='MiB'>32</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='${machine}'>hvm</type></os><features><acpi/></features><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>${elements}</devices></domain>`;
    this.uuid = (await this.connection.domains.define({ xml })).uuid;
  }

  act(action: 'start' | 'start-paused' | 'suspend' | 'resume' | 'destroy'): Promise<unknown> {
    return this.connection.domains.act(this.uuid, action, never);
  }

  /** Starts the guest anew, which lets go of what it was asked to. */
  reset(): Promise<unknown> {
    return this.connection.domains.act(this.uuid, 'reset', never);
  }

  /** Plugs, changes or unplugs in the running machine, and in the definition with `both`. */
  device(how: 'attach' | 'update' | 'detach', xml: string, scope: 'live' | 'config' | 'both' = 'live') {
    return this.connection.domains.device({ machine: this.uuid, how, xml, scope }, never);
  }

  /** The strips of its NICs. */
  async strips() {
    return (await this.connection.networks.nic(this.uuid)) ?? [];
  }

  /** Is it off, as everybody sees it? */
  async isOff(): Promise<boolean> {
    const { pid, state } = await this.connection.domains.get(this.uuid);
    return pid === null && state === 'shut off' && (await this.connection.domains.xml(this.uuid)).live === null;
  }

  /** Forces it off and waits until exactly these interfaces are left. */
  async stop(left: readonly string[]): Promise<void> {
    await this.act('destroy');
    await until(async () => (await interfaces()).join(' ') === left.join(' '), 'the machine’s devices are gone');
    assert.ok(await this.isOff());
  }

  /** Ends the app’s life; machines go on. */
  async close(): Promise<void> {
    await this.connection.close();
    assert.deepEqual(this.unexpected, []);
  }
}
