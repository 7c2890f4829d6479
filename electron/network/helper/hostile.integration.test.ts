import path from 'node:path';
import { cases } from '../testing/hostile.cases.ts';
import { testInNamespaces } from '../testing/namespace.ts';

testInNamespaces(path.join(import.meta.dirname, '../testing/hostile.cases.ts'), cases);
