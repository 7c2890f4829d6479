import { expect, test } from 'vitest';
import { parseXml } from '../../shared/domain-xml/index.ts';
import { TapestryError } from '../../shared/errors.ts';
import { factsFor } from './gather-plan-host.ts';
import { planLaunch, readForLaunch } from './launch-plan.ts';
import { unknownHost, type PlanHost } from './plan/plan-input.ts';
import { domainXml } from './testing/plan-of.ts';
import { syntheticCapabilities } from './testing/synthetic-capabilities.ts';

const looked = (...facts: (keyof PlanHost)[]): PlanHost => {
  const seen = { ...unknownHost };
  for (const fact of facts) {
    const trap = () => {
      throw new Error(`the plan looked at ${fact}`);
    };
    // Firmware descriptors are handed on in any case: what counts is who looks into them.
    if (fact === 'firmwares') Object.defineProperty(seen, fact, { get: () => new Proxy([], { get: trap }) });
    else Object.defineProperty(seen, fact, { get: trap });
  }
  return seen;
};

const asked = ['firmwares', 'hugePages', 'vhostNet', 'passt', 'renderNode'] as const;
const nic = "<interface type='user'><model type='virtio'/></interface>";

test.each([
  ['nothing', [], domainXml('')],
  ['firmwares', ['firmwares'], domainXml('').replace('<os>', "<os firmware='efi'>")],
  ['firmwares', ['firmwares'], domainXml('').replace('</os>', "<loader readonly='yes' type='pflash'>/x.fd</loader></os>")],
  ['huge pages', ['hugePages'], domainXml('', { top: '<memoryBacking><hugepages/></memoryBacking>' })],
  [
    'vhost-net',
    ['vhostNet'],
    domainXml("<interface type='bridge'><source bridge='b'/><model type='virtio'/></interface>", { type: 'kvm' }),
  ],
  ['passt', ['vhostNet', 'passt'], domainXml(nic.replace('<model', "<backend type='passt'/><model"))],
  ['the render node', ['renderNode'], domainXml("<graphics type='egl-headless'/>")],
] as const)('a start asks this computer for %s', (_what, facts, xml) => {
  const document = parseXml(xml);
  const domain = readForLaunch(document);
  expect([...factsFor(domain)]).toEqual(facts);
  const plan = (host: PlanHost) => {
    try {
      planLaunch({
        document,
        domain,
        capabilities: syntheticCapabilities(),
        purpose: 'start',
        paths: { runtime: '/r', nvram: '/n' },
        host,
      });
    } catch (error) {
      if (!(error instanceof TapestryError)) throw error; // that a host without it refuses the machine is another matter
    }
  };
  // The plan looks at nothing that wasn't asked for, and at what was.
  expect(() => plan(looked(...asked.filter((fact) => !factsFor(domain).has(fact))))).not.toThrow();
  const needed = facts.at(-1);
  if (needed !== undefined) expect(() => plan(looked(needed))).toThrow(`the plan looked at ${needed}`);
});
