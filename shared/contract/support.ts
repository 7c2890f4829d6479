import { z } from 'zod';
import { operations, type Operation } from './operations.ts';

/** Why an operation isn't to be had, for a program; the sentence beside it is for a person. */
export const supportReason = z.enum([
  'backend', // this kind of connection doesn't do it
  'hypervisor', // the hypervisor can't do it
  'host', // the connection's host lacks what it takes
  'next-start', // a running machine can't be changed so: the change is for its next start
  'transient', // the machine has no stored definition
  'built-in', // the connection belongs to Tapestry itself
]);
export type SupportReason = z.infer<typeof supportReason>;

/** Can it be done? `unknown`: only trying tells, so it is offered. */
export const support = z.union([z.literal('yes'), z.literal('unknown'), z.object({ no: supportReason, message: z.string() })]);
export type Support = Readonly<z.infer<typeof support>> | 'yes' | 'unknown';

const shape = <T extends z.ZodType>(each: T) => Object.fromEntries(operations.map((name) => [name, each])) as Record<Operation, T>;

/** What a connection can do: an answer to every operation. Of a host of another version, what it doesn't say is `unknown`. */
export const supportTable = z.object(shape(support.default('unknown')));
export type SupportTable = Readonly<Record<Operation, Support>>;

/** What is otherwise with one machine than with its connection. */
export const supportDifferences = z.object(shape(support.optional()));
export type SupportDifferences = Readonly<Partial<Record<Operation, Support | undefined>>>;
