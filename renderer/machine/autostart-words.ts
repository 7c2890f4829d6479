import type { AutostartWhen } from '../../shared/contract/machines.ts';

/** What the switch of a machine's autostart does, by when its connection starts marked machines; `unsaid`: it hasn't told. */
export const autostartWords: Record<AutostartWhen | 'unsaid', { readonly item: string; readonly label: string; readonly hint: string }> = {
  unsaid: { item: 'Autostart', label: 'Start by itself', hint: 'In force at once. When, the connection decides.' },
  window: {
    item: 'Start When Tapestry Opens',
    label: 'Start when Tapestry opens',
    hint: 'In force at once. Once after each start of the computer, when a Tapestry window is first opened.',
  },
  login: {
    item: 'Start When You Log In',
    label: 'Start when you log in',
    hint: 'In force at once. Once after each start of the computer, when you first log in. The check of this computer says how it starts without a login.',
  },
  boot: {
    item: 'Start with This Computer',
    label: 'Start with this computer',
    hint: 'In force at once. Once after each start of the computer, without anybody logging in.',
  },
};
