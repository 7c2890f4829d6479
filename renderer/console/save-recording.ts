import type { Api } from '../../shared/contract/index.ts';
import { refOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';

/** Reads the whole recording of a port and hands it to the browser as a download. */
export async function saveRecording(api: Api, machine: Pick<MachineSummary, 'connection' | 'uuid' | 'name'>, alias: string): Promise<void> {
  const channel = api['consoles.recording']({ machine: refOf(machine), alias });
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of channel.incoming) chunks.push(new Uint8Array(chunk));
  await channel.closed;
  const url = URL.createObjectURL(new Blob(chunks, { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${machine.name}-${alias}.log`;
  link.click();
  // The download has its own hold on the data by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
