import { screen } from '@testing-library/react';
import { FakeApi } from './fake-api.ts';
import { fakeSummary } from './fake-machines.ts';
import { fakeHost, fakeNic } from './fake-network.ts';
import { renderApp } from './render-app.tsx';

/** MAC of the NIC that {@link openNic} opens. */
export const nicMac = '52:54:00:7a:1c:12';

/** Address of the page of a machine's NIC {@link nicMac}. */
export function nicAddress(uuid: string): string {
  return `#/machine/${uuid}/details/${encodeURIComponent(`interface-${nicMac}`)}`;
}

/**
 * The window on the page of web-01's NIC, which is on br0; web-02 is beside it.
 * @param more of web-01
 * @param prepare what the host is besides, before the page is opened
 */
export async function openNic(more = {}, prepare: (fake: FakeApi) => void = () => undefined) {
  const fake = new FakeApi();
  fake.interfaces = fakeHost;
  const machine = fake.add(fakeSummary('web-01', more));
  fake.add(fakeSummary('web-02', { macs: ['52:54:00:7a:1c:13'] }));
  const other = fake.machines.get(fakeSummary('web-02').uuid);
  if (other) other.inactive = other.inactive?.replace(nicMac, '52:54:00:7a:1c:13') ?? null;
  fake.nics.set(machine.uuid, [fakeNic()]);
  prepare(fake);
  const app = renderApp(fake, nicAddress(machine.uuid));
  await screen.findByRole('heading', { name: /^LAN / });
  return { fake, machine, ...app };
}
