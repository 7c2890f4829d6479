import { pathOf } from '../../shared/domain-xml/xml/path.ts';
import { elementText } from '../xml/edits.ts';
import type { DeviceEntry } from '../devices/device-list.ts';

/** The parts of the domain are shown by these elements in the XML pane; a device by itself. */
const partElements: Record<string, readonly string[]> = {
  overview: ['name', 'title', 'description', 'uuid', 'os', 'on_poweroff', 'on_reboot', 'on_crash'],
  cpu: ['vcpu', 'cpu'],
  memory: ['memory', 'currentMemory'],
  boot: ['os'],
};

/**
 * The XML that the pane shows of a definition. Pure.
 * @param path of the device
 * @param key of the row when it is a part of the domain (`cpu`); else the device by itself is shown
 */
export function shownXml(text: string, path: string, key: string | undefined): string {
  const names = key === undefined ? undefined : partElements[key];
  if (!names) return elementText(text, path) ?? '';
  const head = key === 'overview' ? `${/<domain[^>]*>/.exec(text)?.[0] ?? ''}\n` : '';
  return (
    head +
    names
      .map((name) => elementText(text, `/domain/${name}`))
      .filter((part) => part !== undefined)
      .join('\n')
  );
}

/** Path of a row's device in the live XML, where it may stand elsewhere than in the stored one; '' when it doesn't run. Pure. */
export function pathInLive(entry: DeviceEntry | undefined): string {
  return entry?.live ? pathOf(entry.live) : '';
}
