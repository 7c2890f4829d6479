import type { ITheme } from '@xterm/xterm';

export const terminalFontFamily = "'JetBrains Mono Variable', 'JetBrains Mono', 'DejaVu Sans Mono', monospace";

/** The terminal's colours: dark in both schemes, with the sixteen colours tuned to be read on it. */
export const terminalTheme: ITheme = {
  background: '#16141a',
  foreground: '#dedce2',
  cursor: '#d8acdf',
  cursorAccent: '#16141a',
  selectionBackground: '#5a3f62',
  black: '#3a373f',
  red: '#f17871',
  green: '#6fd08d',
  yellow: '#eba941',
  blue: '#66abe5',
  magenta: '#c890d1',
  cyan: '#5cc2c4',
  white: '#c5c3c8',
  brightBlack: '#87838c',
  brightRed: '#ff9a93',
  brightGreen: '#8ee3a7',
  brightYellow: '#fed397',
  brightBlue: '#8fc4f1',
  brightMagenta: '#e6c9ea',
  brightCyan: '#8be0e2',
  brightWhite: '#ffffff',
};
