import { useSyncExternalStore } from 'react';
import type { KnownJobs } from './jobs-store.ts';
import { useServices } from './services.ts';

/** All jobs of the host. */
export function useJobs(): KnownJobs {
  const { jobs } = useServices();
  return useSyncExternalStore(jobs.subscribe, jobs.known);
}

/** Is KVM being tried right now, by whatever window? Everything that speaks of KVM says so meanwhile. */
export function useKvmTrial(): boolean {
  return useJobs().jobs?.some(({ kind, state, step }) => state === 'running' && (kind === 'doctor' || step?.code === 'try-kvm')) ?? false;
}
