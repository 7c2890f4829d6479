import { Select } from '@mantine/core';
import { osSizeWords, reasonWords } from '../../shared/words/os-words.ts';
import { Field } from '../components/field.tsx';
import { OsTile } from '../components/os-tile.tsx';
import { hostWord } from '../forms/support.ts';
import { useConnection } from '../state/connections.ts';
import { otherSystem, type Recognised } from './use-recognised.ts';

interface OsChoiceProps {
  readonly recognised: Recognised;
  readonly onChange: (os: string) => void;
}

/** The operating system of a medium: what it was known by, what it needs, and another one where it may be several. */
export function OsChoice({ recognised: { found, id, facts }, onChange }: OsChoiceProps) {
  const host = hostWord(useConnection());
  if (found?.kind !== 'iso') return null;
  const taken = found.systems.find((system) => system.id === id);
  const volume = found.iso?.volumeId ?? '';
  const cut = found.iso?.complete === false ? { warning: 'The file ends before its file system does: it was cut short.' } : {};
  if (found.systems.length === 0)
    return (
      <Field
        label="System"
        {...cut}
        hint={
          found.database === 'missing'
            ? `Unknown. The package osinfo-db, which knows 800 systems, is not installed on ${host}.`
            : `Unknown: no list has a medium${volume === '' ? ' without a name' : ` called “${volume}”`}. It gets what any system can use.`
        }
      >
        {() => (
          <span className="row">
            <OsTile id={undefined} size={18} />
            Unknown
          </span>
        )}
      </Field>
    );
  const demands = [...(facts?.tpm ? [`a TPM ${facts.tpm}`] : []), ...(facts?.secureBoot ? ['Secure Boot'] : [])];
  const lacking =
    demands.length > 0 ? { warning: `Its installer demands ${demands.join(' and ')}: add them in Details before the first start.` } : {};
  const needs = facts === undefined || Object.keys(facts.minimum).length === 0 ? undefined : osSizeWords(facts.minimum);
  return (
    <Field
      label="System"
      {...lacking}
      {...cut}
      {...(taken === undefined
        ? { hint: 'It gets what any system can use.' }
        : {
            hint: `Known ${reasonWords(taken)}.${needs === undefined ? '' : ` It needs ${needs}.`}`,
          })}
    >
      {({ id: control }) => (
        <span className="row">
          <OsTile id={id} size={18} />
          <Select
            id={control}
            w={300}
            allowDeselect={false}
            value={id ?? otherSystem}
            data={[
              ...found.systems.map((system) => ({ value: system.id, label: system.name })),
              { value: otherSystem, label: 'Another one' },
            ]}
            onChange={(value) => {
              if (value !== null) onChange(value);
            }}
          />
        </span>
      )}
    </Field>
  );
}
