import path from 'node:path';
import { cases } from '../testing/kill.cases.ts';
import { testInNamespaces } from '../testing/namespace.ts';

testInNamespaces(path.join(import.meta.dirname, '../testing/kill.cases.ts'), cases);
