import path from 'node:path';
import { testInNamespaces } from '../network/testing/namespace.ts';
import { cases } from './testing/nic-commands.cases.ts';

testInNamespaces(path.join(import.meta.dirname, 'testing/nic-commands.cases.ts'), cases);
