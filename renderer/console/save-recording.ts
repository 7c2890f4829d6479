import type { Api } from '../../shared/contract/index.ts';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import { saveDownload } from './save-download.ts';

/** Reads the whole recording of a port and hands it to the browser as a download. */
export async function saveRecording(api: Api, machine: Pick<MachineSummary, 'connection' | 'uuid' | 'name'>, alias: string): Promise<void> {
  const channel = api['consoles.recording']({ machine: refOf(machine), alias });
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of channel.incoming) chunks.push(new Uint8Array(chunk));
  await channel.closed;
  saveDownload(new Blob(chunks, { type: 'application/octet-stream' }), `${machine.name}-${alias}.log`);
}
