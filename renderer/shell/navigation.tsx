import { ActionIcon, Kbd, TextInput, Tooltip } from '@mantine/core';
import { IconDeviceDesktop, IconPlus, IconSearch, IconServer2, IconSettings, IconTopologyStar3 } from '@tabler/icons-react';
import { useRef, type KeyboardEvent, type RefObject } from 'react';
import { refOf } from '../../shared/contract/machine-key.ts';
import { isTroubled } from '../machine/machine-filter.ts';
import { matchesSearch } from '../machine/search.ts';
import { useAnyTrial } from '../nics/uplink-trials.ts';
import { go, type Route } from '../state/route.ts';
import { useMachines } from '../state/machines-feed.ts';
import { useUi } from '../state/ui-store.ts';
import { Logo } from './logo.tsx';
import { NavigationMachines } from './navigation-machines.tsx';
import { NavigationPlace } from './navigation-place.tsx';
import './navigation.css';

/** Machines first, then places. One tab stop; arrow keys walk it. */
export function Navigation({ searchRef, route }: { readonly searchRef: RefObject<HTMLInputElement | null>; readonly route: Route }) {
  const known = useMachines();
  const trial = useAnyTrial();
  const troubled = known?.machines.filter(isTroubled).length ?? 0;
  const search = useUi((state) => state.search);
  const setSearch = useUi((state) => state.setSearch);
  const openNewMachine = useUi((state) => state.openNewMachine);
  const list = useRef<HTMLElement>(null);
  const found = known?.machines.filter((machine) => matchesSearch(machine, search));

  const onKeyDown = (event: KeyboardEvent) => {
    const stops = [...(list.current?.querySelectorAll<HTMLElement>('[data-stop]') ?? [])];
    const at = stops.findIndex((stop) => stop === document.activeElement);
    if (at < 0) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: stops.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    stops[Math.min(Math.max(to, 0), stops.length - 1)]?.focus();
  };
  const onSearchKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') setSearch('');
    else if (event.key === 'ArrowDown') list.current?.querySelector<HTMLElement>('.nav-machines [data-stop]')?.focus();
    else if (event.key === 'Enter' && found?.[0]) go({ page: 'machine', ...refOf(found[0]), tab: useUi.getState().tab });
    else return;
    event.preventDefault();
  };

  return (
    <aside className="nav" data-region tabIndex={-1} aria-label="Machines and places">
      <div className="nav-top">
        <Logo />
        <span className="nav-brand grow">Tapestry</span>
        <Tooltip label="New machine (Ctrl+N)">
          <ActionIcon
            variant="default"
            aria-label="New machine"
            onClick={() => openNewMachine(route.page === 'machine' ? { connection: route.connection } : {})}
          >
            <IconPlus size={15} />
          </ActionIcon>
        </Tooltip>
      </div>
      <div className="nav-search">
        <TextInput
          ref={searchRef}
          type="search"
          aria-label="Search machines"
          placeholder="Search name, MAC"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          onKeyDown={onSearchKey}
          leftSection={<IconSearch size={14} aria-hidden />}
          rightSection={search === '' ? <Kbd className="nav-kbd">Ctrl F</Kbd> : undefined}
          rightSectionWidth={48}
          rightSectionPointerEvents="none"
        />
      </div>
      {/* Arrow keys are handled here for all rows, which are buttons of their own. */}
      <nav ref={list} className="nav-list" aria-label="Main" onKeyDown={onKeyDown}>
        <NavigationPlace
          icon={<IconServer2 size={15} />}
          label="All machines"
          current={route.page === 'machines'}
          count={known?.machines.length}
          mark={troubled === 0 ? undefined : `${String(troubled)} of ${String(known?.machines.length ?? 0)}`}
          onOpen={() => go({ page: 'machines' })}
        />
        <NavigationMachines
          machines={found}
          all={known?.machines.length ?? 0}
          search={search}
          current={route.page === 'machine' ? route : null}
        />
        <div className="nav-places">
          <NavigationPlace
            icon={<IconTopologyStar3 size={15} />}
            label="Network"
            current={route.page === 'network'}
            mark={trial ? 'On trial' : undefined}
            onOpen={() => go({ page: 'network' })}
          />
          <NavigationPlace
            icon={<IconDeviceDesktop size={15} />}
            label="This computer"
            current={route.page === 'host'}
            onOpen={() => go({ page: 'host' })}
          />
          <NavigationPlace
            icon={<IconSettings size={15} />}
            label="Settings"
            current={route.page === 'settings'}
            onOpen={() => go({ page: 'settings' })}
          />
        </div>
      </nav>
    </aside>
  );
}
