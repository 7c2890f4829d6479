import path from 'node:path';
import { cases } from '../testing/live.cases.ts';
import { testInNamespaces } from '../testing/namespace.ts';

testInNamespaces(path.join(import.meta.dirname, '../testing/live.cases.ts'), cases);
