import { TapestryError } from '../../../../../shared/errors.ts';

/** The longest file name on Linux file systems, bytes (NAME_MAX). */
const longestFileName = 255;

const suffix = '.xml';

/**
 * The file name for a machine's name: readable for ordinary names; `/`, `%`, control characters, and a dot or blank at
 * the start are written as %XX, so that no name leaves the directory, hides, or is empty.
 *
 * @throws TapestryError `xml-invalid` when the name is too long for a file name
 */
export function definitionFileName(name: string): string {
  const encoded = name.replaceAll(/[%/\p{Cc}]/gu, percent).replace(/^[. ]/, percent);
  if (Buffer.byteLength(encoded) + suffix.length > longestFileName) {
    throw new TapestryError('xml-invalid', `The name is too long: ${longestFileName - suffix.length} bytes is the limit.`, {
      path: '/domain/name',
      next: 'Choose a shorter name.',
    });
  }
  return encoded + suffix;
}

const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/** Is this the name of a definition's file (and not of one being written or kept aside)? */
export function isDefinitionFileName(file: string): boolean {
  return file.endsWith(suffix) && !file.startsWith('.');
}

/** Is a file named as the definition of the machine with this name is? */
export function isNamedAfterItsMachine(file: string, name: string): boolean {
  try {
    return definitionFileName(name) === file;
  } catch {
    return false; // no file can have that name
  }
}
