import type { Device } from '../../domain/domain.ts';
import { TapestryError } from '../../errors.ts';
import type { Fragment } from '../xml/fragment.ts';
import { renderChannel, renderConsole, renderParallel, renderRedirdev, renderSerial } from './character-devices.ts';
import { renderGraphics, renderInput, renderVideo } from './graphics.ts';
import {
  renderController,
  renderFilesystem,
  renderHostdev,
  renderHub,
  renderIommu,
  renderMemballoon,
  renderPanic,
  renderRng,
  renderSound,
  renderTpm,
  renderVsock,
  renderWatchdog,
} from './hardware.ts';
import { renderInterface } from './interface.ts';
import { renderDisk } from './storage.ts';

/**
 * Writes any device that has a writer: the counterpart of the readers' registry. Kinds without one are edited as XML.
 *
 * @throws TapestryError `unsupported-operation` for kinds without a writer
 */
export function renderDevice(device: Device): Fragment {
  switch (device.kind) {
    case 'disk':
      return renderDisk(device);
    case 'interface':
      return renderInterface(device);
    case 'serial':
      return renderSerial(device);
    case 'parallel':
      return renderParallel(device);
    case 'console':
      return renderConsole(device);
    case 'channel':
      return renderChannel(device);
    case 'controller':
      return renderController(device);
    case 'graphics':
      return renderGraphics(device);
    case 'video':
      return renderVideo(device);
    case 'input':
      return renderInput(device);
    case 'sound':
      return renderSound(device);
    case 'rng':
      return renderRng(device);
    case 'tpm':
      return renderTpm(device);
    case 'hub':
      return renderHub(device);
    case 'hostdev':
      return renderHostdev(device);
    case 'redirdev':
      return renderRedirdev(device);
    case 'filesystem':
      return renderFilesystem(device);
    case 'panic':
      return renderPanic(device);
    case 'watchdog':
      return renderWatchdog(device);
    case 'memballoon':
      return renderMemballoon(device);
    case 'vsock':
      return renderVsock(device);
    case 'iommu':
      return renderIommu(device);
    case 'audio':
    case 'smartcard':
    case 'shmem':
    case 'memory':
    case 'crypto':
    case 'other':
      throw new TapestryError(
        'unsupported-operation',
        `There is no form for <${device.kind === 'other' ? device.element : device.kind}>.`,
        {
          path: device.path,
          next: 'Edit it as XML.',
        },
      );
  }
}
