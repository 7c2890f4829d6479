/** The draft of a machine's new name. */
export function renameDraftName(uuid: string): string {
  return `rename.${uuid}`;
}

/** The draft of what goes with a machine that is to be deleted. */
export function deleteDraftName(uuid: string): string {
  return `delete.${uuid}`;
}
