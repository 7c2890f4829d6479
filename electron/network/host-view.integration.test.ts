import path from 'node:path';
import { cases } from './testing/host-view.cases.ts';
import { testInNamespaces } from './testing/namespace.ts';

testInNamespaces(path.join(import.meta.dirname, 'testing/host-view.cases.ts'), cases);
