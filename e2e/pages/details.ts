import { expect, type Locator, type Page } from '@playwright/test';

/** The Details tab: the list of devices, a form, the XML beside it. */
export class DetailsView {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Rows of the list. */
  get devices(): Locator {
    return this.page.getByRole('navigation', { name: 'Devices' });
  }

  /** Opens a device's form by the beginning of its title. */
  async open(title: string): Promise<void> {
    await this.devices
      .getByRole('button', { name: new RegExp(`^${title}`) })
      .first()
      .click();
    await expect(this.page.getByRole('heading', { level: 2, name: new RegExp(`^${title}`) })).toBeVisible();
  }

  /** Unfolds the rare fields. */
  async unfold(): Promise<void> {
    const more = this.page.locator('.form-more');
    if ((await more.getAttribute('aria-expanded')) === 'false') await more.click();
  }

  /** A text field of the form. */
  field(label: string): Locator {
    return this.page.locator('.device-form').getByRole('textbox', { name: label, exact: true });
  }

  /** The row of a text field, with what is said of it. */
  rowOf(label: string): Locator {
    return this.page.locator('.device-form .field').filter({ has: this.page.getByRole('textbox', { name: label, exact: true }) });
  }

  /** Picks from a list of the form. */
  async choose(label: string, option: string): Promise<void> {
    await this.page.locator('.device-form').getByRole('combobox', { name: label, exact: true }).click();
    await this.page.getByRole('option', { name: option, exact: true }).click();
  }

  /** Waits for the error at a field. */
  async expectFieldError(label: string, sentence: string | RegExp): Promise<void> {
    // The description holds the hint too.
    const heard = typeof sentence === 'string' ? new RegExp(sentence.replaceAll(/[.()/]/g, '\\$&')) : sentence;
    await expect(this.field(label)).toHaveAccessibleDescription(heard);
    await expect(this.rowOf(label).locator('.field-error').filter({ hasText: sentence })).toBeVisible();
  }

  /** Waits for the warning at a field, which stops nothing. */
  async expectFieldWarning(label: string, sentence: string): Promise<void> {
    await expect(this.rowOf(label).locator('.field-warning').filter({ hasText: sentence })).toBeVisible();
    await expect(this.field(label)).toHaveAccessibleDescription(new RegExp(sentence.replaceAll(/[.()/]/g, '\\$&')));
  }

  /** The XML beside the form. */
  get xml(): Locator {
    return this.page.getByRole('region', { name: 'XML of this device' });
  }

  get applyButton(): Locator {
    return this.page.locator('.form-footer').getByRole('button', { name: /^(Apply|Add)$/ });
  }

  get cancelButton(): Locator {
    return this.page.locator('.form-footer').getByRole('button', { name: 'Cancel', exact: true });
  }

  /** Applies, and waits until nothing is left to apply. */
  async apply(): Promise<void> {
    // Before the edit has reached the footer it says “No changes” too.
    await expect(this.applyButton).not.toHaveAttribute('aria-disabled', 'true');
    await this.applyButton.click();
    await expect(this.page.locator('.form-footer').getByText('No changes')).toBeVisible();
  }

  /** Begins to add a device. */
  async add(kind: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Add Hardware' }).click();
    await this.page.getByRole('menuitem', { name: new RegExp(`^${kind}`) }).click();
    await expect(this.page.getByRole('heading', { level: 2, name: /^New: / })).toBeVisible();
  }
}
