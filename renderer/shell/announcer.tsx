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
    const words = new Map(machines.map((machine) => [machine.uuid, shownState(machine).word]));
    const known = before.current;
    before.current = words;
    if (!known) return;
    const told = machines
      .filter((machine) => known.has(machine.uuid) && known.get(machine.uuid) !== words.get(machine.uuid))
      .map((machine) => `${machine.name}: ${words.get(machine.uuid) ?? ''}`);
    if (told.length > 0) setNews(told.join(', '));
  }, [machines]);
  return (
    <output className="visually-hidden" aria-live="polite">
      {news}
    </output>
  );
}
