import type { CSSVariablesResolver } from '@mantine/core';

/**
 * One row per token: its value on light and on dark. Contrast of every text token is at least 4.5:1 on the
 * worst surface it is used on; `line-strong` (borders of inputs) at least 3:1.
 */
const tokens: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  // surfaces, from the page inwards
  surface: ['#ffffff', '#1c1a1f'],
  raised: ['#ffffff', '#29262d'],
  panel: ['#f6f5f8', '#232127'],
  sunken: ['#efedf1', '#161419'],
  hover: ['#efedf1', '#322f37'],
  // lines
  line: ['#e2e0e5', '#343138'],
  'line-strong': ['#8b8890', '#7b7880'],
  // text
  text: ['#201e24', '#e8e7eb'],
  dim: ['#605d65', '#a9a6ad'],
  // yours to act on
  accent: ['#7e3d88', '#d8acdf'],
  'accent-fill': ['#7e3d88', '#8a4595'],
  'accent-soft': ['#f5eaf7', '#39283d'],
  'on-soft': ['#5d2a66', '#ecd3f0'],
  focus: ['#9b56a6', '#c890d1'],
  // states
  running: ['#217541', '#6fd08d'],
  'running-soft': ['#e6f6ea', '#1c3325'],
  paused: ['#8a5d0f', '#eba941'],
  'paused-soft': ['#fdf0dc', '#3a2d17'],
  off: ['#6a676f', '#9f9ca3'],
  saved: ['#176297', '#7fbdee'],
  'saved-soft': ['#e6f1fa', '#1b2f40'],
  danger: ['#b1262a', '#ff9a93'],
  'danger-soft': ['#fdecea', '#442322'],
  'changed-soft': ['#f8effa', '#34263a'],
  'xml-value': ['#176297', '#8fc4f1'],
  // the network drawing
  cable: ['#85828a', '#6a676f'],
  'cable-live': ['#2e9052', '#5dc47e'],
};

const column = (index: 0 | 1): Record<string, string> =>
  Object.fromEntries(Object.entries(tokens).map(([name, values]) => [`--tp-${name}`, values[index]]));

/** Sizes that pages share (rem, so that the browser's zoom and font size hold), and Mantine's own variables tied to our tokens. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {
    '--tp-row': '1.75rem',
    '--tp-nav': '14.5rem',
    '--tp-header': '3.25rem',
    '--tp-tabs': '2.125rem',
    '--tp-bar': '2.125rem',
    '--tp-foot': '1.5rem',
    '--tp-label': '6.5rem',
    '--tp-devices': '13rem',
    '--tp-xml': '19.25rem',
    // A serial console is a window into another machine: dark in both schemes.
    '--tp-term-bg': '#16141a',
    '--tp-term-fg': '#dedce2',
    '--tp-ease': 'cubic-bezier(.2,.7,.3,1)',
  },
  light: {
    ...column(0),
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#201e24',
    '--mantine-color-dimmed': '#605d65',
    '--mantine-color-placeholder': '#75727a',
    '--mantine-color-error': '#b1262a',
    '--mantine-color-anchor': '#7e3d88',
    '--mantine-color-default-border': '#c6c3c9',
  },
  dark: {
    ...column(1),
    '--mantine-color-body': '#1c1a1f',
    '--mantine-color-text': '#e8e7eb',
    '--mantine-color-dimmed': '#a9a6ad',
    '--mantine-color-placeholder': '#8f8c93',
    '--mantine-color-error': '#ff9a93',
    '--mantine-color-anchor': '#d8acdf',
    '--mantine-color-default': '#252229',
    '--mantine-color-default-hover': '#2d2a31',
    '--mantine-color-default-border': '#4a464f',
    '--mantine-color-mulberry-filled': '#8a4595',
    '--mantine-color-mulberry-filled-hover': '#9b56a6',
    '--mantine-primary-color-filled': '#8a4595',
    '--mantine-primary-color-filled-hover': '#9b56a6',
  },
});
