import { expect, type Locator, type Page } from '@playwright/test';

/** A boot of an emulated guest on a busy computer, ms. */
const bootTime = 120_000;

/** The serial console as a screen reader hears it. */
export class TerminalView {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** The lines in sight. */
  get lines(): Locator {
    return this.page.locator('.xterm-accessibility-tree');
  }

  /** The newest line with this text, where it is drawn. */
  row(text: RegExp): Locator {
    return this.page.locator('.xterm-rows > div').filter({ hasText: text }).last();
  }

  /** Where one types. */
  get input(): Locator {
    return this.page.getByRole('textbox', { name: 'Terminal input' });
  }

  /** The line below the terminal. */
  get status(): Locator {
    return this.page.locator('.console-status');
  }

  /** The text in sight, a line each. */
  async text(): Promise<string> {
    return (await this.lines.getByRole('listitem').allTextContents()).map((line) => line.replaceAll('\u00a0', ' ').trimEnd()).join('\n');
  }

  /** Waits for a text in sight. */
  async expectText(what: string | RegExp, timeout = 30_000): Promise<void> {
    await expect.poll(() => this.text(), { timeout, message: 'what the terminal shows' }).toMatch(what);
  }

  /** Waits for an empty line that asks who logs in: the last thing printed. */
  async expectLogin(): Promise<void> {
    await this.expectText(/login:\s*$/, bootTime);
  }

  /** Waits for the shell's prompt as the last thing printed. */
  async expectPrompt(timeout = 60_000): Promise<void> {
    await this.expectText(/:~# ?\s*$/, timeout);
  }

  /** Types a line. */
  async type(line: string): Promise<void> {
    await this.input.focus();
    await this.page.keyboard.type(line);
    await this.page.keyboard.press('Enter');
  }

  /** Logs in at the prompt. */
  async logIn(): Promise<void> {
    await this.expectLogin();
    await this.type('root');
    await this.expectText(/Password:\s*$/);
    await this.type('guest');
    await this.expectPrompt();
  }

  /** Runs a command at the shell's prompt and waits until its output is followed by the next prompt. */
  async run(command: string, output: RegExp): Promise<void> {
    await this.type(command);
    await this.expectText(new RegExp(`${output.source}[\\s\\S]*# ?\\s*$`, output.flags));
  }
}
