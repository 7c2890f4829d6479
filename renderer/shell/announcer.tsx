import { keyOf } from '../../shared/contract/machine-key.ts';
import { useEffect, useRef, useState } from 'react';
import { shownState } from '../machine/machine-state.ts';
import { useMachines } from '../state/machines-feed.ts';

/** Tells a screen reader, politely, when a machine changes its state. Rates and numbers are never told. */
export function Announcer() {
  const machines = useMachines()?.machines;
  const before = useRef<ReadonlyMap<string, string> | null>(null);
  const [news, setNews] = useState('');
  useEffect(() => {
    if (!machines) return;
    const words = new Map(machines.map((machine) => [keyOf(machine), shownState(machine).word]));
    const known = before.current;
    before.current = words;
    if (!known) return;
    const told = machines
      .filter((machine) => known.has(keyOf(machine)) && known.get(keyOf(machine)) !== words.get(keyOf(machine)))
      .map((machine) => `${machine.name}: ${words.get(keyOf(machine)) ?? ''}`);
    if (told.length > 0) setNews(told.join(', '));
  }, [machines]);
  return (
    <output className="visually-hidden" aria-live="polite">
      {news}
    </output>
  );
}
