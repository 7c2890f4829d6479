import { NumberInput } from '@mantine/core';
import { useState } from 'react';
import { attributeValue } from '../../../shared/domain-xml/xml/nodes.ts';
import { HostButton } from '../../components/host-button.tsx';
import { ErrorCallout } from '../../components/error-callout.tsx';
import { errorDataOf } from '../../words/errors.ts';
import { formatBytes } from '../../words/format.ts';
import { newImageFormats } from '../../../shared/contract/storage.ts';
import { contentWords, useImageInfo } from '../../forms/image-formats.ts';
import { useCreateImage } from '../../forms/use-create-image.ts';
import { JobProgress } from '../../machine/job-progress.tsx';
import { readPlace } from '../../xml/edits.ts';
import type { DeviceFormProps } from '../../forms/types.ts';

const defaultGib = 20;

/** Facts about the image at the path; where there is none yet, it can be made here. */
export function DiskImage({ context }: Pick<DeviceFormProps, 'context'>) {
  const path = readPlace(context.element, 'source/@file') ?? '';
  const removable = attributeValue(context.element, 'device') !== 'disk';
  // libvirt: a disk without a format is raw.
  const type = readPlace(context.element, 'driver/@type') ?? 'raw';
  const format = newImageFormats.find((one) => one === type);
  const [gib, setGib] = useState<number | string>(defaultGib);
  const image = useCreateImage(path);
  const info = useImageInfo(path);
  if (!path.startsWith('/')) return removable ? <>Empty: the drive has no medium. A medium is changed while the machine runs.</> : null;
  const missing = info.error && ['disk-missing', 'not-found'].includes(errorDataOf(info.error).code);
  const size = typeof gib === 'number' && gib > 0 ? gib : undefined;
  const make = () => {
    if (size === undefined || format === undefined) return;
    image.create({ path, format, sizeBytes: size * 1024 ** 3 });
  };
  return (
    <div className="disk-image">
      {info.data && (
        <p className="small dim num">
          {contentWords(info.data)}, {formatBytes(info.data.virtualSize)} for the guest, {formatBytes(info.data.actualSize)} on disk
          {info.data.backing === undefined ? '' : `, based on ${info.data.backing}`}
          {info.data.inUseBy === undefined ? '' : `; in use by ${info.data.inUseBy}`}
        </p>
      )}
      {info.error && !missing && <ErrorCallout error={errorDataOf(info.error)} />}
      {missing && removable && <p className="field-warning">There is no file at this path.</p>}
      {missing && !removable && !image.busy && (
        <div className="row disk-image-missing">
          <span className="small tone-paused nowrap">No image here yet.</span>
          <NumberInput aria-label="Size in GiB" w={72} min={1} max={65536} value={gib} onChange={setGib} />
          <span className="small dim">GiB</span>
          {format === undefined ? (
            <span className="small dim">Images of the format {type} can’t be made here.</span>
          ) : (
            <HostButton operation="create-image" reason={size === undefined ? 'A size is needed' : undefined} onClick={make}>
              Create {format} Image
            </HostButton>
          )}
        </div>
      )}
      {image.busy && <JobProgress at={image} label="Progress of the image" />}
      {image.error && <ErrorCallout error={image.error} title="The image was not made." />}
    </div>
  );
}
