import path from 'node:path';
import { testInNamespaces } from '../../../network/testing/namespace.ts';
import { cases } from '../testing/nic-errors.cases.ts';

testInNamespaces(path.join(import.meta.dirname, '../testing/nic-errors.cases.ts'), cases);
