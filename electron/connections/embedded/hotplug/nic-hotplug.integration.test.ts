import path from 'node:path';
import { testInNamespaces } from '../../../network/testing/namespace.ts';
import { cases } from '../testing/nic-hotplug.cases.ts';

testInNamespaces(path.join(import.meta.dirname, '../testing/nic-hotplug.cases.ts'), cases);
