import type { Api } from '../../shared/contract/index.ts';
import type { ScreensState } from '../../shared/contract/screens.ts';
import { TapestryError } from '../../shared/errors.ts';
import { Feeds } from './fake-feed.ts';

type ScreenMethods = Extract<keyof Api, `screens.${string}`>;

const none: ScreensState = { screens: [], displays: [], clipboard: 'none' };

/** Machines without a screen. */
export const fakeScreens: Pick<Api, ScreenMethods> = {
  'screens.watch': (_input, options) => new Feeds<ScreensState>().follow([none], options?.signal),
  'screens.open': () => {
    throw new TapestryError('not-found', 'This machine has no screen.');
  },
  'screens.shot': () => Promise.reject(new TapestryError('not-found', 'This machine has no screen.')),
  'screens.sendKey': () => Promise.resolve({}),
  'screens.type': () => Promise.resolve({}),
};
