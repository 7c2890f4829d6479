import type { Problem } from '../../../../shared/domain-xml/index.ts';
import { TapestryError, type ErrorFix } from '../../../../shared/errors.ts';
import { shellQuote } from '../../../../shared/shell-quote.ts';
import type { PlannedImage } from '../../../qemu/plan/launch-plan.types.ts';
import type { ChainLink } from '../../../storage/image-chain.ts';
import type { ImageContent } from '../../../storage/image-content.ts';

/** Formats that are known by their first bytes: a file that lacks them isn't one. Others, as a fixed VHD, have their mark elsewhere. */
const marked = new Set(['qcow2', 'qcow', 'qed', 'vmdk', 'vdi', 'vhdx', 'luks', 'parallels', 'bochs', 'cloop']);

/** What a raw file is, in words. */
export function contentWords({ format, kind }: ImageContent): string {
  if (kind === undefined) return format;
  if (kind === 'empty') return 'an empty file';
  return kind === 'iso' ? 'an ISO image (raw)' : `compressed (${kind})`;
}

/** A LUKS container as raw is what a guest made that encrypts its own disk. */
const isRightAsRaw = (format: string): boolean => format === 'raw' || format === 'luks';

/** What a button can do about an image that is not the right one. */
export function otherImageFixes({ element, removable = false }: PlannedImage): ErrorFix[] {
  return [
    { kind: 'choose-image', label: 'Choose another image', path: element },
    ...(removable ? [{ kind: 'eject' as const, label: 'Eject it', path: element }] : []),
  ];
}

const setFormat = (image: PlannedImage, format: string) => ({
  kind: 'set-format' as const,
  label: `Set the format to ${format}`,
  value: format,
  path: `${image.element}/driver/@type`,
});

/**
 * Refuses an image that isn't what its XML says. QEMU itself takes any file as raw: what a guest writes to it then destroys the header, and
 * with it all that is in it.
 *
 * @throws TapestryError `xml-unsupported` at the driver's type, with the fix `set-format`
 */
export function requireFormat(image: PlannedImage, content: ImageContent): void {
  const { path, format, element } = image;
  const at = `${element}/driver/@type`;
  if (format === 'raw') {
    if (isRightAsRaw(content.format) || image.readOnly) return;
    const said = image.formatless === true ? 'the XML names no format, which means raw' : 'the XML says raw';
    throw new TapestryError(
      'xml-unsupported',
      `The disk image ${path} is ${content.format}, and ${said}: what the guest writes would destroy it.`,
      {
        path: at,
        next: `Set the format to ${content.format}; if it is raw and its guest wrote that header, keep raw and name the whole file as a <slice type='storage'>.`,
        fixes: [setFormat(image, content.format)],
      },
    );
  }
  if (!marked.has(format) || format === content.format) return;
  const readable = content.kind === undefined || content.kind === 'iso';
  throw new TapestryError('xml-unsupported', `The disk image ${path} isn't ${format}, as the XML says: it is ${contentWords(content)}.`, {
    path: at,
    next: readable
      ? `Set the format to ${content.format}, or choose another image.`
      : content.kind === 'empty'
        ? 'Choose another image, or make one.'
        : 'Decompress it first, or choose another image.',
    fixes: [...(readable ? [setFormat(image, content.format)] : []), ...otherImageFixes(image)],
  });
}

/** What of an image's content is worth a word, though it stops nothing. */
export function formatWarning(image: PlannedImage, content: ImageContent): Problem | undefined {
  const { path, format, element, readOnly } = image;
  const at = `${element}/driver/@type`;
  if (format !== 'raw' || image.sliced === true) return undefined;
  if (readOnly && !isRightAsRaw(content.format)) {
    return {
      severity: 'warning',
      path: at,
      message: `The disk image ${path} is ${content.format}, and the guest gets it as raw: it sees the file, not the disk in it.`,
      next: `Set the format to ${content.format}.`,
      fixes: [setFormat(image, content.format)],
    };
  }
  if (content.kind === undefined || content.kind === 'iso') return undefined;
  return {
    severity: 'warning',
    path: element,
    message: `The disk image ${path} is ${contentWords(content)}.`,
    next: content.kind === 'empty' ? 'The guest gets a disk of no size.' : 'Decompress it: the guest gets the compressed bytes.',
    fixes: otherImageFixes(image),
  };
}

/**
 * A backing file whose format the image above it doesn't record. QEMU then goes by the file's first bytes, which whoever writes them decides on;
 * libvirt takes it for raw, or refuses it (its documentation, "Backing chain management").
 */
export function backingFormatWarning(image: PlannedImage, link: ChainLink): Problem | undefined {
  const { path, role, above, saidFormat, content } = link;
  if (role !== 'backing file' || saidFormat !== undefined || content === undefined || above === undefined) return undefined;
  return {
    severity: 'warning',
    path: image.element,
    message: `The image ${above} stands on ${path} and doesn't say in which format: QEMU guesses that it is ${content.format}, libvirt takes it for raw.`,
    next: `Write the format into the image, while nothing uses it: qemu-img rebase -u -F ${content.format} -b ${shellQuote(path)} ${shellQuote(above)}`,
  };
}
