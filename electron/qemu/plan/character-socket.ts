/** Where QEMU listens for the other end of a character device whose `<source>` has no path. @param runtime the machine's runtime directory */
export const characterSocket = (runtime: string, alias: string): string => `${runtime}/${alias}.sock`;
