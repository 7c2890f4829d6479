import {
  ActionIcon,
  Autocomplete,
  Button,
  Checkbox,
  createTheme,
  Input,
  InputWrapper,
  Loader,
  Menu,
  Modal,
  Notification,
  NumberInput,
  Popover,
  Radio,
  rem,
  SegmentedControl,
  Select,
  Switch,
  Textarea,
  TextInput,
  Tooltip,
} from '@mantine/core';
import { palette } from './palette.ts';

/** Height of a control, a list row and a table row, so that all of them stand in one rhythm. */
const row = rem(28);

const small = { defaultProps: { size: 'xs' as const } };
const choice = { label: { fontSize: rem(13), lineHeight: rem(20) }, body: { alignItems: 'center' } } as const;

/** Mantine's theme: dense (28 px rows), 13 px body text, radius 4, one accent. Colours of components come from variables.ts. */
export const theme = createTheme({
  colors: palette,
  primaryColor: 'mulberry',
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  luminanceThreshold: 0.32,
  black: '#201e24',
  white: '#ffffff',
  fontFamily: "'Inter Variable', Inter, Cantarell, 'Noto Sans', 'Liberation Sans', system-ui, sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', 'JetBrains Mono', 'Noto Sans Mono', 'DejaVu Sans Mono', ui-monospace, monospace",
  fontSizes: { xs: rem(11), sm: rem(12), md: rem(13), lg: rem(15), xl: rem(18) },
  lineHeights: { xs: '1.36', sm: '1.42', md: '1.45', lg: '1.35', xl: '1.3' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: rem(18), lineHeight: '1.3' },
      h2: { fontSize: rem(15), lineHeight: '1.35' },
      h3: { fontSize: rem(13), lineHeight: '1.45' },
    },
  },
  spacing: { xs: rem(4), sm: rem(8), md: rem(12), lg: rem(16), xl: rem(24) },
  radius: { xs: rem(2), sm: rem(4), md: rem(6), lg: rem(8), xl: rem(12) },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({
      defaultProps: { size: 'xs', variant: 'default' },
      vars: () => ({ root: { '--button-height': row, '--button-fz': rem(13), '--button-padding-x': rem(10) } }),
    }),
    ActionIcon: ActionIcon.extend({ defaultProps: { size: 28, variant: 'subtle', color: 'gray' } }),
    Input: Input.extend({
      ...small,
      // Inline variables beat Mantine's rule for `data-error`, so the error border is decided here.
      vars: (_theme, props) => ({
        wrapper: {
          '--input-height': row,
          '--input-fz': rem(13),
          '--input-padding': rem(8),
          '--input-bd': props.error ? 'var(--tp-danger)' : 'var(--tp-line-strong)',
          '--input-bd-focus': 'var(--tp-focus)',
        },
      }),
    }),
    InputWrapper: InputWrapper.extend(small),
    TextInput: TextInput.extend(small),
    Textarea: Textarea.extend(small),
    Autocomplete: Autocomplete.extend(small),
    NumberInput: NumberInput.extend({ defaultProps: { size: 'xs', hideControls: true } }),
    Select: Select.extend({ defaultProps: { size: 'xs', allowDeselect: false, checkIconPosition: 'right' } }),
    Checkbox: Checkbox.extend({ ...small, styles: choice }),
    Radio: Radio.extend({ ...small, styles: choice }),
    Switch: Switch.extend({ defaultProps: { size: 'xs', withThumbIndicator: false }, styles: choice }),
    SegmentedControl: SegmentedControl.extend({
      defaultProps: { size: 'xs', withItemsBorders: false },
      vars: () => ({ root: { '--sc-font-size': rem(12), '--sc-padding': `${rem(3)} ${rem(9)}` } }),
    }),
    Tooltip: Tooltip.extend({
      defaultProps: { openDelay: 400, withArrow: false, fz: 'sm', events: { hover: true, focus: true, touch: false } },
    }),
    Popover: Popover.extend({ defaultProps: { shadow: 'md', transitionProps: { duration: 90 } } }),
    // The placeholder that would take the first focus has no role that a menu may contain.
    Menu: Menu.extend({
      defaultProps: { withInitialFocusPlaceholder: false, shadow: 'md', transitionProps: { duration: 90 }, position: 'bottom-end' },
    }),
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Dismiss this notice' } } }),
    Modal: Modal.extend({
      defaultProps: {
        closeButtonProps: { 'aria-label': 'Close' },
        centered: true,
        transitionProps: { duration: 120, transition: 'fade' },
      },
    }),
    Loader: Loader.extend({ defaultProps: { size: 14, type: 'oval' } }),
  },
});
