import { expect, test } from 'vitest';
import { readForLaunch } from '../../../qemu/launch-plan.ts';
import { unknownHost } from '../../../qemu/plan/plan-input.ts';
import { domainXml } from '../../../qemu/testing/plan-of.ts';
import { syntheticCapabilities } from '../../../qemu/testing/synthetic-capabilities.ts';
import { launchPlans } from './launch-plans.ts';
import { argvOf } from '../../../qemu/command-line/argv.ts';
import { parsedDefinition, readingOf } from './parsed-definition.ts';

const paths = { runtime: '/run/a', persistent: '/var/a' };
const xml = domainXml("<disk type='file' device='disk'><source file='/a.img'/><target dev='vda' bus='virtio'/></disk>");
const domainOf = (text: string) => readForLaunch(parsedDefinition(text), readingOf(text));

test('a plan is made once for the same definition, and again for an edited one, other paths, another emulator or host', () => {
  const plan = launchPlans();
  const capabilities = syntheticCapabilities();
  const of = (text: string, host = unknownHost) => plan(text, domainOf(text), capabilities, paths, host);
  const first = of(xml);
  expect(of(xml)).toBe(first);
  expect(of(xml, { ...unknownHost, now: 5 })).toBe(first);
  expect(of(xml.replace('/a.img', '/b.img')).images).toMatchObject([{ path: '/b.img' }]);
  expect(of(xml).images).toMatchObject([{ path: '/a.img' }]);
  expect(plan(xml, domainOf(xml), capabilities, { ...paths, runtime: '/run/b' }, unknownHost).monitorPath).toBe('/run/b/qmp.sock');
  expect(of(xml, { ...unknownHost, emulator: '/other' }).emulator).toBe('/other');
  expect(plan(xml, domainOf(xml), syntheticCapabilities(), paths, unknownHost)).not.toBe(first);
  // What is remembered of the definition was not changed by planning it.
  expect(launchPlans()(xml, domainOf(xml), capabilities, paths, unknownHost)).toEqual(first);
});

test('a clock that begins at the time of day is never one of an earlier start', () => {
  const plan = launchPlans();
  const capabilities = syntheticCapabilities();
  const text = domainXml('', { top: "<clock offset='variable' adjustment='0' basis='utc'/>" });
  const at = (now: number) => argvOf(plan(text, domainOf(text), capabilities, paths, { ...unknownHost, now })).join(' ');
  expect(at(0)).toContain('1970-01-01T00:00:00');
  expect(at(60)).toContain('1970-01-01T00:01:00');
});
