import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { FakeApi } from '../testing/fake-api.ts';
import { fakeSummary, running } from '../testing/fake-machines.ts';
import { renderApp } from '../testing/render-app.tsx';

it('speaks of nothing before this start: a machine may run since long ago', async () => {
  const fake = new FakeApi();
  fake.add(fakeSummary('web-01', running()));
  renderApp(fake);
  const line = await screen.findByRole('contentinfo', { name: 'Activity' });
  expect(line.textContent).toContain('Nothing done to this computer since Tapestry started');
  expect(line.textContent).toContain('None recorded');
});
