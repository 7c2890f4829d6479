import { CopyButton } from '../../components/copy-button.tsx';
import { readPlace } from '../../xml/edits.ts';
import type { DeviceFormProps } from '../../forms/types.ts';

/** What tells a NIC from others on the same bridge: its MAC, and what QEMU calls it while it runs. */
export function NicSubtitle({ context }: DeviceFormProps) {
  const mac = readPlace(context.stored ?? context.element, 'mac/@address');
  const alias = context.live && readPlace(context.live, 'alias/@name');
  return (
    <span className="row nic-subtitle small dim">
      {mac !== undefined && (
        <>
          <span className="mono selectable nowrap">{mac}</span>
          <CopyButton text={mac} what="the MAC" />
        </>
      )}
      {alias !== undefined && <span className="nowrap">{alias}</span>}
    </span>
  );
}
