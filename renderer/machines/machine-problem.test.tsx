import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { XmlProblem } from '../../shared/contract/machines.ts';
import { TapestryError } from '../../shared/errors.ts';
import { go } from '../state/route.ts';
import { FakeApi } from '../testing/fake-api.ts';
import { fakeSummary } from '../testing/fake-machines.ts';
import { renderApp } from '../testing/render-app.tsx';
import { obstaclesOf } from '../machine/use-obstacles.ts';

const findings: readonly XmlProblem[] = [
  {
    severity: 'unsupported',
    path: '/domain/devices/interface/source/@bridge',
    message: 'There is no bridge br0.',
    fixes: [{ kind: 'use-user-network', label: 'Use user networking' }],
  },
  {
    severity: 'unsupported',
    path: '/domain/devices/disk[2]/source/@file',
    message: 'The image /gone.iso is not there.',
    fixes: [{ kind: 'eject', label: 'Eject it', path: '/domain/devices/disk[2]' }],
  },
  { severity: 'error', path: '/domain/cputune', message: 'Weights need a root daemon.' },
  { severity: 'warning', path: '/domain/vcpu', message: 'More than this computer has.' },
];

const open = async (more = {}, problems = findings) => {
  const fake = new FakeApi();
  const machine = fake.add(fakeSummary('web-01', more));
  fake.override['machines.check'] = async ({ xml }) => ({
    problems: problems.filter(
      ({ path }) => !(path.includes('disk[2]') && !xml.includes('iso')) && !(path.includes('interface') && xml.includes("type='user'")),
    ),
  });
  const app = renderApp(fake, `#/machine/${machine.uuid}/details/overview`);
  await screen.findByRole('navigation', { name: 'Devices' });
  return { fake, machine, ...app };
};

describe('what keeps a machine from starting', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('is told at once on opening, each with its place and its buttons, and goes one by one', async () => {
    const { fake, user, machine } = await open();
    expect(await screen.findByText('3 things keep web-01 from starting here.')).toBeTruthy();
    const items = within(screen.getByRole('list', { name: 'Findings' })).getAllByRole('listitem');
    expect(items).toHaveLength(3);
    await user.click(screen.getByRole('button', { name: 'Eject it' }));
    expect(await screen.findByText('2 things keep web-01 from starting here.')).toBeTruthy();
    expect(fake.machines.get(machine.uuid)?.inactive).not.toContain('debian-13.iso');
    // Nobody tried to start it: a fix doesn't either.
    expect(fake.called('machines.act')).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'LAN br0' }));
    expect(await screen.findByRole('heading', { name: /LAN br0/ })).toBeTruthy();
    // Above the form of a device it is one line.
    expect(screen.queryByRole('list', { name: 'Findings' })).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Show Them' }));
    await user.click(screen.getByRole('button', { name: 'Show in the XML' }));
    await waitFor(() => expect(location.hash).toContain('/xml'));
  });

  it('is one callout with the failed start, which is told once', async () => {
    const lastError = { code: 'bridge-missing', message: 'There is no bridge br0.', path: findings[0]?.path } as const;
    await open({ reason: 'failed', lastError, lastErrorAt: 1000 });
    expect(await screen.findByText('3 things keep web-01 from starting here.')).toBeTruthy();
    expect(screen.getByText('web-01 did not start.')).toBeTruthy();
    expect(screen.getAllByText('There is no bridge br0.')).toHaveLength(1);
    expect(screen.getAllByRole('alert')).toHaveLength(1);
    // QEMU never ran: it has no log.
    expect(screen.queryByRole('button', { name: /QEMU Log/ })).toBeNull();
  });

  it('is mended at once where that asks nothing, in one edit; what asks stays, and its field is marked', async () => {
    const [bridge, image, weights] = findings as readonly [XmlProblem, XmlProblem, XmlProblem];
    const choose = { kind: 'choose-image', label: 'Choose another image' } as const;
    const found = [{ ...image, path: '/domain/devices/disk[1]/source', fixes: [choose] }, bridge, image, { ...weights, fixes: [] }];
    const { fake, user, machine } = await open({}, found);
    await user.click(await screen.findByRole('button', { name: 'Fix 2 and 3' }));
    await waitFor(() => expect(screen.queryByRole('button', { name: /^Fix / })).toBeNull());
    expect(fake.called('machines.define')).toHaveLength(1);
    const stored = fake.machines.get(machine.uuid)?.inactive ?? '';
    expect(stored).toContain(`<interface type='user'>`);
    expect(stored).not.toContain('debian-13.iso');
    expect(fake.called('machines.act'), 'nobody tried to start it').toEqual([]);
    go({ page: 'machine', ...refOf(machine), tab: 'details', device: 'disk' });
    const field = await screen.findByRole('textbox', { name: 'Image' });
    const heard = () => document.getElementById(field.getAttribute('aria-describedby')?.split(' ').at(-1) ?? '')?.textContent;
    expect(heard()).toBe('Finding 1, above');
    await user.type(field, 'x');
    expect(heard(), 'it is judged anew when it is stored').not.toBe('Finding 1, above');
  });

  it.each(['console', 'details/overview', 'xml'])('is one line above %s in a low window, also where a start failed', async (tab) => {
    vi.stubGlobal('innerHeight', 400);
    const fake = new FakeApi();
    fake.override['machines.check'] = () => Promise.resolve({ problems: [...findings] });
    const failed = { code: 'bridge-missing', message: 'There is no bridge br0.', path: findings[0]?.path ?? '' } as const;
    const machine = fake.add(fakeSummary('web-01', { reason: 'failed', lastError: failed, lastErrorAt: 1000 }));
    const { user } = renderApp(fake, `#/machine/${machine.uuid}/${tab}`);
    await user.click(await screen.findByRole('button', { name: 'Show Them' }));
    expect(screen.getByRole('list', { name: 'Findings' })).toBeTruthy();
  });

  it('keeps its buttons from being used while the connection is lost, and says why', async () => {
    const { fake, user } = await open();
    await screen.findByRole('button', { name: 'Eject it' });
    fake.setStatus({ kind: 'lost', since: Date.now(), attempt: 1, retryAt: null });
    await waitFor(() => expect(screen.getByRole('button', { name: 'Eject it' }).getAttribute('aria-disabled')).toBe('true'));
    await user.click(screen.getByRole('button', { name: 'Eject it' }));
    expect(fake.called('machines.define')).toEqual([]);
    fake.setStatus({ kind: 'open' });
    await waitFor(() => expect(screen.getByRole('button', { name: 'Eject it' }).getAttribute('aria-disabled')).toBeNull());
  });

  it('is nothing while nothing is found', async () => {
    await open({}, findings.slice(3));
    expect(screen.queryByRole('alert')).toBeNull();
  });
});

