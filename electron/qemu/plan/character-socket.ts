/** Where QEMU listens for the other end of a character device whose `<source>` has no path. @param runtime the machine's runtime directory */
export function characterSocket(runtime: string, alias: string): string {
  return `${runtime}/${alias}.sock`;
}
