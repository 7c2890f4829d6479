import { expect, type Locator, type Page } from '@playwright/test';

/** Opens a place of the window by its navigation; columns of the list have buttons of the same names. */
export function goTo(page: Page, place: 'All machines' | 'Network' | 'This computer' | 'Settings'): Promise<void> {
  return page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: place }).click();
}

/** The window around a machine: navigation, header, tabs, notices. */
export class MachineWindow {
  readonly page: Page;
  readonly name: string;

  constructor(page: Page, name: string) {
    this.page = page;
    this.name = name;
  }

  /** The machine's page, whichever tab was open last. */
  async open(tab?: 'Console' | 'Details' | 'XML'): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: this.name }).click();
    await expect(this.page.getByRole('heading', { level: 1, name: this.name, exact: true })).toBeVisible();
    if (tab) await this.tab(tab);
  }

  async tab(name: 'Console' | 'Details' | 'XML'): Promise<void> {
    const tab = this.page.getByRole('tab', { name });
    await tab.click();
    await expect(tab).toHaveAttribute('aria-selected', 'true');
  }

  /** Buttons of the machine's life cycle. */
  get toolbar(): Locator {
    return this.page.getByRole('toolbar', { name: `Actions for ${this.name}` });
  }

  /** A button of the toolbar. */
  button(name: string): Locator {
    return this.toolbar.getByRole('button', { name, exact: true });
  }

  /** Reboot, Force Reset, Force Off; the last two ask first. */
  async stopBy(action: 'Reboot' | 'Force Reset' | 'Force Off'): Promise<void> {
    await this.button('More ways to stop').click();
    await this.page.getByRole('menuitem', { name: action }).click();
    if (action !== 'Reboot')
      await this.page
        .getByRole('dialog')
        .getByRole('button', { name: `${action} ${this.name}` })
        .click();
  }

  /** Waits until the header says the state. */
  async expectState(word: string): Promise<void> {
    await expect(this.page.locator('header').getByText(word, { exact: true })).toBeVisible({ timeout: 60_000 });
  }

  /** What the window tells as an error. */
  get alert(): Locator {
    return this.page.locator('main').getByRole('alert');
  }

  /** All that keeps the machine from starting, where it is more than one thing. */
  get findings(): Locator {
    return this.page.getByRole('list', { name: 'Findings' }).getByRole('listitem');
  }

  /** The dialog in front. */
  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }
}
