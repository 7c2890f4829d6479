import type { OperatingSystems } from '../../../osinfo/operating-systems.ts';
import type { Systems } from '../../connection.ts';

/** Operating systems and files of this computer, as the API asks for them. @param arch its processor, by osinfo's name */
export function systemsOf(systems: OperatingSystems, arch: string): Systems {
  return {
    list: () => systems.list(arch),
    facts: ({ os, arch: asked = arch }) => systems.facts(os, asked),
    identify: ({ path }) => systems.identify(path),
  };
}
