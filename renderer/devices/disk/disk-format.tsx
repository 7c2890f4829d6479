import { Button } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { driverTypeOf, formatWarning, useImageInfo } from '../../forms/image-formats.ts';
import { readPlace, type Change } from '../../xml/edits.ts';
import type { XmlElement } from '../../../shared/domain-xml/xml/nodes.ts';
import type { DeviceFormProps } from '../../forms/types.ts';

/** The edits that set a disk's format. */
export function formatChanges(value: string, element: XmlElement): readonly Change[] {
  return [
    ...(readPlace(element, 'driver/@name') === undefined ? [{ place: 'driver/@name', value: 'qemu' }] : []),
    { place: 'driver/@type', value },
  ];
}

/**
 * Fills in the format that the image has when its path is changed, and says where the form contradicts the file. What was there before, or was
 * chosen by hand, stays.
 */
export function DiskFormat({ context }: Pick<DeviceFormProps, 'context'>) {
  const { element, edit } = context;
  const path = readPlace(element, 'source/@file') ?? readPlace(element, 'source/@dev') ?? '';
  const type = readPlace(element, 'driver/@type') ?? 'raw';
  const { data } = useImageInfo(path);
  const looked = useRef(path);
  const filled = useRef(type);
  const found = data === undefined ? undefined : driverTypeOf(data);
  useEffect(() => {
    if (found === undefined || path === looked.current) return;
    looked.current = path;
    // Another one than was filled in last: chosen by hand.
    if (type !== filled.current) return;
    filled.current = found;
    if (found !== type) edit(formatChanges(found, element));
  }, [edit, element, found, path, type]);
  const warning = formatWarning(type, data);
  if (warning === undefined || found === undefined) return null;
  return (
    <span className="row">
      <span className="tone-paused">{warning}</span>
      <Button size="compact-xs" onClick={() => edit(formatChanges(found, element))}>
        Set to {found}
      </Button>
    </span>
  );
}
