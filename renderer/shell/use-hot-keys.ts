import { useEffect, useEffectEvent, type RefObject } from 'react';
import { refOf, sameMachine } from '../../shared/contract/machine-key.ts';
import type { MachineRef } from '../../shared/contract/references.ts';
import type { MachineAction } from '../../shared/contract/machines.ts';
import { allowedActions } from '../machine/machine-actions.ts';
import { useMachineActions } from '../machine/use-machine-actions.ts';
import { go, machineTabs, presentRoute } from '../state/route.ts';
import { useMachines } from '../state/machines-feed.ts';
import { useUi } from '../state/ui-store.ts';
import { useJobsDrawer } from '../state/jobs-drawer.ts';
import { useDialogs } from '../state/dialog-store.ts';
import { useStandings } from '../state/use-link-status.ts';

/** Moves the focus to the next (or previous) region of the window: navigation, page, activity line. */
function walkRegions(backwards: boolean): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')];
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  const next = regions[(at + (backwards ? -1 : 1) + regions.length) % regions.length];
  next?.focus();
}

/** Keys of the window: Ctrl+F search, Ctrl+N new machine, Ctrl+J jobs, Ctrl+1…3 tabs, Ctrl+, settings, F1 keys, F6 regions. The terminal keeps its own. */
export function useHotKeys(search: RefObject<HTMLInputElement | null>): void {
  const machines = useMachines()?.machines;
  const standingOf = useStandings();
  const act = useMachineActions();
  /** Ctrl+Alt+S starts, D shuts down, P pauses or resumes the machine that is shown; true when there was something to do. */
  const machineKeys = useEffectEvent((key: string, shown: MachineRef): boolean => {
    const machine = machines?.find((one) => sameMachine(one, shown));
    if (!machine) return false;
    const allowed = allowedActions(machine, standingOf(machine.connection));
    const wanted = { s: ['start'], d: ['shutdown'], p: ['resume', 'suspend'] } as const;
    const action = (wanted[key.toLowerCase() as keyof typeof wanted] as readonly MachineAction[] | undefined)?.find(
      (one) => allowed[one].allowed,
    );
    if (action) act(machine, action);
    return action !== undefined;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const inTerminal = event.target instanceof Element && event.target.closest('.xterm') !== null;
      const dialogOpen = document.querySelector('[role=dialog]') !== null;
      if (event.key === 'F6' && (!inTerminal || (event.ctrlKey && event.shiftKey)) && !dialogOpen) {
        event.preventDefault();
        walkRegions(event.shiftKey);
        return;
      }
      if (inTerminal || dialogOpen) return;
      if (event.key === 'F1') {
        event.preventDefault();
        useDialogs.getState().open({ kind: 'shortcuts' });
        return;
      }
      if (event.ctrlKey && event.altKey && !event.metaKey && !event.shiftKey) {
        const route = presentRoute();
        const action = route.page === 'machine' && machineKeys(event.key, route);
        if (action) event.preventDefault();
        return;
      }
      if (!event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
      if (event.key === 'f') {
        // The XML editor has a search of its own.
        if (event.target instanceof Element && event.target.closest('.cm-editor')) return;
        event.preventDefault();
        search.current?.focus();
        search.current?.select();
      } else if (event.key === 'n') {
        event.preventDefault();
        const route = presentRoute();
        useUi.getState().openNewMachine(route.page === 'machine' ? { connection: route.connection } : {});
      } else if (event.key === 'j') {
        event.preventDefault();
        useJobsDrawer.getState().toggle();
      } else if (event.key === ',') {
        event.preventDefault();
        go({ page: 'settings' });
      } else if (/^[1-9]$/.test(event.key)) {
        const route = presentRoute();
        const tab = machineTabs[Number(event.key) - 1];
        if (route.page !== 'machine' || !tab) return;
        event.preventDefault();
        useUi.getState().setTab(tab);
        go({ page: 'machine', ...refOf(route), tab });
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [search]);
}
