import type { Menu, MenuItemConstructorOptions, WebContents } from 'electron';

/** What an editable field or selected text offers on a right click; undefined where there is nothing to offer. */
export function textMenu(clicked: {
  readonly isEditable: boolean;
  readonly selectionText: string;
}): MenuItemConstructorOptions[] | undefined {
  if (clicked.isEditable) {
    return [
      { role: 'undo' },
      { role: 'redo' },
      { type: 'separator' },
      { role: 'cut' },
      { role: 'copy' },
      { role: 'paste' },
      { role: 'selectAll' },
    ];
  }
  return clicked.selectionText.trim() === '' ? undefined : [{ role: 'copy' }];
}

/**
 * Takes the application menu away: its accelerators would keep keys (Ctrl+W, Ctrl+R, Ctrl+Q) from the guest whose console
 * has the focus. Text fields keep their menu on right click.
 */
export function setMenus(menu: Pick<typeof Menu, 'setApplicationMenu' | 'buildFromTemplate'>, contents: Pick<WebContents, 'on'>): void {
  menu.setApplicationMenu(null);
  contents.on('context-menu', (_event, clicked) => {
    const template = textMenu(clicked);
    if (template !== undefined) menu.buildFromTemplate(template).popup();
  });
}
