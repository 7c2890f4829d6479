import { SegmentedControl } from '@mantine/core';
import type { ReactNode } from 'react';

/** What a window that is too narrow for both shows of a device. */
export type Shown = 'form' | 'xml';

/** Form or XML, for windows that are too narrow for both (the style sheet tells which). */
export function FormOrXml({ shown, onChange }: { readonly shown: Shown; readonly onChange: (shown: Shown) => void }) {
  return (
    <div className="device-choice">
      <SegmentedControl<Shown>
        aria-label="Form or XML"
        value={shown}
        onChange={onChange}
        data={[
          { value: 'form', label: 'Form' },
          { value: 'xml', label: 'XML' },
        ]}
      />
    </div>
  );
}

/** A form and its XML: side by side in a wide window, one behind the other in a narrow one. What Apply does stays in sight in both. */
export function DeviceColumns({
  children,
  pane,
  shown,
}: {
  readonly children: ReactNode;
  readonly pane: ReactNode;
  readonly shown: Shown;
}) {
  return (
    <div className="device-columns" data-shown={shown}>
      <div className="device-form">
        <div className="device-form-inner">{children}</div>
      </div>
      {pane}
    </div>
  );
}
