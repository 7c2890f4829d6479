import { QueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import type { Api } from '../../shared/contract/index.ts';
import type { Link } from '../link/api.ts';
import { ConsoleSessions } from '../consoles/console-sessions.ts';
import { createActivityStore, type ActivityStore } from './activity-store.ts';
import { createConnectionsStore, type ConnectionsStore } from './connections-store.ts';
import { createJobsStore, type JobsStore } from './jobs-store.ts';
import { feedMachines } from './machines-feed.ts';
import { createProblemStore, type ProblemStore } from './problem-store.ts';
import { createStatsStore, type StatsStore } from './stats-store.ts';

/** Everything that lives as long as the window, outside React: the link, server state, streams, consoles. */
export interface Services {
  readonly link: Link;
  readonly api: Api;
  readonly queries: QueryClient;
  readonly connections: ConnectionsStore;
  readonly stats: StatsStore;
  readonly activity: ActivityStore;
  readonly jobs: JobsStore;
  readonly problems: ProblemStore;
  readonly consoles: ConsoleSessions;
  /** Ends every subscription and console. */
  stop(): void;
}

/** Starts the services of a window over a link. */
export function startServices(link: Link): Services {
  const queries = new QueryClient({
    defaultOptions: {
      // Events say when something changed; nothing is fetched again for reasons of its own.
      queries: { staleTime: Infinity, retry: false, refetchOnWindowFocus: false, refetchOnReconnect: false, networkMode: 'always' },
      mutations: { networkMode: 'always' },
    },
  });
  const stats = createStatsStore(link);
  const activity = createActivityStore(link);
  const jobs = createJobsStore(link, queries);
  const problems = createProblemStore();
  const consoles = new ConsoleSessions(link);
  const connections = createConnectionsStore(link, queries);
  const stopFeed = feedMachines(link, queries);
  return {
    link,
    api: link.api,
    queries,
    connections,
    stats,
    activity,
    jobs,
    problems,
    consoles,
    stop: () => {
      stopFeed();
      connections.stop();
      stats.stop();
      activity.stop();
      jobs.stop();
      consoles.stop();
      queries.clear();
    },
  };
}

const Context = createContext<Services | undefined>(undefined);

/** Gives the services to the tree below. */
export const ServicesProvider = Context.Provider;

/** The services of this window. */
export function useServices(): Services {
  const services = useContext(Context);
  if (!services) throw new Error('useServices outside of ServicesProvider');
  return services;
}

/** The API of this window. */
export function useApi(): Api {
  return useServices().api;
}
