export function XmlPage(_: { readonly machine: unknown; readonly line?: number | undefined }) {
  return null;
}
