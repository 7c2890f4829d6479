export function DetailsPage(_: { readonly machine: unknown; readonly device?: string | undefined }) {
  return null;
}
