import { expect, it } from 'vitest';
import { fitToScreens } from './window-state.ts';

const left = { x: 0, y: 0, width: 1920, height: 1080 };
const right = { x: 1920, y: 0, width: 1280, height: 1024 };
const state = { x: 100, y: 50, width: 1000, height: 700, maximized: false };

it.each([
  ['keeps what fits', state, [left], state],
  ['keeps a window on the second screen', { ...state, x: 2000 }, [left, right], { ...state, x: 2000 }],
  ['forgets the place on a screen that is gone', { ...state, x: 2000 }, [left], { width: 1000, height: 700, maximized: false }],
  ['forgets a place whose title bar is above the screen', { ...state, y: -40 }, [left], { width: 1000, height: 700, maximized: false }],
  ['forgets a place below the screen', { ...state, y: 1070 }, [left], { width: 1000, height: 700, maximized: false }],
  ['is no larger than its screen', { ...state, width: 5000, height: 5000 }, [left], { ...state, width: 1920, height: 1080 }],
  ['is no smaller than the pages need', { ...state, width: 10, height: 10 }, [left], { ...state, width: 800, height: 540 }],
  ['lives without a screen', state, [], { width: 1000, height: 700, maximized: false }],
])('%s', (_name, before, areas, after) => {
  expect(fitToScreens(before, areas)).toEqual(after);
});
