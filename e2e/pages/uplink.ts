import { expect, type Locator, type Page } from '@playwright/test';
import { goTo } from './window.ts';

/** Adding an uplink, and what every page says while it is on trial. */
export class UplinkView {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** The banner of an uplink on trial. */
  get trial(): Locator {
    return this.page.getByRole('alertdialog', { name: 'Uplink on trial' });
  }

  /** Makes a bridge of Tapestry's own. */
  async createBridge(name: string): Promise<void> {
    await goTo(this.page, 'Network');
    await this.page.getByRole('button', { name: 'New Bridge' }).click();
    const dialog = this.page.getByRole('dialog', { name: 'New bridge' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
    await dialog.getByRole('button', { name: 'Create Bridge' }).click();
    await expect(dialog).toBeHidden();
  }

  /** Opens the dialog and fills it, with the longest time that there is: no test waits for its end. */
  async open(bridge: string, card: string): Promise<Locator> {
    await goTo(this.page, 'Network');
    await this.page.locator('.page-header').getByRole('button', { name: 'Add Uplink…' }).click();
    const dialog = this.page.getByRole('dialog', { name: 'Add an uplink' });
    await dialog.getByRole('textbox', { name: 'Bridge' }).fill(bridge);
    await dialog.getByRole('textbox', { name: 'Interface' }).fill(card);
    await dialog.getByRole('textbox', { name: 'Confirm within' }).fill('300');
    return dialog;
  }

  /** Puts the card on the bridge, on trial. */
  async add(dialog: Locator): Promise<void> {
    await dialog.getByRole('button', { name: 'Add Uplink' }).click();
    await expect(dialog).toBeHidden();
    await expect(this.trial).toBeVisible();
  }
}
