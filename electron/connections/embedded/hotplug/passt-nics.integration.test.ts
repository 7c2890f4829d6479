import path from 'node:path';
import { ensureTestGuest } from '../../../guest/ensure-test-guest.ts';
import { testInNamespaces } from '../../../network/testing/namespace.ts';
import { cases } from '../testing/passt-nics.cases.ts';

testInNamespaces(path.join(import.meta.dirname, '../testing/passt-nics.cases.ts'), cases, async () => {
  const guest = await ensureTestGuest();
  process.env['TAPESTRY_TEST_KERNEL'] = guest.kernel;
  process.env['TAPESTRY_TEST_INITRD'] = guest.initrd;
});
