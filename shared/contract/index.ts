import { computer } from './computer.ts';
import { connections } from './connections.ts';
import { consoles } from './consoles.ts';
import { host } from './host.ts';
import { jobs } from './jobs.ts';
import type { Client, Handlers } from './kinds.ts';
import { machines } from './machines.ts';
import { networks } from './networks.ts';
import { os } from './os.ts';
import { screens } from './screens.ts';
import { storage } from './storage.ts';

/** Everything the API offers; one record per area, merged. Wire names are `area.method`. */
export const contract = {
  ...connections,
  ...machines,
  ...consoles,
  ...screens,
  ...storage,
  ...os,
  ...host,
  ...networks,
  ...jobs,
  ...computer,
};

/** The API's contract as a type. */
export type TapestryContract = typeof contract;

/** What a window, the command line or a test holds. */
export type Api = Client<TapestryContract>;

/** What a host serves. */
export type ApiHandlers = Handlers<TapestryContract>;
