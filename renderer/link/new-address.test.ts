import { expect, it, vi } from 'vitest';
import '../testing/render-app.tsx';
import { followNewAddress } from './new-address.ts';

it('loads the page anew when an address with a token is opened over it, and keeps no token in the address', async () => {
  history.replaceState(null, '', '#token=old');
  const reload = vi.fn();
  const end = followNewAddress(reload);
  expect(location.hash).toBe('');
  const changed = async (hash: string) => {
    const event = new Promise((resolve) => addEventListener('hashchange', resolve, { once: true }));
    location.hash = hash;
    await event;
  };
  await changed('#/machines');
  expect(reload).not.toHaveBeenCalled();
  await changed('#token=new');
  expect(reload).toHaveBeenCalledOnce();
  end();
  await changed('#/host');
  await changed('#token=newer');
  expect(reload).toHaveBeenCalledOnce();
  history.replaceState(null, '', '/');
});
