import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Rectangle } from 'electron';
import { z } from 'zod';
import { writeFileAtomically } from '../files/atomic-file.ts';
import { isMissing } from '../files/if-there.ts';

/** Where a window was left. Pixels of the desktop. */
const windowState = z.object({
  x: z.int().optional(),
  y: z.int().optional(),
  width: z.int().min(1).max(32_767),
  height: z.int().min(1).max(32_767),
  maximized: z.boolean(),
});

/** See {@link windowState}. */
export type WindowState = z.infer<typeof windowState>;

/** A first start's window, and the smallest that the pages are made for. Pixels. */
export const defaultState: WindowState = { width: 1280, height: 800, maximized: false };
export const leastSize = { width: 800, height: 540 };

/**
 * The state that fits the screens of today: no smaller than the pages need, no larger than its screen, and its position kept
 * only where enough of the title bar can be seen to take hold of it.
 * @param areas work areas of the displays
 */
export function fitToScreens(state: WindowState, areas: readonly Rectangle[]): WindowState {
  const { x, y } = state;
  const grip = 64;
  const home =
    x === undefined || y === undefined
      ? undefined
      : areas.find(
          (area) => x + state.width > area.x + grip && x < area.x + area.width - grip && y >= area.y && y < area.y + area.height - grip,
        );
  const area = home ?? areas[0];
  const width = Math.max(leastSize.width, Math.min(state.width, area?.width ?? state.width));
  const height = Math.max(leastSize.height, Math.min(state.height, area?.height ?? state.height));
  const size = { width, height, maximized: state.maximized };
  return home === undefined || x === undefined || y === undefined ? size : { x, y, ...size };
}

/**
 * Reads where the window was left. A missing file is a first start; one that doesn't hold a state is told to `log` and ignored,
 * since a window in the default place is better than none.
 */
export async function readWindowState(file: string, log: (error: unknown) => void): Promise<WindowState> {
  try {
    return windowState.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (!isMissing(error)) log(error);
    return defaultState;
  }
}

/** Writes where the window is, atomically: a crash leaves the old file or the new one. */
export async function writeWindowState(file: string, state: WindowState): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFileAtomically(file, `${JSON.stringify(windowState.parse(state))}\n`);
}
