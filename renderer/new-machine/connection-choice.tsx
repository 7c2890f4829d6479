import { Select } from '@mantine/core';
import { Field } from '../components/field.tsx';
import { useConnections, useScope } from '../state/connections.ts';

/** Which connection it is made in, where there are several. */
export function ConnectionChoice({ onChange }: { readonly onChange: (connection: string) => void }) {
  const connections = useConnections() ?? [];
  const connection = useScope();
  if (connections.length < 2) return null;
  return (
    <div className="form new-machine-connection">
      <Field label="Connection" hint={connections.find(({ id }) => id === connection)?.uri}>
        {(control) => (
          <Select
            {...control}
            w={320}
            allowDeselect={false}
            value={connection}
            data={connections.map(({ id, title }) => ({ value: id, label: title }))}
            onChange={(id) => {
              if (id !== null) onChange(id);
            }}
          />
        )}
      </Field>
    </div>
  );
}
