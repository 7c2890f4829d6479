import path from 'node:path';
import { cases } from '../testing/attacks.cases.ts';
import { testInNamespaces } from '../testing/namespace.ts';

testInNamespaces(path.join(import.meta.dirname, '../testing/attacks.cases.ts'), cases);
