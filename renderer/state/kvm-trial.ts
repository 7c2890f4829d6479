import { create } from 'zustand';

/** Is KVM being tried right now, by this window? Everything that speaks of KVM says so meanwhile. */
export const useKvmTrial = create<{ readonly trying: boolean }>()(() => ({ trying: false }));
