import path from 'node:path';
import { testInNamespaces } from './testing/namespace.ts';
import { cases } from './testing/uplink-deeds.cases.ts';

testInNamespaces(path.join(import.meta.dirname, 'testing/uplink-deeds.cases.ts'), cases);
