import { useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import type { imageInfo } from '../../shared/contract/storage.ts';
import { useScope } from '../state/connections.ts';
import { useApi } from '../state/services.ts';
import { useRefusal } from '../state/use-link-status.ts';

/** What the host says of an image. */
export type ImageInfo = z.infer<typeof imageInfo>;

/** Formats that QEMU reads and writes, with their usual names; the first two are the usual ones. */
const imageFormats: readonly { readonly value: string; readonly label: string }[] = [
  { value: 'qcow2', label: 'qcow2' },
  { value: 'raw', label: 'raw' },
  { value: 'vmdk', label: 'vmdk (VMware)' },
  { value: 'vdi', label: 'vdi (VirtualBox)' },
  { value: 'vhdx', label: 'vhdx (Hyper-V)' },
  { value: 'vpc', label: 'vpc (VHD)' },
  { value: 'qed', label: 'qed' },
];

/** The formats, and the one that is set where it is another. */
export function formatChoices(present: string): readonly { readonly value: string; readonly label: string }[] {
  return present === '' || imageFormats.some(({ value }) => value === present)
    ? imageFormats
    : [...imageFormats, { value: present, label: present }];
}

/** The driver's type for an image: its format; a LUKS container is raw to the machine that holds its own key. */
export function driverTypeOf({ format }: Pick<ImageInfo, 'format'>): string {
  return format === 'luks' ? 'raw' : format;
}

/** What is wrong with reading an image as `type`; undefined where nothing is. One sentence or two. */
export function formatWarning(type: string, info: ImageInfo | undefined): string | undefined {
  if (info === undefined) return undefined;
  const found = driverTypeOf(info);
  const what = contentWords(info);
  if (type === found) return undefined;
  return type === 'raw'
    ? `The file is ${what}. As raw, what the guest writes would destroy it.`
    : `The file isn’t ${type}: it is ${what}. The machine won’t start with it.`;
}

/** What an image is, in words; what is no disk by itself is said as what it is. */
export function contentWords({ format, content }: Pick<ImageInfo, 'format' | 'content'>): string {
  if (content === undefined) return format;
  if (content === 'iso') return `${format}, an ISO image`;
  return content === 'empty' ? `${format}, an empty file` : `compressed (${content}); decompress it first`;
}

/** Looks at the image at a path; a query that is asked anew each time. */
export function useImageInfo(path: string) {
  const api = useApi();
  const connection = useScope();
  const refused = useRefusal('images') !== undefined;
  return useQuery({
    queryKey: ['image-info', connection, path],
    enabled: path.startsWith('/') && !refused,
    staleTime: 0,
    queryFn: ({ signal }) => api['storage.imageInfo']({ connection, path }, { signal }),
  });
}
