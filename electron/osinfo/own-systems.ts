import type { OsEntry } from './os-entry.types.ts';
import { ownLinuxes } from './own-linux.ts';
import { ownOthers } from './own-others.ts';

/**
 * Systems that osinfo-db of a stable distribution doesn't know yet (Debian 12’s is of November 2022). Volume ids are what the makers’ ISO images
 * say; needs are those of the makers’ own release notes. Ids are those that osinfo-db has given them since, or would by its rules, so that a newer
 * database and what is written into a machine’s metadata speak of the same.
 */
export const ownSystems: readonly OsEntry[] = [...ownLinuxes, ...ownOthers];