describe('a failed start', () => {
  const lastError = { code: 'start-failed', message: 'QEMU said no.', detail: 'no' } as const;

  it('is told from every page, and outlives a reload', async () => {
    const fake = new FakeApi();
    const machine = fake.add(fakeSummary('web-01'));
    fake.override['machines.act'] = () => Promise.reject(new TapestryError('start-failed', 'QEMU said no.'));
    const first = renderApp(fake, `#/machine/${machine.uuid}/console`);
    await first.user.click(await screen.findByRole('button', { name: 'Start' }));
    expect(await screen.findByText('web-01 did not start.')).toBeTruthy();
    fake.change(machine.uuid, { reason: 'failed', lastError, lastErrorAt: Date.now() });
    first.unmount();
    renderApp(fake, '#/host');
    expect(await screen.findByText('Did not start')).toBeTruthy();
    expect(screen.getByRole('button', { name: /^All machines ?1 of 1/ })).toBeTruthy();
  });

  it('stays dismissed over a reload, until the next one', async () => {
    const { user, fake, machine, unmount } = await open({ reason: 'failed', lastError, lastErrorAt: 1000 }, []);
    await user.click(await screen.findByRole('button', { name: 'Dismiss this message' }));
    await waitFor(() => expect(screen.queryByText('web-01 did not start.')).toBeNull());
    unmount();
    renderApp(fake, `#/machine/${machine.uuid}/details/overview`);
    await screen.findByRole('navigation', { name: 'Devices' });
    expect(screen.queryByText('web-01 did not start.')).toBeNull();
    fake.change(machine.uuid, { lastErrorAt: 2000 });
    expect(await screen.findByText('web-01 did not start.')).toBeTruthy();
  });
});

it('a failure that the check doesn’t know stands before what it found', () => {
  const error = { code: 'start-failed', message: 'QEMU said no.' } as const;
  expect(obstaclesOf(error, findings).map(({ message }) => message)[0]).toBe('QEMU said no.');
  expect(obstaclesOf(error, [])).toEqual([]);
  expect(obstaclesOf(undefined, findings)).toBe(findings);
});

it('a connection that was lost while something was asked is no obstacle of the machine', () => {
  const error = { code: 'closed', message: 'The connection to Tapestry is lost.' } as const;
  expect(obstaclesOf(error, findings)).toBe(findings);
  expect(obstaclesOf(error, [])).toEqual([]);
});
