import type { QemuCapabilities } from '../capabilities/capabilities.ts';
import type { LaunchPlan } from '../plan/launch-plan.types.ts';
import type { OptionProps, OptionSpelling, PlannedOption, PropsOption } from '../plan/planned-option.ts';
import { json, keyValue } from './options.ts';

/** The key whose value stands first and bare in `key=value`. */
const impliedKeys: Readonly<Record<PropsOption, string | undefined>> = {
  'add-fd': undefined,
  blockdev: 'driver',
  chardev: 'backend',
  device: 'driver',
  netdev: 'type',
  object: 'qom-type',
  tpmdev: 'type',
};

/**
 * How this QEMU takes its options: `-device` as JSON from 7.0 on (feature json-cli-hotplug), `-netdev` from 7.2 on (its schema has `dgram`),
 * `-object` from 6.0 on.
 */
export function spellingOf(capabilities: QemuCapabilities): OptionSpelling {
  const as = (isJson: boolean) => (isJson ? 'json' : 'key=value');
  return {
    device: as(capabilities.schema.feature('device_add', 'json-cli-hotplug')),
    netdev: as(capabilities.schema.variant('netdev_add', 'dgram')),
    object: as(capabilities.atLeast(6, 0)),
  };
}

const propsText = (option: PropsOption, props: OptionProps, spelling: OptionSpelling): string => {
  const how =
    option === 'blockdev' ? 'json' : option === 'device' || option === 'netdev' || option === 'object' ? spelling[option] : 'key=value';
  return how === 'json' ? json(props) : keyValue(props, impliedKeys[option]);
};

const wordsOf = (one: PlannedOption, spelling: OptionSpelling): readonly string[] => {
  if ('words' in one) return one.words;
  const name = `-${one.option}`;
  if ('props' in one) return [name, propsText(one.option, one.props, spelling)];
  return one.text === undefined ? [name] : [name, one.text];
};

/** The plan's options as the words after the emulator's name: here, and nowhere before, options become text. */
export function argvOf({ options, spelling }: Pick<LaunchPlan, 'options' | 'spelling'>): string[] {
  return options.flatMap((one) => wordsOf(one, spelling));
}
