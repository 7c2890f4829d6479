import path from 'node:path';
import { cases } from '../testing/acl.cases.ts';
import { testInNamespaces } from '../testing/namespace.ts';

testInNamespaces(path.join(import.meta.dirname, '../testing/acl.cases.ts'), cases);
