import path from 'node:path';
import { cases } from '../testing/tap.cases.ts';
import { testInNamespaces } from '../testing/namespace.ts';

testInNamespaces(path.join(import.meta.dirname, '../testing/tap.cases.ts'), cases);
