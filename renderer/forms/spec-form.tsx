import { useState } from 'react';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useFieldFaults } from './field-faults.ts';
import type { FieldSpec, FormContext } from './field-spec.ts';
import { SpecField } from './spec-field.tsx';

interface SpecFormProps {
  readonly fields: readonly FieldSpec[];
  readonly context: FormContext;
  readonly errors: ReadonlyMap<string, string>;
  readonly readOnly: boolean;
  readonly onRevert: ((field: FieldSpec, value: string) => void) | undefined;
}

/** The fields of a form; rare ones are folded, but never when one of them is at fault. */
export function SpecForm({ fields, context, errors, readOnly, onRevert }: SpecFormProps) {
  const [open, setOpen] = useState(false);
  const shown = fields.filter((field) => field.visible?.(context) !== false);
  const rare = shown.filter((field) => field.rare === true);
  const faults = useFieldFaults(fields, context);
  const unfolded = open || rare.some((field) => errors.has(field.id) || faults.has(field.id));
  const rowOf = (field: FieldSpec) => (
    <SpecField
      key={field.id}
      field={field}
      context={context}
      error={errors.get(field.id)}
      fault={faults.get(field.id)}
      readOnly={readOnly}
      onRevert={onRevert}
    />
  );
  return (
    <>
      <div className="form">{shown.filter((field) => field.rare !== true).map(rowOf)}</div>
      {rare.length > 0 && (
        <>
          <button type="button" className="link form-more" aria-expanded={unfolded} onClick={() => setOpen(!unfolded)}>
            {unfolded ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
            {[...new Set(rare.map((field) => field.foldedAs ?? field.label))].join(', ')}
          </button>
          {unfolded && <div className="form">{rare.map(rowOf)}</div>}
        </>
      )}
    </>
  );
}
