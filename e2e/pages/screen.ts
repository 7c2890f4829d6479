import { readFile } from 'node:fs/promises';
import { expect, type Locator, type Page } from '@playwright/test';
import type { App } from '../fixtures/app.ts';

/** A guest's screen in its console. */
export class ScreenView {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get toolbar(): Locator {
    return this.page.getByRole('toolbar', { name: 'Screen' });
  }

  get canvas(): Locator {
    return this.page.locator('.screen-box canvas');
  }

  /** The line below the picture. */
  get status(): Locator {
    return this.page.locator('.console-status');
  }

  /** Goes to another of the machine's screens and ports. */
  async pick(place: string | RegExp): Promise<void> {
    await this.page.locator('.console-bar .console-port').first().click();
    await this.page.getByRole('menuitemradio', { name: place }).click();
  }

  /** Takes the keyboard back from the guest. */
  async letGo(): Promise<void> {
    await this.page.keyboard.down('ControlLeft');
    await this.page.keyboard.down('AltLeft');
    await this.page.keyboard.up('AltLeft');
    await this.page.keyboard.up('ControlLeft');
    await expect(this.status).not.toContainText('Keys go to the guest');
  }

  /** Waits for a picture of this size in the guest's pixels. */
  async expectSize(width: number, height: number): Promise<void> {
    await expect(this.status).toContainText(`${String(width)} × ${String(height)}`);
  }

  /** How much of the canvas is what QEMU says is there: the part of pixels that are equal, 0 to 1. */
  async likeQemu(app: App, name: string, file: string): Promise<number> {
    const dump = { execute: 'screendump', arguments: { filename: file, format: 'png' } };
    const { status, stderr } = await app.cli('qemu-monitor-command', name, JSON.stringify(dump));
    if (status !== 0) throw new Error(stderr);
    const png = (await readFile(file)).toString('base64');
    return await this.canvas.evaluate(async (element, data) => {
      const canvas = element as HTMLCanvasElement;
      const theirs = await createImageBitmap(new Blob([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))]));
      if (theirs.width !== canvas.width || theirs.height !== canvas.height) return 0;
      const pixels = (source: CanvasImageSource) => {
        const context = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
        if (!context) throw new Error('nothing to draw on');
        context.drawImage(source, 0, 0);
        return context.getImageData(0, 0, canvas.width, canvas.height).data;
      };
      const [a, b] = [pixels(canvas), pixels(theirs)];
      let equal = 0;
      for (let at = 0; at < a.length; at += 4) if (a[at] === b[at] && a[at + 1] === b[at + 1] && a[at + 2] === b[at + 2]) equal += 1;
      return equal / (a.length / 4);
    }, png);
  }
}
