import path from 'node:path';
import { ensureTestGuest } from '../../guest/ensure-test-guest.ts';
import { cases } from '../testing/guests.cases.ts';
import { testInNamespaces } from '../testing/namespace.ts';

testInNamespaces(path.join(import.meta.dirname, '../testing/guests.cases.ts'), cases, async () => {
  const guest = await ensureTestGuest();
  process.env['TAPESTRY_TEST_KERNEL'] = guest.kernel;
  process.env['TAPESTRY_TEST_INITRD'] = guest.initrd;
});
