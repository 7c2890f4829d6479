import { create } from 'zustand';
import { z } from 'zod';
import { keyboardLayout } from '../../shared/contract/screens.ts';

/** Scales that are offered, per cent; 100 is `one-to-one`. */
export const percents = [50, 75, 125, 150, 200] as const;

/** What somebody chose for the screens of one machine. It belongs to this browser, as the clipboard does. */
const choices = z.object({
  scale: z.union([z.enum(['fit', 'one-to-one', 'resize-guest']), z.literal(percents)]).default('fit'),
  /** Off until it is switched on: what is copied elsewhere is no guest's business. */
  clipboard: z.boolean().default(false),
  layout: keyboardLayout.default('us'),
});
export type ScreenChoices = z.infer<typeof choices>;

const stored = 'tapestry.screens';
const kept = z.record(z.string(), choices);

/** What can't be read is as if nothing had been chosen. */
const readKept = (): Readonly<Record<string, ScreenChoices>> => {
  try {
    return kept.parse(JSON.parse(localStorage.getItem(stored) ?? '{}'));
  } catch {
    return {};
  }
};

interface Store {
  readonly of: Readonly<Record<string, ScreenChoices>>;
  readonly choose: (key: string, more: Partial<ScreenChoices>) => void;
}

const usual: ScreenChoices = { scale: 'fit', clipboard: false, layout: 'us' };

const useStore = create<Store>()((set) => ({
  of: readKept(),
  choose: (key, more) =>
    set(({ of }) => {
      const next = { ...of, [key]: { ...(of[key] ?? usual), ...more } };
      localStorage.setItem(stored, JSON.stringify(next));
      return { of: next };
    }),
}));

/** The choices for a machine, by its key, and how to make others. */
export function useScreenChoices(key: string): ScreenChoices & { readonly choose: (more: Partial<ScreenChoices>) => void } {
  const own = useStore((state) => state.of[key]);
  const choose = useStore((state) => state.choose);
  return { ...(own ?? usual), choose: (more) => choose(key, more) };
}

/** Layouts by the names that people know. */
export const layoutNames: Readonly<Record<z.infer<typeof keyboardLayout>, string>> = {
  us: 'English (US)',
  gb: 'English (UK)',
  de: 'German',
  fr: 'French',
};
