/** The draft of a machine's new name. */
export const renameDraftName = (uuid: string): string => `rename.${uuid}`;

/** The draft of what goes with a machine that is to be deleted. */
export const deleteDraftName = (uuid: string): string => `delete.${uuid}`;
