import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { sampleJob } from '../../shared/contract/testing/samples.ts';
import { TapestryError } from '../../shared/errors.ts';
import { useJobPlaces } from '../state/job-place.ts';
import { applyJobEvent } from '../state/jobs-store.ts';
import { FakeApi } from '../testing/fake-api.ts';
import { fakeSummary } from '../testing/fake-machines.ts';
import { renderApp } from '../testing/render-app.tsx';

const gib = 1024 ** 3;
const drawer = () => screen.getByRole('complementary', { name: 'Jobs' });
const withMachine = () => {
  const fake = new FakeApi();
  fake.add(fakeSummary('web-01'));
  return fake;
};
const told = (words: string) => waitFor(() => expect(screen.getAllByRole('status').map((one) => one.textContent)).toContain(words));

describe('the jobs of a host', () => {
  it('are known by a snapshot and what changes, the newest first', () => {
    const [one, two] = [sampleJob({ id: 1 }), sampleJob({ id: 2 })];
    const known = applyJobEvent(undefined, { kind: 'snapshot', connection: 'embedded', jobs: [one, two] });
    expect(known).toEqual([two, one]);
    const changed = applyJobEvent(known, { kind: 'changed', job: { ...one, state: 'done' } });
    expect(changed?.map(({ id, state }) => [id, state])).toEqual([
      [2, 'running'],
      [1, 'done'],
    ]);
    expect(applyJobEvent(changed, { kind: 'removed', connection: 'embedded', id: 2 })?.map(({ id }) => id)).toEqual([1]);
    expect(applyJobEvent(changed, { kind: 'removed', connection: 'other', id: 2 })).toHaveLength(2);
  });

  it('stand at the right end of the activity line, with how far the newest is', async () => {
    const fake = withMachine();
    renderApp(fake);
    const line = await screen.findByRole('contentinfo', { name: 'Activity' });
    const button = within(line).getByRole('button', { name: 'Jobs' });
    const { id } = fake.jobs.add({ progress: 0.624 });
    await waitFor(() => expect(button.textContent).toBe('1 job: Creating web.qcow2, 62 %'));
    await told('Creating web.qcow2 began');
    fake.jobs.end(id);
    await waitFor(() => expect(button.textContent).toBe('Jobs'));
    await told('Creating web.qcow2 is done');
  });

  it('are listed in a drawer that Ctrl+J opens and Esc closes: going on above, ended below', async () => {
    const fake = withMachine();
    fake.jobs.add({ state: 'done', endedAt: 2000, cancel: null, subject: '/images/old.qcow2' });
    fake.jobs.add({ amount: { done: 10 * gib, total: 40 * gib, unit: 'bytes', perSecond: gib }, progress: 0.25 });
    const { user } = renderApp(fake);
    await screen.findByRole('table', { name: 'Machines' });
    await user.keyboard('{Control>}j{/Control}');
    expect(document.activeElement).toBe(drawer());
    const going = await within(drawer()).findByRole('list', { name: 'Jobs that go on' });
    expect(going.textContent).toContain('10 GiB of 40 GiB, 1 GiB/s');
    expect(going.textContent).toContain('30 s left');
    expect(within(going).getByRole('progressbar', { name: 'Progress of: Creating web.qcow2' }).getAttribute('aria-valuenow')).toBe('25');
    const ended = within(drawer()).getByRole('list', { name: 'Jobs that ended' });
    expect(ended.textContent).toContain('Creating old.qcow2 is done');
    await user.click(within(drawer()).getByRole('button', { name: 'Clear' }));
    expect(within(drawer()).queryByRole('list', { name: 'Jobs that ended' })).toBeNull();
    expect(fake.called('jobs.forget')).toEqual([]);
    await user.click(within(drawer()).getByRole('button', { name: 'Show 1 Cleared' }));
    drawer().focus();
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('complementary', { name: 'Jobs' })).toBeNull();
  });

  it('are cancelled at once while nothing is lost, and after a question when more than ten seconds would go', async () => {
    const fake = withMachine();
    fake.jobs.add();
    fake.jobs.add({ begunAt: Date.now() - 60_000, subject: '/images/long.qcow2' });
    const { user } = renderApp(fake);
    await screen.findByRole('table', { name: 'Machines' });
    await user.keyboard('{Control>}j{/Control}');
    await user.click(await within(drawer()).findByRole('button', { name: 'Cancel Creating web.qcow2' }));
    await waitFor(() => expect(fake.called('jobs.cancel')).toEqual([{ connection: 'embedded', id: 1 }]));
    await user.click(within(drawer()).getByRole('button', { name: 'Cancel Creating long.qcow2' }));
    const question = await screen.findByRole('dialog', { name: 'Cancel “Creating long.qcow2”?' });
    expect(question.textContent).toContain('What was written of long.qcow2 is removed.');
    await user.click(within(question).getByRole('button', { name: 'Cancel the Job' }));
    await waitFor(() => expect(fake.called('jobs.cancel')).toHaveLength(2));
    expect(await within(drawer()).findByText('Nothing is going on.')).toBeTruthy();
  });

  it('tell a failure with its reason and what is left, and are forgotten one by one', async () => {
    const fake = withMachine();
    fake.jobs.add({
      state: 'failed',
      endedAt: Date.now(),
      cancel: null,
      error: { code: 'storage-full', message: 'There is not enough space.', next: 'Free some.' },
      steps: [{ step: { code: 'allocate' }, begunAt: 0, endedAt: 4000 }],
      leftovers: [{ path: '/images/.web.partial', state: 'left', why: 'something else has its name now' }],
    });
    const { user } = renderApp(fake);
    await screen.findByRole('table', { name: 'Machines' });
    await user.keyboard('{Control>}j{/Control}');
    const ended = await within(drawer()).findByRole('list', { name: 'Jobs that ended' });
    expect(ended.textContent).toContain('There is not enough space. /images/.web.partial was left: something else has its name now');
    await user.click(within(ended).getByRole('button', { name: 'Details' }));
    expect(within(drawer()).getByRole('list', { name: 'Steps' }).textContent).toBe('Writing the image4.0 s');
    expect(within(drawer()).getByRole('alert').textContent).toContain('Free some.');
    await user.click(within(drawer()).getByRole('button', { name: 'Forget' }));
    await waitFor(() => expect(fake.called('jobs.forget')).toEqual([{ connection: 'embedded', ids: [1] }]));
    expect(await within(drawer()).findByText('None has ended yet.')).toBeTruthy();
  });

  it('say when they can’t be told, and are asked for again', async () => {
    const fake = withMachine();
    const held = Promise.withResolvers<never>();
    fake.override['jobs.watch'] = async function* () {
      Reflect.deleteProperty(fake.override, 'jobs.watch');
      yield await held.promise;
    };
    const { user } = renderApp(fake);
    await screen.findByRole('table', { name: 'Machines' });
    await user.keyboard('{Control>}j{/Control}');
    expect(within(drawer()).getByText('Asking for the jobs…')).toBeTruthy();
    held.reject(new TapestryError('internal', 'The list is ill.'));
    expect(await within(drawer()).findByText('Nothing is going on.')).toBeTruthy();
  });

  it('are found again by the form that began them after a reload', async () => {
    const fake = new FakeApi();
    const first = renderApp(fake);
    await first.user.click(await screen.findByRole('button', { name: 'Create a Demo Machine' }));
    expect(await screen.findByText('Downloading kernel and busybox')).toBeTruthy();
    first.unmount();
    first.services.stop();
    useJobPlaces.setState({ places: {} });
    fake.jobs.change(1, { step: { code: 'create-disk' } });
    renderApp(fake);
    expect(await screen.findByText('Creating the disk')).toBeTruthy();
    expect(fake.called('machines.createDemo')).toHaveLength(1);
    const made = fake.add(fakeSummary('demo'));
    fake.jobs.end(1, { result: { kind: 'demo-machine', uuid: made.uuid } });
    await waitFor(() =>
      expect(fake.called('machines.act')).toEqual([{ machine: { connection: 'embedded', uuid: made.uuid }, action: 'start' }]),
    );
  });
});
