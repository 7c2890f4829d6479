import { expect, test } from './fixtures/index.ts';

test.use({ spec: 'smoke' });

test('opens on an empty list that offers a demo machine', async ({ app }) => {
  await expect(app.window).toHaveTitle(/Tapestry/);
  await expect(app.window.getByRole('button', { name: /demo machine/i })).toBeVisible();
});
