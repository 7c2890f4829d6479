import { SegmentedControl } from '@mantine/core';
import { useState, type ReactNode } from 'react';

type Shown = 'form' | 'xml';

/**
 * A form and its XML: side by side in a wide window, one behind the other in a narrow one (the style sheet tells which, and
 * shows the choice only there). What Apply does stays in sight in both.
 */
export function DeviceColumns({ children, pane }: { readonly children: ReactNode; readonly pane: ReactNode }) {
  const [shown, setShown] = useState<Shown>('form');
  return (
    <>
      <div className="device-choice">
        <SegmentedControl<Shown>
          aria-label="Form or XML"
          value={shown}
          onChange={setShown}
          data={[
            { value: 'form', label: 'Form' },
            { value: 'xml', label: 'XML' },
          ]}
        />
      </div>
      <div className="device-columns" data-shown={shown}>
        <div className="device-form">
          <div className="device-form-inner">{children}</div>
        </div>
        {pane}
      </div>
    </>
  );
}
