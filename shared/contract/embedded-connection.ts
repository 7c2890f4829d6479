/** Tapestry's own connection: the only one before there were several, so addresses and commands that name none mean it. */
export const embeddedConnection = 'embedded';
