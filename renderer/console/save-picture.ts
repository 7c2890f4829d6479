import type { Api } from '../../shared/contract/index.ts';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { saveDownload } from './save-download.ts';

/** Asks for a picture of a screen and hands it to the browser as a download. */
export async function savePicture(api: Api, machine: Pick<MachineSummary, 'connection' | 'uuid' | 'name'>, screen: string): Promise<void> {
  const { png } = await api['screens.shot']({ machine: refOf(machine), screen });
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  saveDownload(new Blob([bytes], { type: 'image/png' }), `${machine.name}-${screen}.png`);
}
