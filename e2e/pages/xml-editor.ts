import { expect, type Locator, type Page } from '@playwright/test';

/** The XML editor of a machine, or of the New VM dialog. */
export class XmlEditorView {
  readonly page: Page;
  readonly editor: Locator;

  /** @param label accessible name of the editor */
  constructor(page: Page, label: string) {
    this.page = page;
    this.editor = page.getByRole('textbox', { name: label });
  }

  /** Puts a text in place of all that is there, as a paste does. */
  async replace(text: string): Promise<void> {
    await this.editor.focus();
    await this.page.keyboard.press('Control+A');
    await this.editor.evaluate((element, pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', pasted);
      element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, text);
  }

  /** The problems below the editor. */
  get problems(): Locator {
    return this.page.getByRole('list', { name: 'Problems' });
  }

  /** Looks at what changes, and applies it. */
  async review(): Promise<Locator> {
    await this.page.getByRole('button', { name: 'Review Changes…' }).click();
    const changes = this.page.getByRole('textbox', { name: /^Changes to the definition of/ });
    await expect(changes).toBeVisible();
    return changes;
  }

  async apply(): Promise<void> {
    await this.page.getByRole('button', { name: 'Apply', exact: true }).click();
  }
}
