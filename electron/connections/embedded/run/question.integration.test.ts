import path from 'node:path';
import { testInNamespaces } from '../../../network/testing/namespace.ts';
import { cases } from '../testing/question.cases.ts';

testInNamespaces(path.join(import.meta.dirname, '../testing/question.cases.ts'), cases);
